"""A kept time, from hold to visit, and who comes."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from feldsher.domain.checkups.types import Person
from feldsher.domain.patients.types import GivenConsent, OwnPerson, PatientCard
from feldsher.domain.scheduling.types.reminders import Reminded
from feldsher.domain.scheduling.types.times import SlotKey


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
    email: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class BookerInput:
    """Who books somebody else, unchecked: `relation` is `parent` (of a child under 15) or `other`.

    `name` is their family and given name; the phone of the person is theirs, and it is they who consent.
    """

    relation: str
    name: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class KnownPerson:
    """Somebody whom the caller's device may book without typing: its secret token, and the choice."""

    token: str = field(repr=False)
    id: UUID


@dataclass(frozen=True, slots=True)
class Confirmation:
    """The second step of a booking: who comes, what they agreed to and what they wish.

    `booker` is set where somebody books another; a KnownPerson brings their own. `phone_proof` is the code
    that was sent to the phone, where one was asked for.
    """

    person: PersonInput | KnownPerson
    consents: tuple[str, ...]
    wish: str = field(default="", repr=False)
    channel: str = "site"
    booker: BookerInput | None = None
    phone_proof: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class CodeRequest:
    """Who asks for a code: the phone as it was typed, or a known person's, and the caller's IP address."""

    phone: str | KnownPerson = field(repr=False)
    address: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class PhoneCode:
    """A code was sent to `sent_to` (masked) and is good until `expires_at`; the hold lasts until the last.

    Another code may be asked for at `resend_at`.
    """

    sent_to: str = field(repr=False)
    resend_at: datetime
    expires_at: datetime
    hold_expires_at: datetime


@dataclass(frozen=True, slots=True)
class AppointmentCard:
    """An appointment as its patient may see it (behind its token); no names and no phone.

    `reason` is the stable code of the last refusal, cancel or release, empty otherwise. `answer_by` is the
    instant by which the patient is promised an answer while one is awaited; with `has_call` a registrar was
    asked and calls by then. `chain` is the id of the visit's first version: a move makes another. `is_off`:
    it can't take place, and the patient is asked to choose another time. `reminded` once they were.
    `is_too_late`: it is booked and to come, and so near that its patient changes it by phone only.
    """

    id: UUID
    chain: UUID
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
    is_off: bool = False
    reminded: Reminded | None = None
    is_too_late: bool = False

    @property
    def is_later(self) -> bool:
        """Tell whether it was made in the place of an earlier visit, by a move."""
        return self.chain != self.id

    @property
    def may_change(self) -> bool:
        """Tell whether its patient may cancel or move it on their own."""
        return self.can_cancel and not self.is_too_late


@dataclass(frozen=True, slots=True)
class EmergencyRecord:
    """What an emergency access shows: who the patient is and their visits, the latest first, till `until`."""

    person: PatientCard
    visits: tuple[AppointmentCard, ...]
    until: datetime


@dataclass(frozen=True, slots=True)
class PatientVisit:
    """A visit, and whose it is."""

    patient_id: UUID
    card: AppointmentCard


@dataclass(frozen=True, slots=True)
class OwnVisits:
    """A patient's visits, to who has proved their phone: those to come, nearest first, and the last ones."""

    person: OwnPerson
    coming: tuple[AppointmentCard, ...]
    past: tuple[AppointmentCard, ...]


@dataclass(frozen=True, slots=True)
class OwnConsent:
    """A consent as its patient reads it, with the branch of its visit, whose legal entity is the operator."""

    consent: GivenConsent
    location_id: UUID | None


@dataclass(frozen=True, slots=True)
class Confirmed:
    """The appointment that a confirmation has made, with the secret that opens its page.

    What the MIS says of it is for `wait_for_outcome`.
    """

    appointment_id: UUID
    token: str


@dataclass(frozen=True, slots=True)
class BookedHere:
    """Whose visit a device booked: the patient, and who booked them (None: themself)."""

    patient_id: UUID
    related_id: UUID | None


@dataclass(frozen=True, slots=True)
class ProgrammeWish:
    """A programme of check-ups that a person wishes in a branch, as the calculator was answered."""

    slug: str
    location_id: UUID
    person: Person
    chosen: frozenset[UUID]


@dataclass(frozen=True, slots=True)
class CallRequest:
    """«Перезвоните мне»: kept until a registrar calls; `call_by` is the promised hour."""

    id: UUID
    call_by: datetime


@dataclass(frozen=True, slots=True)
class Idempotency:
    """A caller's key, already scoped and hashed: `key` and `body` are SHA-256 digests (32 bytes each)."""

    key: bytes
    body: bytes
