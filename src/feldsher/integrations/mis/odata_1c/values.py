"""Values as 1С's OData has them, read into ours. Readers raise BadAnswerError; its text names the field.

1С writes the year 1 for "no date", zeros for "no reference", a length as a number, as text or as a time of
the year 1, and Int64 as text.
"""

import re
from decimal import Decimal, InvalidOperation
from typing import Any

from feldsher.integrations.mis.plain.wire import ID, BadAnswerError, Row
from feldsher.kernel.clock import SECONDS_A_DAY, WallTime

NOBODY = "00000000-0000-0000-0000-000000000000"
GUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
LONGEST = 1439
_YEARS = range(2000, 2100)
_MOST_ROUBLES = 10**9
_DIGITS = re.compile(r"[0-9]{1,6}")


def reference(row: Row, name: str) -> str:
    """Return an identifier, "" for the empty reference."""
    found = row.get(name)
    if found in (None, "", NOBODY):
        return ""
    if not isinstance(found, str) or not ID.fullmatch(found):
        raise BadAnswerError(f"{name} is no reference")
    return found.lower() if GUID.fullmatch(found) else found


def wall(row: Row, name: str) -> WallTime:
    """Return a time of a wall clock, of whatever year."""
    found = row.get(name)
    try:
        return WallTime.parse(found) if isinstance(found, str) else _no_time(name)
    except ValueError:
        return _no_time(name)


def _no_time(name: str) -> WallTime:
    raise BadAnswerError(f"{name} is no time")


def moment(row: Row, name: str, *, day: str | None, is_end: bool = False) -> WallTime:
    """Return a time; one of the year 1 is a time of `day`, where an end at 00:00 is 24:00."""
    told = wall(row, name)
    if told.day.year == 1 and day is not None:
        seconds = SECONDS_A_DAY if is_end and told.seconds == 0 else told.seconds
        told = WallTime(wall(row, day).day, seconds, told.text)
    if told.day.year not in _YEARS:
        raise BadAnswerError(f"{name} is of no year of ours")
    return told


def minutes(row: Row, name: str) -> int | None:
    """Return a length, None for an empty one."""
    found: Any = row.get(name)
    if found is None or found == "":
        return None
    if isinstance(found, str) and _DIGITS.fullmatch(found):
        found = int(found)
    elif isinstance(found, str):
        told = wall(row, name)
        found = told.seconds // 60 if told.day.year == 1 and told.seconds % 60 == 0 else -1
    if isinstance(found, bool) or not isinstance(found, int | Decimal) or not 0 <= found <= LONGEST:
        raise BadAnswerError(f"{name} is no length in minutes")
    if found != int(found):
        raise BadAnswerError(f"{name} is no whole number of minutes")
    return int(found) or None


def roubles(row: Row, name: str) -> Decimal:
    found = row.get(name)
    if isinstance(found, bool) or not isinstance(found, int | str | Decimal):
        raise BadAnswerError(f"{name} is no amount")
    try:
        amount = Decimal(found).quantize(Decimal("0.01"))
    except InvalidOperation:
        raise BadAnswerError(f"{name} is no amount") from None
    if not (amount.is_finite() and 0 <= amount < _MOST_ROUBLES):
        raise BadAnswerError(f"{name} is no amount")
    return amount
