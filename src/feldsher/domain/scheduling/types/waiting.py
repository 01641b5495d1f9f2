"""What is said of the waiting list outside of its module."""

from dataclasses import dataclass, field
from datetime import date, datetime, time
from enum import StrEnum
from uuid import UUID

from feldsher.domain.scheduling.types.answers import NO_ANSWERS, Answers
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
class WishInput:
    """What somebody without a visit waits for; `phone` and the bounds are as typed.

    `location_id` None is any branch of the doctor, `service_id` None their usual visit. Days and hours are
    those of the branch's clock, both ends of the days included; a visit begins before `closes`.
    """

    practitioner_id: UUID
    phone: str = field(repr=False)
    first_day: date
    last_day: date
    opens: time
    closes: time
    location_id: UUID | None = None
    service_id: UUID | None = None
    answers: Answers = NO_ANSWERS


@dataclass(frozen=True, slots=True)
class OfferedTime:
    """A time that is kept for one who waits, until they answer or `until`.

    `hold_id` is the hold that whoever has no visit yet confirms like any other.
    """

    id: UUID
    hold_id: UUID
    key: SlotKey
    zone: str
    until: datetime


@dataclass(frozen=True, slots=True)
class Waiting:
    """Whether an earlier time is waited for: `position` in the queue from 1, None for who does not wait."""

    position: int | None = None
    offer: OfferedTime | None = None


@dataclass(frozen=True, slots=True)
class WaitingFor:
    """A wish without a visit, to who has its secret. `position` None: it has ended."""

    id: UUID
    practitioner_id: UUID
    location_id: UUID | None
    first_day: date
    last_day: date
    opens: time
    closes: time
    position: int | None
    offer: OfferedTime | None


@dataclass(frozen=True, slots=True)
class WaitingRow:
    """Who waits, as staff may see them: for an earlier time than `visit_at`, or on `days` without a visit.

    `position` is the place among those who wait for that doctor there. `offered_at` is what is kept for them
    until `until`.
    """

    practitioner_id: UUID
    location_id: UUID | None
    position: int
    since: datetime
    name: str = field(repr=False)
    phone: str = field(repr=False)
    visit_at: datetime | None
    days: tuple[date, date] | None
    offered_at: datetime | None
    until: datetime | None
