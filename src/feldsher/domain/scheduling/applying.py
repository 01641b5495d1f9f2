"""Writes here what a MIS did itself. It always applies: over our own visits too, and a hold loses to it."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange

from feldsher.domain.directory import selectors as directory
from feldsher.domain.scheduling import notices
from feldsher.domain.scheduling.models import UNNAMED_SERVICE, Appointment, Exchange
from feldsher.domain.scheduling.ports import RemoteResource
from feldsher.domain.scheduling.sealed import open_letter_to, seal_letter_to
from feldsher.domain.scheduling.types import State
from feldsher.kernel.clock import WallTime

CANCELLED, MISSING, MOVED, SUBSTITUTED = (
    "cancelled_in_mis",
    "missing_in_mis",
    "moved_in_mis",
    "substituted_in_mis",
)


class StrangerError(Exception):
    """A visit of the MIS names a doctor or a branch that nobody has bound."""


@dataclass(frozen=True, slots=True)
class Where:
    """A visit's place and time here, with the MIS's own wall time of its start."""

    practitioner: UUID
    location: UUID
    visit: DateTimeTZRange
    wall: WallTime


def where(mis: str, resource: RemoteResource, *, begin: WallTime, minutes: int) -> Where:
    """Return where a visit of the MIS is here; raises StrangerError."""
    index = directory.resolve_remote(
        mis, practitioners={resource.practitioner_id}, locations={resource.location_id}
    )
    practitioner = index.practitioners.get(resource.practitioner_id)
    location = index.locations.get(resource.location_id)
    zone = directory.zones().get(location) if location else None
    if practitioner is None or location is None or zone is None:
        raise StrangerError
    start = begin.at(ZoneInfo(zone))
    visit = DateTimeTZRange(start, start + timedelta(minutes=minutes))
    return Where(practitioner, location, visit, begin)


def cancel(row: Appointment, *, reason: str = CANCELLED) -> None:
    """End a locked visit that the MIS has cancelled, or no longer has (MISSING), and tell its patient."""
    before = State(row.state)
    row.state, row.reason, row.answer_by = State.CANCELLED, row.reason or reason, None
    row.save(update_fields=["state", "reason", "answer_by"])
    notices.withdraw(row)
    if before is State.BOOKED and reason == MISSING:
        notices.tell_missing(row)
    elif before is State.BOOKED:
        notices.tell_cancelled(row)
    else:
        notices.tell_end_of_talk(row, before=before)


def insert(
    mis: str, ref: str, to: Where, *, earlier: Appointment | None = None, patient: UUID | None = None
) -> None:
    """Write a visit that the MIS made or moved, over whatever stands there, under the locks of its days.

    `earlier` is the version that it moves, or one that we had given up; `patient` is whose card a visit
    without one stands on. A patient who has another visit there
    is left out of the row: the doctor's time is taken all the same.
    """
    is_moved = earlier is not None and earlier.state == State.BOOKED
    with connection.cursor() as cursor:
        cursor.execute("SELECT lock_days(%s, '{}', %s)", [to.practitioner, to.visit])
        Appointment.objects.filter(
            active=True, state=State.HELD, practitioner=to.practitioner, occupied__overlap=to.visit
        ).update(state=State.RELEASED, reason="taken_in_mis")
        if earlier is not None and is_moved:
            earlier.state, earlier.reason = State.MOVED, _why_moved(earlier, to)
            earlier.save(update_fields=["state", "reason"])
            notices.withdraw(earlier)
        cursor.execute(
            "SELECT free_lane(%(doctor)s, %(visit)s), party_of(%(doctor)s, %(branch)s, %(visit)s)",
            {"doctor": to.practitioner, "branch": to.location, "visit": to.visit},
        )
        lane, party = cursor.fetchone()
    row = Appointment(
        id=uuid4(),
        practitioner=to.practitioner,
        location=to.location,
        service=UNNAMED_SERVICE,
        lane=lane,
        party=party,
        visit=to.visit,
        occupied=to.visit,
        state=State.BOOKED,
        channel="mis",
        mis_overlap=lane > 0,
        patient=patient,
    )
    row.chain = row.id
    if earlier is not None:
        row.chain, row.version = earlier.chain, earlier.version + 2
        row.service, row.price = earlier.service, earlier.price
        if not _has_another_visit(earlier, to):
            row.patient, row.channel = earlier.patient, earlier.channel
    row.save(force_insert=True)
    Exchange.objects.create(
        appointment=row.id,
        mis=mis,
        ref=ref,
        stage="done",
        wall_start=to.wall.iso(),
        letter_to=_letter_to(earlier, row) if row.patient is not None else b"",
    )
    if earlier is not None and is_moved:
        notices.tell_moved(earlier, to=row)
    elif earlier is not None:
        notices.tell_end_of_talk(row, before=State(earlier.state))


def _letter_to(earlier: Appointment | None, row: Appointment) -> bytes:
    """Return the address of letters about the earlier version, sealed for this one."""
    talk = Exchange.objects.filter(pk=earlier.pk).first() if earlier is not None else None
    if earlier is None or talk is None:
        return b""
    address = open_letter_to(bytes(talk.letter_to), appointment=earlier.pk)
    return seal_letter_to(address, appointment=row.pk)


def _why_moved(earlier: Appointment, to: Where) -> str:
    """Return the reason: a visit that keeps its hour and changes its doctor is a substitution."""
    is_other = earlier.practitioner != to.practitioner and earlier.location == to.location
    return SUBSTITUTED if is_other and earlier.visit.lower == to.visit.lower else MOVED


def _has_another_visit(earlier: Appointment, to: Where) -> bool:
    if earlier.patient is None:
        return False
    others = Appointment.objects.filter(active=True, patient=earlier.patient, visit__overlap=to.visit)
    return others.exclude(chain=earlier.chain).exists()
