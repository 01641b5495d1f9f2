"""The hours of the night in which nobody is woken by a message."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

_FROM, _UNTIL = time(21), time(9)


def daytime(now: datetime, zone: ZoneInfo) -> datetime:
    """Return now, or nine in the morning where it is night on the zone's clock."""
    local = now.astimezone(zone)
    if _UNTIL <= local.time() < _FROM:
        return now
    day: date = local.date() + timedelta(days=local.time() >= _FROM)
    return datetime.combine(day, _UNTIL, tzinfo=zone).astimezone(now.tzinfo)


def is_night(local: time) -> bool:
    """Return whether nobody is to be woken at this hour of a wall clock."""
    return not _UNTIL <= local < _FROM
