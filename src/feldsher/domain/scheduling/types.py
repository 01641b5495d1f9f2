"""What crosses the border of scheduling."""

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID


class State(StrEnum):
    """An appointment's state; docs/modules/scheduling.md draws the transitions, the database enforces."""

    HELD = "held"
    EXPIRED = "expired"
    RELEASED = "released"
    BOOKING = "booking"
    BOOKED = "booked"
    REJECTED = "rejected"
    UNKNOWN = "unknown"
    CANCELLING = "cancelling"
    CANCELLED = "cancelled"
    MOVED = "moved"
    ARRIVED = "arrived"
    FULFILLED = "fulfilled"
    NOSHOW = "noshow"


ACTIVE_STATES = (
    State.HELD,
    State.BOOKING,
    State.BOOKED,
    State.UNKNOWN,
    State.CANCELLING,
    State.ARRIVED,
)


@dataclass(frozen=True, slots=True)
class SlotKey:
    """What names one offered time: who, where, what for and when. The length follows from the terms."""

    practitioner_id: UUID
    location_id: UUID
    service_id: UUID
    start: datetime


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
class OpenDay:
    """Times of one day of the branch's own calendar, in order."""

    day: date
    slots: tuple[OpenSlot, ...]


@dataclass(frozen=True, slots=True)
class OpenTimes:
    """Free times of a span of days. `is_fresh` False: the MIS has been silent too long and `days` are empty.

    `as_of` is when the MIS's schedule was last known (None: never). `etag` changes with any content.
    """

    as_of: datetime | None
    is_fresh: bool
    days: tuple[OpenDay, ...]
    etag: str


@dataclass(frozen=True, slots=True)
class Hold:
    """A time kept for one person until `expires_at`."""

    id: UUID
    key: SlotKey
    end: datetime
    zone: str
    price: Decimal | None
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class PersonInput:
    """What a patient typed; unchecked text. `birth_date` is ISO (yyyy-mm-dd) or empty."""

    family: str = field(repr=False)
    given: str = field(repr=False)
    phone: str = field(repr=False)
    middle: str = field(default="", repr=False)
    birth_date: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Confirmation:
    """The second step of a booking: who comes, what they agreed to and what they wish."""

    person: PersonInput
    consents: tuple[str, ...]
    wish: str = field(default="", repr=False)
    channel: str = "site"


@dataclass(frozen=True, slots=True)
class AppointmentCard:
    """An appointment as its patient may see it (behind its token); no names and no phone.

    `reason` is the stable code of the last refusal, cancel or release, empty otherwise. `answer_by` is the
    instant by which the patient is promised an answer while one is awaited; with `has_call` a registrar was
    asked and calls by then.
    """

    id: UUID
    state: State
    key: SlotKey
    end: datetime
    zone: str
    price: Decimal | None
    reason: str
    expires_at: datetime | None
    answer_by: datetime | None
    can_cancel: bool
    created_at: datetime
    version: int
    has_call: bool = False


@dataclass(frozen=True, slots=True)
class Confirmed:
    """The outcome of a confirmation so far, with the secret that opens the appointment's page."""

    appointment: AppointmentCard
    token: str


@dataclass(frozen=True, slots=True)
class CallRequest:
    """«Перезвоните мне»: kept until a registrar calls; `call_by` is the promised hour."""

    id: UUID
    call_by: datetime


@dataclass(frozen=True, slots=True)
class SyncState:
    """How fresh one MIS's schedule is here."""

    mis: str
    as_of: datetime | None
    finished_at: datetime | None
    failures: int
    last_error: str


@dataclass(frozen=True, slots=True)
class Idempotency:
    """A caller's key, already scoped and hashed: `key` and `body` are SHA-256 digests (32 bytes each)."""

    key: bytes
    body: bytes
