"""What is said of the waiting list outside of its module."""

from dataclasses import dataclass, field
from datetime import date, datetime, time
from enum import StrEnum
from uuid import UUID
from zoneinfo import ZoneInfo

from feldsher.domain.scheduling.types.answers import NO_ANSWERS, Answers
from feldsher.domain.scheduling.types.staff import Unheard
from feldsher.domain.scheduling.types.times import SlotKey


class WishState(StrEnum):
    """WAITING → TAKING, an accepted time is being booked → ENDED; where it is refused WAITING again."""

    WAITING = "waiting"
    TAKING = "taking"
    ENDED = "ended"


class WithdrawReason(StrEnum):
    """Why staff took a wish off the list: kept with it as `desk_…`, and who did it in the journal."""

    ASKED = "asked"
    BOOKED = "booked"
    UNREACHABLE = "unreachable"
    MISTAKE = "mistake"


class OfferState(StrEnum):
    """OPEN → ACCEPTED | DECLINED | EXPIRED, or WITHDRAWN: the wish ended, or its visit is earlier now."""

    OPEN = "open"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Window:
    """Which starts suit: days, both included, and hours from `opens` to before `closes`, on a wall clock."""

    first_day: date
    last_day: date
    opens: time
    closes: time

    def suits(self, starts_at: datetime, zone: ZoneInfo) -> bool:
        """Tell whether an instant lies within, on the clock of a zone."""
        local = starts_at.astimezone(zone)
        return self.first_day <= local.date() <= self.last_day and self.opens <= local.time() < self.closes


@dataclass(frozen=True, slots=True)
class WishInput:
    """What somebody without a visit waits for; `phone` and the bounds are as typed.

    Of a doctor, else of any doctor of a `specialty` (its slug). `location_ids` empty is any branch where they
    practise it, `service_id` None each doctor's usual visit, which is what a search by specialty shows.
    """

    phone: str = field(repr=False)
    window: Window
    practitioner_id: UUID | None = None
    specialty: str = ""
    location_ids: tuple[UUID, ...] = ()
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
    """Whether an earlier time is waited for: `position` in the queue from 1, None for who does not wait.

    `window`: which times suit, None for any.
    """

    position: int | None = None
    window: Window | None = None
    offer: OfferedTime | None = None


@dataclass(frozen=True, slots=True)
class SoonerCard:
    """How a visit waits for an earlier time, to staff: by which wish, None while it does not wait."""

    wish_id: UUID | None = None
    window: Window | None = None


@dataclass(frozen=True, slots=True)
class WaitingFor:
    """A wish without a visit, to who has its secret; of a doctor, else of a specialty (slug).

    `location_ids` empty: any branch. `position` None: it does not wait (any more). `reason` says why it has
    ended, empty while it has not.
    """

    id: UUID
    practitioner_id: UUID | None
    specialty: str
    location_ids: tuple[UUID, ...]
    window: Window
    position: int | None
    offer: OfferedTime | None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class WaitingRow:
    """Who waits, as staff may see them: for an earlier time than `visit_at`, or without a visit.

    Of a doctor, else of a specialty (slug). `location_ids` empty: any branch; `window` None: any time.
    `position` is the place among those who wait for such times there. `offer` is what is kept for them,
    `unheard` that the SMS which told of it reached nobody.
    """

    id: UUID
    practitioner_id: UUID | None
    specialty: str
    location_ids: tuple[UUID, ...]
    position: int
    since: datetime
    name: str = field(repr=False)
    phone: str = field(repr=False)
    has_visit: bool
    visit_at: datetime | None
    window: Window | None
    offer: OfferedTime | None
    unheard: Unheard | None = None


@dataclass(frozen=True, slots=True)
class OfferMark:
    """An open offer whose SMS reached nobody, and nothing that says whose it is."""

    wish_id: UUID
    offer: OfferedTime
    unheard: Unheard


@dataclass(frozen=True, slots=True)
class UntoldOffer:
    """Such an offer for who is to call: name and phone as clear as they may have them."""

    mark: OfferMark
    name: str = field(repr=False)
    phone: str = field(repr=False)
