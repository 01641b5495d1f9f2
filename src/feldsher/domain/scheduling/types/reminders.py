"""What is said of reminders outside of their module."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID


class ReminderKind(StrEnum):
    """How long before the visit: a day, or two hours."""

    DAY = "day"
    HOURS = "hours"


class ReminderState(StrEnum):
    """PLANNED → SENT, its message is recorded, or DROPPED: nobody is to be reminded."""

    PLANNED = "planned"
    SENT = "sent"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True)
class Reminded:
    """A patient was reminded of a visit; `is_coming` once they have said that they come."""

    is_coming: bool


def reminder_key(visit: UUID, kind: ReminderKind) -> str:
    """Return the key of the message that reminds of a visit."""
    return f"reminder:{visit}:{kind}"
