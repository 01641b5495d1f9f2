"""When doctors work, as staff say it: on the clock of the branch's wall."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

MINUTES_A_DAY: Final = 1440
DAYS_A_WEEK: Final = 7


@dataclass(frozen=True, slots=True, order=True)
class Stretch:
    """Working time within a day: whole minutes since its midnight, `[begin, end)`; 1440 is 24:00."""

    begin: int
    end: int


Stretches = tuple[Stretch, ...]


@dataclass(frozen=True, slots=True, order=True)
class Workplace:
    """A doctor in a branch."""

    practitioner_id: UUID
    location_id: UUID


@dataclass(frozen=True, slots=True)
class WeekCard:
    """An ordinary week from `valid_from` until `valid_to` (not included; None: until somebody changes it).

    `days` are seven, Monday first; a day without stretches is off. `author` (a login) said the last of it.
    """

    valid_from: date
    valid_to: date | None
    days: tuple[Stretches, ...]
    author: str
    written_at: datetime


@dataclass(frozen=True, slots=True)
class DayCard:
    """A date that is not like its week: of a doctor in a branch, or (no doctor) closed for all of a branch.

    Neither doctor nor branch: the whole clinic is closed. Without stretches nobody works.
    """

    id: UUID
    practitioner_id: UUID | None
    location_id: UUID | None
    day: date
    stretches: Stretches
    reason: str
    author: str
    written_at: datetime


@dataclass(frozen=True, slots=True)
class WorkDay:
    """The working time of a date, whatever said it: the date itself, a holiday, or the week."""

    day: date
    stretches: Stretches
