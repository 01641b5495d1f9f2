"""The own schedule for staff: whether it is in use here, and the visits that its hours leave outside.

Nothing cancels by itself when hours change: a person calls, or says hours for that date after all.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from operator import attrgetter
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Exists, OuterRef

from feldsher.domain.directory import selectors as directory
from feldsher.domain.directory.types.own import OWN_SCHEDULE
from feldsher.domain.patients import selectors as patients
from feldsher.domain.roster import selectors as roster
from feldsher.domain.roster.types import Workplace
from feldsher.domain.scheduling import gateways
from feldsher.domain.scheduling.models import Appointment, Exchange
from feldsher.domain.scheduling.selectors.day import visit_row
from feldsher.domain.scheduling.types import State, VisitToCome
from feldsher.foundation.access.doors import as_staff
from feldsher.foundation.access.journal import journal
from feldsher.foundation.access.matrix import Column
from feldsher.foundation.access.policies import Action
from feldsher.foundation.access.types import Staff
from feldsher.foundation.modules import has_booking
from feldsher.kernel import clock
from feldsher.kernel.intervals import Interval, union

MOST: Final = 100
"""Visits that are told of, the nearest first."""
_COMING: Final = (State.BOOKING, State.BOOKED, State.UNKNOWN)
_DAY: Final = timedelta(days=1)


def keeps_own_schedule() -> bool:
    """Tell whether the settings name the own schedule: then staff make records and say hours."""
    return OWN_SCHEDULE in gateways.all_mis()


def has_exchange() -> bool:
    """Tell whether there is an exchange of times to look at: patients book, or the settings name a MIS."""
    return has_booking() or bool(gateways.all_mis())


def keeps_own_records() -> bool:
    """Tell whether staff make records here: beside an own schedule, and where nobody books at all."""
    return keeps_own_schedule() or not has_booking()


def outside_count(staff: Staff) -> int:
    """Return how many visits to come lie outside of hours; nobody's name is opened. Raises ForbiddenError."""
    with as_staff(staff, Action.RESOLVE_VISITS):
        return len(_outside())


def visits_outside(staff: Staff) -> tuple[VisitToCome, ...]:
    """Return the visits to come outside of their doctor's hours, the nearest first, at most MOST.

    Raises ForbiddenError, VaultError, AuditError.
    """
    with as_staff(staff, Action.RESOLVE_VISITS):
        rows = list(Appointment.objects.filter(pk__in=_outside()[:MOST]).order_by("starts_at", "id"))
        whose = {row.patient for row in rows if row.patient is not None}
        journal("appointment", Column.APPOINTMENTS, ids=[row.id for row in rows], patients=whose)
        persons = patients.shown_persons(staff, Action.RESOLVE_VISITS, whose)
    zones = directory.zones()
    return tuple(
        VisitToCome(
            visit_row(row, persons.get(row.patient) if row.patient else None),
            row.location,
            zones.get(row.location, "UTC"),
        )
        for row in rows
    )


def _outside() -> list[UUID]:
    """Return the ids, in order of time: three questions, and of each visit its place and time alone."""
    ours = Exchange.objects.filter(appointment=OuterRef("pk"), mis=OWN_SCHEDULE)
    coming = Appointment.objects.filter(
        Exists(ours), active=True, state__in=_COMING, patient__isnull=False, starts_at__gte=clock.now()
    )
    rows = list(coming.order_by("starts_at", "id").values_list("id", "practitioner", "location", "visit"))
    if not rows:
        return []
    work = _work(
        {Workplace(practitioner, location) for _, practitioner, location, _ in rows},
        first=rows[0][3].lower,
        last=max(visit.upper for *_, visit in rows),
    )
    return [
        number
        for number, practitioner, location, visit in rows
        if not _is_within(visit, work[Workplace(practitioner, location)])
    ]


def _is_within(visit: Any, spans: Sequence[Interval]) -> bool:
    """Tell whether one of the spans, which are in order and apart, holds the whole visit."""
    place = bisect_right(spans, visit.lower, key=attrgetter("start")) - 1
    return place >= 0 and visit.upper <= spans[place].end


def _work(
    places: set[Workplace], *, first: datetime, last: datetime
) -> Mapping[Workplace, Sequence[Interval]]:
    """Return the working time of each place, as instants; where a doctor works no more there is none."""
    kept, zones = directory.kept_by(OWN_SCHEDULE), directory.zones()
    known = {place for place in places if (place.practitioner_id, place.location_id) in kept}
    days = roster.work(known, first=first.date() - _DAY, last=last.date() + _DAY)
    found: dict[Workplace, Sequence[Interval]] = defaultdict(tuple)
    for place, each in days.items():
        if place.location_id in zones:
            found[place] = union(roster.instants(each, ZoneInfo(zones[place.location_id])))
    return found
