"""How a branch is connected step by step, and how its mirror differs from its MIS."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID


class Stage(StrEnum):
    """SHADOW: read, nothing is offered. REQUESTS: staff write each visit into the MIS. BOOKING: we do."""

    SHADOW = "shadow"
    REQUESTS = "requests"
    BOOKING = "booking"


@dataclass(frozen=True, slots=True)
class Difference:
    """A doctor's day (of the branch's calendar): free minutes here and in the MIS, and what only one has."""

    practitioner_id: UUID
    day: date
    here: int
    there: int
    only_here: tuple[tuple[datetime, datetime], ...] = ()
    only_there: tuple[tuple[datetime, datetime], ...] = ()

    @property
    def is_same(self) -> bool:
        return not self.only_here and not self.only_there


@dataclass(frozen=True, slots=True)
class Compared:
    """The last comparison that was asked for: `as_of` None while it has not come, or with an `error`."""

    asked_at: datetime
    as_of: datetime | None
    error: str
    days: tuple[Difference, ...]


@dataclass(frozen=True, slots=True)
class BranchState:
    """An open branch's stage, since when and by whom (None and empty where nobody has ever set one)."""

    location_id: UUID
    stage: Stage
    since: datetime | None
    author: str
    compared: Compared | None
