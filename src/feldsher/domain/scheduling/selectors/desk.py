"""What staff see of scheduling: calls to make, and visits that need a person.

Names and phones are opened here and nowhere above, and only for who may (`access.policies`).
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce

from feldsher.domain.directory import selectors as directory
from feldsher.domain.patients import selectors as patients
from feldsher.domain.patients.types import PersonField
from feldsher.domain.scheduling.calling import call_by, hours_ahead, is_kept, notice_of, zone_of
from feldsher.domain.scheduling.models import (
    Appointment,
    CallRequest,
    Exchange,
    Transition,
    Verdict,
)
from feldsher.domain.scheduling.sealed import SEALED_OF_CALL, open_call, open_programme
from feldsher.domain.scheduling.selectors.unheard import unheard
from feldsher.domain.scheduling.selectors.visits import key_of
from feldsher.domain.scheduling.types import (
    CallCard,
    CallMark,
    Said,
    State,
    Trouble,
    TroubledVisit,
    Unheard,
    VisitMark,
)
from feldsher.foundation.access.doors import as_staff, note_miss
from feldsher.foundation.access.journal import journal
from feldsher.foundation.access.matrix import Column
from feldsher.foundation.access.policies import Action
from feldsher.foundation.access.types import Staff
from feldsher.kernel import clock
from feldsher.kernel.errors import NotFoundError

MOST = 100
"""Items of a kind that a queue shows: the most urgent ones."""
_PERSON_FIELDS: tuple[PersonField, ...] = ("family", "given", "middle", "phone")
LOST_FOR = timedelta(hours=24)
_TAKEN = "taken_in_mis"
_VERDICTS = {Trouble.TAKEN: (Said.SETTLED,), Trouble.UNTOLD: (Said.TOLD,)}
_UNANSWERED = {Trouble.SILENT, Trouble.BY_HAND, Trouble.AMBIGUOUS}
_Failed = Mapping[UUID, tuple[Unheard, datetime]]
_LATER = (State.BOOKING, State.BOOKED, State.UNKNOWN, State.ARRIVED, State.FULFILLED)


def open_calls(staff: Staff) -> tuple[CallCard, ...]:
    """Return the calls to make, the nearest hour first, at most MOST; ForbiddenError, VaultError."""
    with as_staff(staff, Action.HANDLE_CALLS):
        found = list(_open_calls())
        journal("call", Column.CONTACTS, ids=[row.id for row in found], fields=SEALED_OF_CALL)
    return tuple(map(_call, found))


def open_call_marks(staff: Staff) -> tuple[CallMark, ...]:
    """Return what may change of the same calls: opens and journals nobody, for who only asks what is new.

    Raises ForbiddenError.
    """
    with as_staff(staff, Action.HANDLE_CALLS):
        found = list(_open_calls().defer(*SEALED_OF_CALL))
    return tuple(
        CallMark(
            id=row.id,
            due=row.again_at or row.call_by,
            location_id=row.location,
            practitioner_id=row.practitioner,
            tries=row.tries,
            taken_by=row.taken_by if is_kept(row) else None,
        )
        for row in found
    )


def _open_calls() -> QuerySet[CallRequest]:
    rows = CallRequest.objects.filter(done_at=None).annotate(due=Coalesce("again_at", "call_by"))
    return rows.order_by("due", "created_at", "id")[:MOST]


def open_call_card(staff: Staff, request_id: UUID) -> CallCard:
    """Return one open call; ForbiddenError, NotFoundError when it is none or done."""
    with as_staff(staff, Action.HANDLE_CALLS):
        row = CallRequest.objects.filter(pk=request_id, done_at=None).first()
        if row is not None:
            journal("call", Column.CONTACTS, ids=[row.id], fields=SEALED_OF_CALL)
    if row is None:
        note_miss(staff, Action.HANDLE_CALLS, request_id)
        raise NotFoundError("no such open call")
    return _call(row)


def call_about(staff: Staff, appointment_id: UUID) -> UUID | None:
    """Return the open call about a visit, the nearest one; opens nothing of it. Raises ForbiddenError."""
    with as_staff(staff, Action.HANDLE_CALLS):
        rows = CallRequest.objects.filter(done_at=None, appointment=appointment_id)
        return rows.order_by(Coalesce("again_at", "call_by"), "id").values_list("id", flat=True).first()


def _call(row: CallRequest) -> CallCard:
    return CallCard(
        id=row.id,
        name=open_call(bytes(row.name), column="name", row=row.id),
        phone=open_call(bytes(row.phone), column="phone", row=row.id),
        topic=open_call(bytes(row.topic), column="topic", row=row.id),
        location_id=row.location,
        practitioner_id=row.practitioner,
        appointment_id=row.appointment,
        is_ours=row.channel == "system",
        due=row.again_at or row.call_by,
        call_by=row.call_by,
        tries=row.tries,
        taken_by=row.taken_by if is_kept(row) else None,
        notice=notice_of(row),
        service_ids=open_programme(bytes(row.programme), row=row.id),
    )


def hours_to_call(call: CallCard) -> tuple[datetime, ...]:
    """Return the hours for which a next try may be set (`services.call_later`), the nearest first."""
    return hours_ahead(clock.now(), zone_of(call.location_id))


def troubled_visits(staff: Staff) -> tuple[TroubledVisit, ...]:
    """Return the visits that need a person, the nearest hour first; ForbiddenError, VaultError."""
    with as_staff(staff, Action.RESOLVE_VISITS):
        return _troubled(Q())


def troubled_visit_marks(staff: Staff) -> tuple[VisitMark, ...]:
    """Return what may change of the same visits: whose they are is neither shown nor journalled.

    Only where a patient who lost a time has another since does the journal keep that it was looked up, as a
    row that names no patient: that is a read of whose visits they are. Raises ForbiddenError, AuditError.
    """
    with as_staff(staff, Action.RESOLVE_VISITS):
        taken = list(_taken(Q()).defer("patient"))
        helped = set(
            Appointment.objects.filter(_has_other(), id__in=[row.id for row in taken]).values_list(
                "id", flat=True
            )
            if taken
            else ()
        )
        journal("appointment", Column.APPOINTMENTS, ids=sorted(helped), fields=("state",))
        lost = [row for row in taken if row.id not in helped][:MOST]
        failed = unheard(Q())
        rows = [*_waiting(Q()).defer("patient"), *lost]
        rows += _untold(failed, but=rows).defer("patient")
        return tuple(mark for mark, _, _ in _marked(rows, failed))


def troubled_visit(staff: Staff, appointment_id: UUID) -> TroubledVisit:
    """Return one of them; ForbiddenError, NotFoundError when it needs nobody (any more)."""
    with as_staff(staff, Action.RESOLVE_VISITS):
        found = _troubled(Q(pk=appointment_id))
    if not found:
        note_miss(staff, Action.RESOLVE_VISITS, appointment_id)
        raise NotFoundError("no such visit, or it needs nobody")
    return found[0]


def _troubled(which: Q) -> tuple[TroubledVisit, ...]:
    lost = _taken(which).filter(~_has_other(), patient__isnull=False)
    failed = unheard(which)
    rows = [*_waiting(which), *lost[:MOST]]
    rows += _untold(failed, but=rows)
    whose = {row.patient for row in rows if row.patient is not None}
    journal("appointment", Column.APPOINTMENTS, ids=[row.id for row in rows], patients=whose)
    persons = patients.patient_cards(whose, fields=_PERSON_FIELDS)
    marked = _marked(rows, failed)
    starts = _earlier_starts([talk for mark, _, talk in marked if mark.trouble in _UNANSWERED])
    return tuple(
        TroubledVisit(
            id=mark.id,
            trouble=mark.trouble,
            key=mark.key,
            zone=mark.zone,
            mis=talk.mis,
            family=person.family,
            given=person.given,
            middle=person.middle,
            phone=person.phone,
            since=mark.since,
            due=mark.due,
            verdicts=_VERDICTS.get(mark.trouble, (Said.BOOKED, Said.ABSENT)),
            unheard=mark.unheard,
            moved_from=starts.get(row.id),
        )
        for mark, row, talk in marked
        if row.patient is not None and (person := persons.get(row.patient)) is not None
    )


def _earlier_starts(talks: Sequence[Exchange]) -> dict[UUID, datetime]:
    """Return when the visits began that these are to replace, by the id of the new one."""
    moved = {talk.pk: talk.moves for talk in talks if talk.moves is not None}
    rows = Appointment.objects.filter(pk__in=moved.values()) if moved else ()
    starts = {row.pk: row.starts_at for row in rows}
    return {new: starts[old] for new, old in moved.items() if old in starts}


def _marked(rows: Sequence[Appointment], failed: _Failed) -> list[tuple[VisitMark, Appointment, Exchange]]:
    """Return the marks of visits with their rows and talks, the nearest hour first."""
    talks = Exchange.objects.in_bulk([row.id for row in rows])
    zones = directory.zones()
    found = []
    for row in rows:
        talk = talks.get(row.id)
        if talk is None:
            continue
        zone = zones.get(row.location, "UTC")
        trouble = _trouble(row, talk)
        said, failed_at = failed.get(row.id, (None, None)) if trouble is Trouble.UNTOLD else (None, None)
        since, due = _hours(row, talk, zone) if failed_at is None else _hours_of_call(row, failed_at, zone)
        mark = VisitMark(
            id=row.id, trouble=trouble, key=key_of(row), zone=zone, since=since, due=due, unheard=said
        )
        found.append((mark, row, talk))
    return sorted(found, key=lambda each: (each[0].due, each[0].id))


def _waiting(which: Q) -> QuerySet[Appointment]:
    """Return the visits that wait for the MIS and for a person, at most MOST."""
    asked = Exchange.objects.filter(appointment=OuterRef("pk")).exclude(needs_person_at=None)
    waiting = Appointment.objects.filter(
        which, Exists(asked), active=True, state__in=[State.UNKNOWN, State.CANCELLING]
    )
    return waiting.order_by("answer_by", "id")[:MOST]


def _untold(failed: _Failed, *, but: Sequence[Appointment]) -> QuerySet[Appointment]:
    """Return the visits of which a message failed, at most MOST, those that come first first.

    One whose time the clinic took is a trouble of its own, and ends with that.
    """
    ids = failed.keys() - {row.id for row in but}
    rows = Appointment.objects.filter(pk__in=ids).exclude(state=State.REJECTED, reason=_TAKEN)
    return rows.order_by("starts_at", "id")[:MOST]


def _taken(which: Q) -> QuerySet[Appointment]:
    """Return the visits whose time the clinic took in the last day, and which nobody has settled."""
    since = clock.now() - LOST_FOR
    lost = Transition.objects.filter(appointment=OuterRef("pk"), after=State.REJECTED, at__gt=since)
    settled = Verdict.objects.filter(appointment=OuterRef("pk"), said=Said.SETTLED)
    found = Appointment.objects.filter(
        which,
        Exists(lost),
        ~Exists(settled),
        state=State.REJECTED,
        reason=_TAKEN,
        created_at__gt=since - LOST_FOR,
    )
    return found.order_by("created_at", "id")


def _has_other() -> Exists:
    """Whether the patient of a visit has made another since."""
    return Exists(
        Appointment.objects.filter(
            patient=OuterRef("patient"), state__in=_LATER, created_at__gt=OuterRef("created_at")
        )
    )


def _hours(row: Appointment, talk: Exchange, zone: str) -> tuple[datetime, datetime]:
    """Return when the visit left for the MIS or lost its time, and by when the patient should hear of it."""
    if row.state == State.REJECTED:
        since = talk.ended_at or row.created_at
        return since, call_by(since, ZoneInfo(zone))
    since = talk.sent_at or row.created_at
    return since, row.answer_by or since


def _hours_of_call(row: Appointment, failed_at: datetime, zone: str) -> tuple[datetime, datetime]:
    """Return when the message failed, and by when its patient is to be called: before the visit anyhow."""
    return failed_at, min(call_by(failed_at, ZoneInfo(zone)), row.starts_at)


def _trouble(row: Appointment, talk: Exchange) -> Trouble:
    if row.state == State.REJECTED and row.reason == _TAKEN:
        return Trouble.TAKEN
    if row.state in {State.BOOKED, State.CANCELLED, State.REJECTED}:
        return Trouble.UNTOLD
    if row.state == State.CANCELLING:
        return Trouble.NOT_CANCELLED
    if talk.stage == "by_hand":
        return Trouble.BY_HAND
    return Trouble.AMBIGUOUS if talk.stage == "patient" else Trouble.SILENT
