"""Holds the mirror of a branch against what its MIS says now, per doctor and day; changes nothing."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from feldsher.domain.directory import selectors as directory
from feldsher.domain.directory.types import Completeness
from feldsher.domain.scheduling import gateways, sync
from feldsher.domain.scheduling.models import Availability, Comparison
from feldsher.domain.scheduling.ports import GatewayUnavailableError, Window
from feldsher.kernel import clock
from feldsher.kernel.errors import NotFoundError
from feldsher.kernel.intervals import Interval, clip, subtract, union

DAYS = 5
"""From tomorrow on: of today a MIS may leave out what has passed."""
_ERROR_LENGTH = 300
_Free = Mapping[UUID, tuple[Interval, ...]]


def compare(location: UUID) -> None:
    """Ask the MIS of the branch and keep how the mirror differs, or why that can't be said."""
    try:
        as_of, days = _compared(location)
        error = ""
    except (GatewayUnavailableError, NotFoundError) as refusal:
        as_of, days, error = None, [], refusal.detail[:_ERROR_LENGTH]
    Comparison.objects.filter(location=location).update(as_of=as_of, error=error, days=days)


def _compared(location: UUID) -> tuple[datetime, list[dict[str, Any]]]:
    zone = ZoneInfo(_zone(location))
    first = clock.now().astimezone(zone).date() + timedelta(days=1)
    days = [first + timedelta(days=number) for number in range(DAYS)]
    here: dict[UUID, list[Interval]] = defaultdict(list)
    there: dict[UUID, list[Interval]] = defaultdict(list)
    as_of = clock.now()
    for mis in sorted({mis for (_, place), mis in directory.schedule_keepers().items() if place == location}):
        for window in _windows(mis, days):
            _read_mirror(here, mis, location, window)
            answer = gateways.gateway(mis).free(window)
            if answer.completeness is not Completeness.FULL:
                raise GatewayUnavailableError(f"{mis}: the answer was empty or not complete")
            as_of = min(as_of, answer.as_of)
            for key, row in sync.normalised(mis, answer, window=window).rows.items():
                if key.location_id == location:
                    there[key.practitioner_id] += row.free
                    there[key.practitioner_id] += [Interval(item.start, item.end) for item in row.tickets]
    return as_of, list(_rows(_whole(here), _whole(there), days=days, zone=zone))


def _windows(mis: str, days: list[date]) -> Iterator[Window]:
    """Yield windows that have each of the days whole: with a day more on either side.

    A UTC day is told only where the answer covers it. Raises GatewayUnavailableError for a MIS that answers
    for so few days that none is whole.
    """
    whole = gateways.gateway(mis).capabilities().max_window_days - 2
    if whole < 1:
        raise GatewayUnavailableError(f"{mis}: a window of {whole + 2} days has no whole day to compare")
    for place in range(0, len(days), whole):
        some = days[place : place + whole]
        yield Window(some[0] - timedelta(days=1), some[-1] + timedelta(days=1))


def _zone(location: UUID) -> str:
    zone = directory.zones().get(location)
    if zone is None:
        raise NotFoundError("the branch has no zone: say it in the directory")
    return zone


def _read_mirror(here: dict[UUID, list[Interval]], mis: str, location: UUID, window: Window) -> None:
    rows = Availability.objects.filter(mis=mis, location=location, day__range=(window.first, window.last))
    for row in rows:
        here[row.practitioner] += [Interval(item.lower, item.upper) for item in row.free]
        here[row.practitioner] += [
            Interval(start, end) for start, end in zip(row.ticket_starts, row.ticket_ends, strict=True)
        ]


def _whole(free: Mapping[UUID, Iterable[Interval]]) -> _Free:
    return {doctor: union(stretches) for doctor, stretches in free.items()}


def _rows(here: _Free, there: _Free, *, days: list[date], zone: ZoneInfo) -> Iterator[dict[str, Any]]:
    for doctor in sorted(here.keys() | there.keys()):
        for day in days:
            whole = Interval(*clock.day_bounds(day, zone))
            ours, theirs = clip(here.get(doctor, ()), whole), clip(there.get(doctor, ()), whole)
            if ours or theirs:
                yield {
                    "practitioner": str(doctor),
                    "day": day.isoformat(),
                    "here": _minutes(ours),
                    "there": _minutes(theirs),
                    "only_here": _spelt(subtract(ours, theirs)),
                    "only_there": _spelt(subtract(theirs, ours)),
                }


def _minutes(stretches: Iterable[Interval]) -> int:
    return sum(int((item.end - item.start).total_seconds() // 60) for item in stretches)


def _spelt(stretches: Iterable[Interval]) -> list[list[str]]:
    return [[item.start.isoformat(), item.end.isoformat()] for item in stretches]
