"""How long a referral is good: days of the branch's calendar, the last one to its end."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from feldsher.kernel import clock

USUAL_DAYS, LONGEST_DAYS = 30, 365


def today(zone: str) -> date:
    return clock.now().astimezone(ZoneInfo(zone)).date()


def usual_day(zone: str) -> date:
    """Return the last day of a referral that nobody has thought about."""
    return today(zone) + timedelta(days=USUAL_DAYS)


def latest_day(zone: str) -> date:
    """Return the last day of a year that begins today."""
    return today(zone) + timedelta(days=LONGEST_DAYS - 1)


def end_of(day: date, zone: str) -> datetime:
    """Return the midnight after the day, in UTC."""
    return clock.day_bounds(day, ZoneInfo(zone))[1]


def last_day(until: datetime, zone: str) -> date:
    """Return the day that a midnight ends."""
    return (until - timedelta(seconds=1)).astimezone(ZoneInfo(zone)).date()
