"""Free times, and how one is named."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from feldsher.domain.scheduling.types.answers import NO_ANSWER, Answer
from feldsher.domain.scheduling.types.rules import VisitRule


@dataclass(frozen=True, slots=True)
class SlotKey:
    """What names one offered time: who, where, what for, when, and what the patient had answered.

    The length follows from the terms.
    """

    practitioner_id: UUID
    location_id: UUID
    service_id: UUID
    start: datetime
    answers: Answer = NO_ANSWER

    @property
    def is_remote(self) -> bool:
        """Tell whether the visit is by video or phone."""
        return Answer.REMOTE in self.answers


@dataclass(frozen=True, slots=True)
class Wanted:
    """Whose times are asked for, and what the patient has answered.

    `location_id` None is every branch, `service_id` None the doctor's usual visit.
    """

    practitioner_id: UUID
    location_id: UUID | None
    service_id: UUID | None
    answers: Answer = NO_ANSWER
    age: int | None = None


@dataclass(frozen=True, slots=True)
class SlotFilter:
    """Which times are asked for; at least one of practitioner, specialty (slug), service is set."""

    practitioner_id: UUID | None = None
    specialty: str | None = None
    service_id: UUID | None = None
    location_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class OpenSlot:
    """A time that `hold` would accept now. `token` names it on the wire; `price` None is «уточняется»."""

    token: str
    key: SlotKey
    end: datetime
    zone: str
    price: Decimal | None


@dataclass(frozen=True, slots=True)
class DayTimes:
    """The first times of one doctor's day in one branch, and how many the day has; never empty."""

    day: date
    slots: tuple[OpenSlot, ...]
    count: int


class Sort(StrEnum):
    """What a list of doctors is ordered by: the first time, the way to the branch, or the price."""

    TIME = "time"
    DISTANCE = "distance"
    PRICE = "price"


@dataclass(frozen=True, slots=True)
class DaysOffered:
    """The times of doctors by doctor and branch, and the rules of visits that not everybody may book."""

    times: Mapping[UUID, Mapping[UUID, tuple[DayTimes, ...]]]
    rules: tuple[VisitRule, ...]


@dataclass(frozen=True, slots=True)
class FirstTime:
    """The nearest free time of a doctor in a branch, for an order of many: nothing that could be held."""

    practitioner_id: UUID
    location_id: UUID
    start: datetime
    zone: str
    price: Decimal | None


@dataclass(frozen=True, slots=True)
class OpenDay:
    """Times of one day of the branch's own calendar, in order."""

    day: date
    slots: tuple[OpenSlot, ...]


@dataclass(frozen=True, slots=True)
class OpenTimes:
    """Free times of a span of days. `is_fresh` False: the MIS has been silent too long and `days` are empty.

    `rules` are those of the visits that not everybody may book now: without the answers that they ask for, or
    while they are stopped, there are no times of them here.

    `as_of` is when the MIS's schedule was last known (None: never). `etag` changes with any content.
    """

    as_of: datetime | None
    is_fresh: bool
    days: tuple[OpenDay, ...]
    etag: str
    rules: tuple[VisitRule, ...] = ()
