"""Reads days and clocks as staff type them, and turns a clock on a wall into instants."""

import re
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from feldsher.kernel.errors import NotFoundError

_CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)", re.ASCII)
_YEARS = (1970, 2200)


def day_of(text: str) -> date | None:
    """Return the day of `yyyy-mm-dd`; None for anything else."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if _YEARS[0] < day.year < _YEARS[1] else None


def time_of(text: str) -> time | None:
    """Return the time of `9:30` or `09:30`; None for anything else."""
    found = _CLOCK.fullmatch(text)
    return time(int(found[1]), int(found[2])) if found else None


def instants(day: date, at: time, zone: str) -> tuple[datetime, ...]:
    """Return when clocks in `zone` show that: once, twice where they are put back, never where forward."""
    info, found = ZoneInfo(zone), []
    for fold in (0, 1):
        shown = datetime.combine(day, at).replace(tzinfo=info, fold=fold)
        instant = shown.astimezone(UTC)
        if instant.astimezone(info).replace(tzinfo=None) == shown.replace(tzinfo=None):
            found.append(instant)
    return tuple(sorted(set(found)))


def after_gap(day: date, at: time, zone: str) -> datetime:
    """Return the first minute after the gap that swallows this time of the wall clock."""
    wanted = datetime.combine(day, at)
    for minutes in range(1, 24 * 60):
        later = wanted + timedelta(minutes=minutes)
        if found := instants(later.date(), later.time(), zone):
            return found[0]
    raise NotFoundError("no such time")
