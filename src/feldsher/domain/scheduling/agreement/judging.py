"""Believes a MIS that tells a visit otherwise, or asks a person where it tells so of many at once.

A clinic cancels a visit or two at a time. Several of one doctor's day, or more than a few of the whole MIS
within an hour, are a closed day, or a MIS that has lost its memory: neither is for a program to decide.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection
from django.db.models import Exists, OuterRef, Q

from feldsher.domain.scheduling import applying, gateways
from feldsher.domain.scheduling.models import Appointment, Discrepancy, Exchange
from feldsher.domain.scheduling.noting import OPEN
from feldsher.domain.scheduling.selectors.visits import zone_of
from feldsher.domain.scheduling.types import DiscrepancyKind, DiscrepancyState, State
from feldsher.foundation.access.context import as_service
from feldsher.kernel import clock
from feldsher.kernel.clock import WallTime

WORK = "mis_agreement"
MOST_AT_ONCE = 5
"""Visits of a MIS that are cancelled without a person within an hour."""
MANY_OF_A_DAY = 2
"""Visits of one doctor's day of which a person is told first."""
_TWICE = (DiscrepancyKind.MISSING, DiscrepancyKind.STANDS)
"""What two reads must tell before it is believed: a MIS may show late what it has written."""
_ALWAYS = (DiscrepancyKind.MOVED, DiscrepancyKind.STANDS)
"""What a person is always asked about.

A question finds that a visit has moved without the doctor whom it has moved to; one that stands there after
its end may have been put back by a registrar, at its patient's wish.
"""
_HOUR = timedelta(hours=1)
_JUDGING = 0x5C4EF
"""One judgement of a MIS at a time: its feed and the questions about its visits both come to one."""
_DayKey = tuple[UUID, UUID, date]


def judge(mis: str) -> int:
    """Apply what is believed and hand the rest to a person; returns how many visits were changed here."""
    with as_service(WORK):
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [_JUDGING, mis])
        _end_the_ended(mis)
        noted = Discrepancy.objects.filter(mis=mis, state=DiscrepancyState.SEEN)
        ripe = [each for each in noted.order_by("id") if _is_ripe(each)]
        doubtful = _doubtful(mis, ripe)
        waiting = [each.pk for each in ripe if each in doubtful]
        Discrepancy.objects.filter(pk__in=waiting).update(state=DiscrepancyState.WAITING)
        return sum(settle(each) for each in ripe if each not in doubtful)


def _end_the_ended(mis: str) -> None:
    """End what was noted of visits that are over, or that nobody has booked here any more."""
    coming = Appointment.objects.filter(pk=OuterRef("appointment"), starts_at__gt=clock.now())
    told = Q(kind=DiscrepancyKind.STANDS) & Exists(coming) | Exists(coming.filter(state=State.BOOKED))
    ended = Discrepancy.objects.filter(~told, mis=mis, state__in=OPEN)
    ended.update(state=DiscrepancyState.GONE, settled_at=clock.now())


def settle(noted: Discrepancy, *, by: UUID | None = None) -> bool:
    """Write here what the MIS says of the visit; returns whether anything was left to write.

    Of one that stands there after its end there is nothing to write: that it was looked at is all.
    """
    if noted.kind == DiscrepancyKind.STANDS:
        _end(noted, DiscrepancyState.KEPT, by=by)
        return False
    row = Appointment.objects.select_for_update().filter(pk=noted.appointment, state=State.BOOKED).first()
    if row is None:
        _end(noted, DiscrepancyState.GONE, by=by)
        return False
    if noted.kind == DiscrepancyKind.MOVED:
        exchange = Exchange.objects.get(pk=row.pk)
        begin = WallTime.parse(noted.begin)
        start = begin.at(ZoneInfo(zone_of(row.location)))
        visit = type(row.visit)(start, start + (row.visit.upper - row.visit.lower))
        to = applying.Where(row.practitioner, row.location, visit, begin)
        applying.insert(exchange.mis, exchange.ref, to, earlier=row)
    else:
        is_missing = noted.kind == DiscrepancyKind.MISSING
        applying.cancel(row, reason=applying.MISSING if is_missing else applying.CANCELLED)
    _end(noted, DiscrepancyState.APPLIED, by=by)
    return True


def keep(noted: Discrepancy, *, by: UUID) -> None:
    """Leave the visit as it stands here, whatever the MIS says of it."""
    _end(noted, DiscrepancyState.KEPT, by=by)


def _end(noted: Discrepancy, state: DiscrepancyState, *, by: UUID | None) -> None:
    noted.state, noted.settled_at, noted.settled_by = state, clock.now(), by
    noted.save(update_fields=["state", "settled_at", "settled_by"])


def _is_ripe(noted: Discrepancy) -> bool:
    if noted.kind not in _TWICE:
        return True
    capabilities = gateways.gateway(noted.mis).capabilities()
    settle_after = timedelta(
        seconds=max(settings.FELDSHER_BOOKING.settle_seconds, capabilities.settle_seconds)
    )
    return noted.reads > 1 and noted.seen_at - noted.found_at >= settle_after


def _doubtful(mis: str, ripe: Sequence[Discrepancy]) -> list[Discrepancy]:
    """Return those of which a person is to speak: all of a day with many, or all where there are many."""
    gone = [each for each in ripe if each.kind not in _ALWAYS]
    lately = Discrepancy.objects.filter(
        mis=mis, state=DiscrepancyState.APPLIED, settled_by=None, settled_at__gt=clock.now() - _HOUR
    ).exclude(kind__in=_ALWAYS)
    if len(gone) + lately.count() > MOST_AT_ONCE:
        return list(ripe)
    days: defaultdict[_DayKey, list[Discrepancy]] = defaultdict(list)
    for each in gone:
        days[each.practitioner, each.location, each.day].append(each)
    waiting = {
        (row.practitioner, row.location, row.day)
        for row in Discrepancy.objects.filter(mis=mis, state=DiscrepancyState.WAITING)
        if row.kind not in _ALWAYS
    }
    many = [day for day, group in days.items() if len(group) >= MANY_OF_A_DAY or day in waiting]
    always = [each for each in ripe if each.kind in _ALWAYS]
    return [*always, *(each for day in many for each in days[day])]
