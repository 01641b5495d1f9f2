"""What is said of the waiting list outside of its module."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from feldsher.domain.scheduling.types.times import SlotKey


class WishState(StrEnum):
    """WAITING → TAKING, an accepted time is being booked → ENDED; where it is refused WAITING again."""

    WAITING = "waiting"
    TAKING = "taking"
    ENDED = "ended"


class OfferState(StrEnum):
    """OPEN → ACCEPTED | DECLINED | EXPIRED, or WITHDRAWN: the wish ended, or its visit is earlier now."""

    OPEN = "open"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class OfferedTime:
    """A time that is kept for one who waits, until they answer or `until`."""

    id: UUID
    key: SlotKey
    zone: str
    until: datetime


@dataclass(frozen=True, slots=True)
class Waiting:
    """Whether an earlier time is waited for: `position` in the queue from 1, None for who does not wait."""

    position: int | None = None
    offer: OfferedTime | None = None
