"""Lengths as 1С writes them: the time of day of the year 1, where 00:00 means that nobody said."""

import re

_CLOCK = re.compile(r"(?:\d{4}-\d{2}-\d{2}[T ])?(\d{1,2}):(\d{2})(?::\d{2})?", re.ASCII)
MOST = 24 * 60 - 1


def minutes_of(text: str) -> int | None:
    """Return whole minutes; None for 00:00 and for what isn't a length."""
    found = _CLOCK.fullmatch(text.strip())
    minutes = int(found[1]) * 60 + int(found[2]) if found else 0
    return minutes if 0 < minutes <= MOST else None


def wire(minutes: int) -> str:
    """Write 1 to 1,439 minutes; raises ValueError beyond: such a length can't be said."""
    if not 1 <= minutes <= MOST:
        raise ValueError(f"no length of a visit: {minutes} minutes")
    return f"0001-01-01T{minutes // 60:02}:{minutes % 60:02}:00"
