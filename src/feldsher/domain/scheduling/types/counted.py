"""What is counted of visits: facts without a patient."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class VisitEnd(StrEnum):
    """How a visit ended. OPEN: it stands, or its day went by without a mark; NEVER: it was not booked."""

    OPEN = "open"
    CAME = "came"
    MISSED = "missed"
    CANCELLED = "cancelled"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class CountedVisit:
    """One visit through all its moves: how it was first held, and its last version, `visit`.

    `is_told`: a reminder of that version was told to have arrived, or its patient has answered one; of the
    last 30 days only.
    """

    chain: UUID
    channel: str
    held_at: datetime
    held_location: UUID
    held_practitioner: UUID
    visit: UUID
    starts_at: datetime
    location: UUID
    practitioner: UUID
    is_booked: bool
    is_told: bool
    outcome: VisitEnd


@dataclass(frozen=True, slots=True)
class ChangedVisits:
    """Chains whose state has changed, and the transition after which to look the next time.

    A change that is a few minutes old at most is told again then: one that was begun earlier may have been
    committed later. `is_all`: nothing later is known.
    """

    chains: tuple[UUID, ...]
    after: int
    is_all: bool


@dataclass(frozen=True, slots=True)
class Press:
    """A hold that its patient sent off at `at`, whatever became of it; times are UTC."""

    appointment: UUID
    at: datetime
    starts_at: datetime
    location: UUID
    practitioner: UUID
    service: UUID
    patient: UUID
