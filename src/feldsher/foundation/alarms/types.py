"""What crosses the border of alarms: a condition that is met now, and the alarm that is made of it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Met:
    """A condition that somebody must see to. `code` is stable and has its page, `docs/runbooks/<code>.md`.

    `subject` is what it is about (a MIS by its id in the settings), never a person. `title` and `sentence`
    are Russian, for staff.
    """

    code: str
    subject: str
    title: str
    sentence: str


class Change(StrEnum):
    """What is told of an alarm."""

    OPENED = "opened"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class AlarmCard:
    """An alarm as its readers see it; `closed_at` None while its condition is met."""

    code: str
    subject: str
    title: str
    sentence: str
    opened_at: datetime
    closed_at: datetime | None


def runbook(code: str) -> str:
    """Return where the runbook of a code lies in the product's sources."""
    return f"docs/runbooks/{code}.md"
