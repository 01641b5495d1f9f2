"""Times of ИНФОКЛИНИКА: a day `yyyyMMdd`, hours and minutes as whole numbers apart, without leading zeros."""

import re
from datetime import date

from feldsher.integrations.mis.infoclinica.envelope import Fields
from feldsher.kernel.clock import SECONDS_A_DAY, WallTime

_DAY = re.compile(r"(\d{4})(\d\d)(\d\d)", re.ASCII)
_PART = re.compile(r"\d{1,2}", re.ASCII)
_OFFSET = re.compile(r"[+-]?\d{1,2}", re.ASCII)
_HOURS, _MINUTES = 24, 59
_FARTHEST = 14


def day(told: str) -> date:
    """Read `yyyyMMdd`; raises ValueError."""
    found = _DAY.fullmatch(told)
    if found is None:
        raise ValueError("not a day")
    return date(*map(int, found.groups()))


def spelt(moment: date) -> str:
    return f"{moment:%Y%m%d}".rjust(8, "0")


def wall(moment: date, hour: str, minute: str) -> WallTime:
    """Read a wall time from its hour and minute; 24:00 is the end of the day. Raises ValueError."""
    if not _PART.fullmatch(hour) or not _PART.fullmatch(minute):
        raise ValueError("not a time of day")
    hours, minutes = int(hour), int(minute)
    seconds = hours * 3600 + minutes * 60
    if hours > _HOURS or minutes > _MINUTES or seconds > SECONDS_A_DAY:
        raise ValueError("not a time of day")
    return WallTime(moment, seconds, f"{spelt(moment)} {hours}:{minutes:02}")


def fields(begin: WallTime, minutes: int) -> Fields:
    """Return the fields of a visit's time; raises ValueError for one that goes past midnight."""
    last = begin.seconds + minutes * 60
    if minutes < 1 or last > SECONDS_A_DAY:
        raise ValueError("a visit that can't be said")
    return (
        ("WORKDATE", spelt(begin.day)),
        ("BHOUR", str(begin.seconds // 3600)),
        ("BMIN", str(begin.seconds // 60 % 60)),
        ("FHOUR", str(last // 3600)),
        ("FMIN", str(last // 60 % 60)),
    )


def offset(told: str) -> int | None:
    """Read TIMEZONE, whole hours east of UTC; None where it isn't told. Raises ValueError."""
    if not told:
        return None
    if not _OFFSET.fullmatch(told) or abs(int(told)) > _FARTHEST:
        raise ValueError("not a time zone")
    return int(told)
