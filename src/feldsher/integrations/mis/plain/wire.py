"""What the contract says of values, read from JSON that is hostile until then.

Readers raise BadAnswerError for a value that the contract does not allow; its text names the field alone.
"""

import json
import re
from decimal import Decimal
from typing import Any, NoReturn

from feldsher.integrations.mis.xml import BadDocumentError, decode
from feldsher.kernel.clock import WallTime

Row = dict[str, Any]
MAX_NODES = 2_000_000
LONGEST_VISIT = 1439
LONGEST_NAME = 200
LONGEST_PART = 100
"""Of a name of a person: family, given or middle name."""
ID = re.compile(r"[!-~]{1,64}")
REFERENCE = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_TIME = re.compile(r"20[0-9]{2}-[0-9]{2}-[0-9]{2}T(?:[01][0-9]|2[0-3]):[0-5][0-9]")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")


class BadAnswerError(Exception):
    """Not a value of this contract."""


def read_object(body: bytes) -> Row:
    """Return the JSON object that an answer is; raises BadAnswerError, also for a name that comes twice."""
    if body.count(b"{") + body.count(b"[") + body.count(b",") > MAX_NODES:
        raise BadAnswerError("too many values")
    try:
        value = json.loads(
            decode(body), parse_constant=_refuse, parse_float=Decimal, object_pairs_hook=_without_twins
        )
    except (BadDocumentError, RecursionError, ValueError, ArithmeticError):
        raise BadAnswerError("not JSON") from None
    return as_row(value, "an answer")


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)


def _without_twins(pairs: list[tuple[str, Any]]) -> Row:
    row = dict(pairs)
    if len(row) < len(pairs):
        raise ValueError("a name comes twice")
    return row


def as_row(value: Any, what: str) -> Row:
    if not isinstance(value, dict):
        raise BadAnswerError(f"{what} that is no object")
    return value


def listed(row: Row, name: str, *, most: int) -> list[Any]:
    found = row.get(name)
    if not isinstance(found, list) or len(found) > most:
        raise BadAnswerError(f"{name} is no list of at most {most}")
    return found


def truth(row: Row, name: str) -> bool:
    found = row.get(name)
    if not isinstance(found, bool):
        raise BadAnswerError(f"{name} is neither true nor false")
    return found


def matching(row: Row, name: str, pattern: re.Pattern[str]) -> str:
    found = row.get(name)
    if not isinstance(found, str) or not pattern.fullmatch(found):
        raise BadAnswerError(f"{name} is not as the contract has it")
    return found


def identifier(row: Row, name: str) -> str:
    return matching(row, name, ID)


def optional(row: Row, name: str, pattern: re.Pattern[str]) -> str | None:
    return None if row.get(name) is None else matching(row, name, pattern)


def text(row: Row, name: str, *, most: int = LONGEST_NAME, least: int = 1) -> str:
    """Return a text without control characters; an absent one is empty where that is allowed."""
    found = row.get(name, "")
    if not isinstance(found, str) or len(found) > most or _CONTROL.search(found):
        raise BadAnswerError(f"{name} is no text of {least} to {most} characters")
    told = found.strip()
    if len(told) < least:
        raise BadAnswerError(f"{name} is empty")
    return told


def minutes(row: Row, name: str) -> int:
    found = row.get(name)
    if not isinstance(found, int) or isinstance(found, bool) or not 1 <= found <= LONGEST_VISIT:
        raise BadAnswerError(f"{name} is no length in minutes")
    return found


def minutes_or_none(row: Row, name: str) -> int | None:
    return None if row.get(name) is None else minutes(row, name)


def moment(row: Row, name: str) -> WallTime:
    found = matching(row, name, _TIME)
    try:
        return WallTime.parse(found)
    except ValueError:
        raise BadAnswerError(f"{name} is no day of the calendar") from None


def spelt(time: WallTime) -> str | None:
    """Return a wall time as the contract spells it; None for one that it can't: seconds, another century."""
    told = time.iso()
    return told[:-3] if told.endswith(":00") and _TIME.fullmatch(told[:-3]) else None


def plain(words: str, *, most: int | None = None) -> str:
    """Return a text of ours without control characters, cut after `most` characters."""
    return " ".join(_CONTROL.sub(" ", words).split())[:most]
