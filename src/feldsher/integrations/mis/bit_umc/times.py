"""Times of 1С: lengths as times of day, where 00:00 means that nobody said, and days in many spellings.

Written with four digits the year may stand first or last, parted by `-`, `.` or `/`; a time may follow after
a blank or a `T` (contract §3.1, dates). `03/04/2026` is the third of April: the day always leads the month.
"""

import re
from datetime import date, time

from feldsher.kernel.clock import WallTime

_CLOCK = r"(\d{1,2}):(\d\d)(?::(\d\d))?"
_LENGTH = re.compile(rf"(?:\d+([-./])\d\d\1\d+[T ])?{_CLOCK}", re.ASCII)
_WALL = re.compile(
    rf"(?:(\d{{4}})([-./])(\d\d)\2(\d\d)|(\d\d)([-./])(\d\d)\6(\d{{4}}))(?:[T ]({_CLOCK}))?", re.ASCII
)
_BARE = re.compile(_CLOCK, re.ASCII)
_NO_DAY = date(1, 1, 1)
MOST = 24 * 60 - 1


def minutes_of(text: str) -> int | None:
    """Return whole minutes; None for 00:00 and for what isn't a length."""
    found = _LENGTH.fullmatch(text.strip())
    minutes = int(found[2]) * 60 + int(found[3]) if found else 0
    return minutes if 0 < minutes <= MOST else None


def length(minutes: int) -> time:
    """Return 1 to 1,439 minutes as a time of day; raises ValueError beyond: such a length can't be said."""
    if not 1 <= minutes <= MOST:
        raise ValueError(f"no length of a visit: {minutes} minutes")
    return time(minutes // 60, minutes % 60)


def wall(text: str) -> WallTime:
    """Read a wall time in any documented spelling and keep the text.

    A bare day is its midnight, a bare time of day is one of the year 1. Raises ValueError for anything else,
    an offset included.
    """
    told = text.strip()
    if _BARE.fullmatch(told):
        return WallTime(_NO_DAY, WallTime.parse(f"{_NO_DAY}T{told}").seconds, told)
    found = _WALL.fullmatch(told)
    if found is None:
        raise ValueError(f"not a wall time of 1С: {told[:40]!r}")
    year, month, day = found.group(1, 3, 4) if found[1] else found.group(8, 7, 5)
    read = WallTime.parse(f"{year}-{month}-{day}T{found[9] or '00:00'}")
    return WallTime(read.day, read.seconds, told)


def at(seconds: int) -> time:
    """Return the time of day `seconds` after midnight; raises ValueError from 24:00 on."""
    return time(seconds // 3600, seconds // 60 % 60, seconds % 60)
