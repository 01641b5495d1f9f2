"""Asks the MIS whether visits stand there that are booked here, or have ended here: each alone, unlocked.

A visit that was talked about while the question was on its way is left alone: the talk knows better. That a
visit is missing, or stands although it has ended here, takes two reads, the second later than the MIS's
settle time.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection

from feldsher.domain.scheduling import gateways
from feldsher.domain.scheduling.exchange.talk import Talk
from feldsher.domain.scheduling.models import Appointment, Exchange, SyncStatus
from feldsher.domain.scheduling.noting import forget, note
from feldsher.domain.scheduling.ports import (
    Absent,
    BookingQuery,
    FindOutcome,
    Found,
    GatewayUnavailableError,
    Indeterminate,
)
from feldsher.domain.scheduling.selectors.visits import is_being_moved
from feldsher.domain.scheduling.types import DiscrepancyKind, State
from feldsher.foundation.access.context import as_service
from feldsher.kernel import clock
from feldsher.kernel.clock import WallTime
from feldsher.kernel.errors import NotFoundError

WORK = "mis_agreement"
MOST = 50
"""Visits about which one synchronisation asks at most."""
AGAIN = timedelta(minutes=10)
"""How soon a visit that its MIS has confirmed is asked about again, whatever the schedule shows."""
ENDED = (State.CANCELLED, State.MOVED)
"""In these a visit that the MIS still has stands there against our word."""
_SUSPECTS = """
    SELECT a.id, a.starts_at
    FROM scheduling_discrepancy d JOIN scheduling_exchange e ON e.appointment = d.appointment
        JOIN scheduling_appointment a ON a.id = e.appointment
    WHERE d.mis = %(mis)s AND d.state = 'seen' AND e.ref <> '' AND a.patient IS NOT NULL
      AND a.starts_at > %(now)s AND coalesce(e.ended_at, a.created_at) < %(as_of)s
    UNION
    SELECT a.id, a.starts_at
    FROM scheduling_exchange e JOIN scheduling_appointment a ON a.id = e.appointment
    WHERE e.mis = %(mis)s AND e.ref <> '' AND a.active AND a.state = 'booked' AND a.patient IS NOT NULL
      AND a.starts_at > %(now)s AND coalesce(e.ended_at, a.created_at) < %(as_of)s
      AND coalesce(e.checked_at, '-infinity') < %(again)s
      AND EXISTS (SELECT 1 FROM scheduling_availability v
                  WHERE v.practitioner = a.practitioner AND v.location = a.location AND v.mis = e.mis
                    AND v.day BETWEEN (lower(a.visit) AT TIME ZONE 'UTC')::date
                                  AND (upper(a.visit) AT TIME ZONE 'UTC')::date
                    AND (v.free && a.visit OR lower(a.visit) = ANY (v.ticket_starts)))
    ORDER BY 2, 1 LIMIT %(most)s
"""


@dataclass(frozen=True, slots=True)
class Asked:
    """How many visits were asked about, told as we tell them, and not answered for."""

    checked: int
    agreed: int
    unanswered: int


def suspects(mis: str) -> list[UUID]:
    """Return patients' booked visits whose time the MIS shows free, and those that one read has told so."""
    if not gateways.gateway(mis).capabilities().keeps_visits:
        return []
    as_of = SyncStatus.objects.filter(mis=mis).values_list("as_of", flat=True).first()
    if as_of is None:
        return []
    now = clock.now()
    values: dict[str, str | datetime | int] = {
        "mis": mis,
        "now": now,
        "as_of": as_of,
        "again": now - AGAIN,
        "most": MOST,
    }
    with as_service(WORK, savepoint=False), connection.cursor() as cursor:
        cursor.execute(_SUSPECTS, values)
        return [row[0] for row in cursor.fetchall()]


def ask_about(visits: Collection[UUID]) -> Asked:
    """Ask the MIS about each visit and note where it differs; a MIS that is away ends it at once."""
    checked = agreed = unanswered = 0
    for visit in visits:
        try:
            is_agreed = _ask(visit)
        except GatewayUnavailableError:
            unanswered += len(visits) - checked
            checked = len(visits)
            break
        checked += 1
        agreed += is_agreed is True
        unanswered += is_agreed is None
    return Asked(checked, agreed, unanswered)


def _ask(visit: UUID) -> bool | None:
    """Return whether the MIS tells the visit as we do, None where that is not known or not asked."""
    talk = Talk(visit)
    if talk.state not in {State.BOOKED, *ENDED} or not talk.exchange.ref:
        return None
    found = _find(talk)
    with as_service(WORK):
        row = Appointment.objects.select_for_update().get(pk=visit)
        exchange = Exchange.objects.get(pk=visit)
        if row.state != talk.state or not talk.is_as_read(exchange) or is_being_moved(visit):
            return None  # a move of ours may have brought the record where it is
        Exchange.objects.filter(pk=visit).update(checked_at=clock.now())
        if isinstance(found, Indeterminate):
            return None
        kind, begin = _difference(talk, found)
        if kind is None:
            forget(row)
        else:
            note(row, kind, begin=begin)
    return kind is None


def _find(talk: Talk) -> FindOutcome:
    """Ask by the MIS's own id; the patient is opened only for a MIS that finds visits by nothing else."""
    needs_person = talk.capabilities.can_find_by_patient
    try:
        person = talk.person if needs_person else None
        query = BookingQuery(slot=talk.slot, reference=talk.reference, ref=talk.exchange.ref, person=person)
    except NotFoundError:
        return Indeterminate("the directory no longer has a party")
    return talk.gateway.find_booking(query)


def _difference(talk: Talk, found: Found | Absent) -> tuple[DiscrepancyKind | None, str]:
    if talk.state is not State.BOOKED:
        # By patient and time a MIS may find another visit: one that the patient has booked there anew.
        stands = isinstance(found, Found) and found.state == "booked" and found.ref == talk.exchange.ref
        return (DiscrepancyKind.STANDS if stands else None), ""
    if isinstance(found, Absent):
        return DiscrepancyKind.MISSING, ""
    if found.state != "booked":
        return DiscrepancyKind.CANCELLED, ""
    if found.begin is not None and found.begin != WallTime.parse(talk.exchange.wall_start):
        return DiscrepancyKind.MOVED, found.begin.iso()
    return None, ""
