"""Times of МЕДИАЛОГ: `yyyyMMddHHmmss`, and in rows of PLANNING a day with an HHMM number (930 is 9:30)."""

import re
from datetime import date

from feldsher.integrations.mis.medialog.messages import Row
from feldsher.kernel.clock import WallTime

_STAMP = re.compile(r"(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)?", re.ASCII)
_DAY = re.compile(r"(\d{4})-?(\d\d)-?(\d\d)(?:T00:00:00)?", re.ASCII)
_CLOCK = re.compile(r"\d{1,4}", re.ASCII)
_MINUTES = re.compile(r"\d{1,4}", re.ASCII)
_HOURS, _SIXTY = 24, 60
MOST = 24 * 60


def day(value: date) -> str:
    """Return `yyyyMMdd`."""
    return value.isoformat().replace("-", "")


def stamp(value: WallTime) -> str:
    """Return `yyyyMMddHHmmss`."""
    return re.sub(r"[-:T]", "", value.iso())


def begin_of(row: Row) -> WallTime:
    """Return when a slot or a visit begins: DATE_VISIT, or DATE_CONS and HEURE; raises ValueError."""
    told = row.get("DATE_VISIT", "")
    if told:
        found = _STAMP.fullmatch(told)
        if found is None:
            raise ValueError("not a time of МЕДИАЛОГ")
        year, month, number, hour, minute, second = (int(part or 0) for part in found.groups())
    else:
        found, clock = _DAY.fullmatch(row.get("DATE_CONS", "")), row.get("HEURE", "")
        if found is None or not _CLOCK.fullmatch(clock):
            raise ValueError("not a time of МЕДИАЛОГ")
        year, month, number = (int(part) for part in found.groups())
        (hour, minute), second, told = divmod(int(clock), 100), 0, f"{found[0]} {clock}"
    if hour >= _HOURS or minute >= _SIXTY or second >= _SIXTY:
        raise ValueError("not a time of МЕДИАЛОГ")
    return WallTime(date(year, month, number), (hour * 60 + minute) * 60 + second, told)


def minutes_of(row: Row) -> int | None:
    """Return the minutes of DUREE, None where nobody says them (0 is nobody); raises ValueError."""
    told = row.get("DUREE", "")
    if not told:
        return None
    if not _MINUTES.fullmatch(told) or int(told) > MOST:
        raise ValueError("not a length of МЕДИАЛОГ")
    return int(told) or None
