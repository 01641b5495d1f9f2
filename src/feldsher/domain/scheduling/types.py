"""What crosses the border of scheduling."""

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import IntFlag, StrEnum
from uuid import UUID

from feldsher.domain.directory.types import Obstacle, VisitMode, VisitOrder


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


class Answer(IntFlag):
    """What a patient said before times were shown, as the sum that SQL and slot tokens carry.

    AGE: the age that was told is within the offer's limits. REMOTE and IN_PERSON: where the visit shall be;
    a token never carries IN_PERSON, which is what is meant anyway.
    """

    FIRST = 1
    REPEAT = 2
    AGE = 4
    REFERRAL = 8
    REMOTE = 16
    IN_PERSON = 32


NO_ANSWER = Answer(0)


@dataclass(frozen=True, slots=True)
class Answers:
    """What a patient has answered so far; None is "not asked". `age` in full years."""

    age: int | None = None
    visit: VisitOrder | None = None
    has_referral: bool | None = None
    mode: VisitMode | None = None

    @property
    def flags(self) -> Answer:
        """Return all but the age, which each offer compares with its own limits."""
        flags = NO_ANSWER
        if self.visit is VisitOrder.FIRST:
            flags |= Answer.FIRST
        if self.visit is VisitOrder.REPEAT:
            flags |= Answer.REPEAT
        if self.has_referral:
            flags |= Answer.REFERRAL
        if self.mode is VisitMode.REMOTE:
            flags |= Answer.REMOTE
        if self.mode is VisitMode.IN_PERSON:
            flags |= Answer.IN_PERSON
        return flags


NO_ANSWERS = Answers()


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
class Hold:
    """A time kept for one person until `expires_at`."""

    id: UUID
    key: SlotKey
    end: datetime
    zone: str
    price: Decimal | None
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class StopCard:
    """Online booking is stopped for these parties (None is any) until `until` (None: until it is resumed).

    `reason` is for staff, `notice` for patients.
    """

    id: UUID
    practitioner_id: UUID | None
    location_id: UUID | None
    reason: str
    notice: str
    until: datetime | None
    author: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class VisitRule:
    """Who may book one service with one doctor in one branch online. Ages are full years, both included."""

    practitioner_id: UUID
    location_id: UUID
    service_id: UUID
    asks: Answer
    age_from: int | None
    age_to: int | None
    mode: VisitMode
    stop: StopCard | None = None


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


class QuestionCode(StrEnum):
    """What may be asked before times are shown."""

    AGE = "age"
    VISIT = "visit"
    REFERRAL = "referral"
    MODE = "mode"


@dataclass(frozen=True, slots=True)
class AgeBand:
    """Ages, both included, that no rule in question tells apart; `last` None is open."""

    first: int
    last: int | None


@dataclass(frozen=True, slots=True)
class Question:
    """A question that the rules of some visits raise. `ages` are the answers to AGE, in order."""

    code: QuestionCode
    ages: tuple[AgeBand, ...] = ()


class Barrier(StrEnum):
    """Why a visit can't be booked online by who answered so."""

    STOPPED = "stopped"
    AGE = "age"
    FIRST_ONLY = "first_only"
    REPEAT_ONLY = "repeat_only"
    REFERRAL = "referral"
    REMOTE_ONLY = "remote_only"
    IN_PERSON_ONLY = "in_person_only"


class HindranceCode(StrEnum):
    """Why a time is not offered, for staff. Those of the directory are `directory.types.Obstacle`."""

    STOPPED = "stopped"
    TOO_SOON = "too_soon"
    TOO_FAR = "too_far"
    QUOTA_FULL = "quota_full"
    NEVER_HEARD = "never_heard"
    STALE = "stale"
    NO_SCHEDULE = "no_schedule"
    NOT_WORKED = "not_worked"
    BUSY_IN_MIS = "busy_in_mis"
    TOO_SHORT = "too_short"
    OFF_STEP = "off_step"
    NO_TICKET = "no_ticket"
    TAKEN_HERE = "taken_here"
    GROUP_FULL = "group_full"
    ROOM_TAKEN = "room_taken"
    LEFT_OUT = "left_out"


@dataclass(frozen=True, slots=True)
class Hindrance:
    """One reason why a time is not offered. `begin` and `end` bound what stands in the way, if that is time.

    `text` is a state, a MIS or a note of staff; `number` a count or minutes; `location_id` another branch.
    """

    code: HindranceCode
    begin: datetime | None = None
    end: datetime | None = None
    text: str = ""
    number: int | None = None
    location_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Explanation:
    """All reasons at once why a start is not offered; none: it is. `obstacles` are the directory's.

    With an `rule` the visit is offered to who answers its questions. `ends` is when such a visit would end.
    """

    obstacles: tuple[Obstacle, ...]
    hindrances: tuple[Hindrance, ...]
    rule: VisitRule | None
    ends: datetime | None

    @property
    def is_offered(self) -> bool:
        """Tell whether the time is offered, to who may be asked questions first."""
        return not self.obstacles and not self.hindrances


@dataclass(frozen=True, slots=True)
class PersonInput:
    """What a patient typed; unchecked text. `birth_date` is ISO (yyyy-mm-dd) or empty."""

    family: str = field(repr=False)
    given: str = field(repr=False)
    phone: str = field(repr=False)
    middle: str = field(default="", repr=False)
    birth_date: str = field(default="", repr=False)


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
class BookedHere:
    """Whose visit a device booked: the patient, and who booked them (None: themself)."""

    patient_id: UUID
    related_id: UUID | None


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


class CallOutcome(StrEnum):
    """How a call ended. NOT_REACHED ends it for good: nobody will try again."""

    REACHED = "reached"
    BOOKED = "booked"
    NOT_REACHED = "not_reached"


@dataclass(frozen=True, slots=True)
class CallCard:
    """An open request to call, in clear text, for who may handle calls. `due` is the hour of the next try.

    `is_ours`: nobody asked, the product promised the call about `appointment_id`. `taken_by` is on it, None
    where nobody is (or was long ago).
    """

    id: UUID
    name: str = field(repr=False)
    phone: str = field(repr=False)
    topic: str = field(repr=False)
    location_id: UUID | None
    practitioner_id: UUID | None
    appointment_id: UUID | None
    is_ours: bool
    due: datetime
    call_by: datetime
    tries: int
    taken_by: UUID | None


class Trouble(StrEnum):
    """Why a visit needs a person."""

    SILENT = "silent"
    AMBIGUOUS = "ambiguous"
    NOT_CANCELLED = "not_cancelled"
    TAKEN = "taken"


class Said(StrEnum):
    """What a person found in the MIS, or that a patient who lost a time was looked after."""

    BOOKED = "booked"
    ABSENT = "absent"
    SETTLED = "settled"


@dataclass(frozen=True, slots=True)
class TroubledVisit:
    """A visit that needs a person, for who may resolve visits. `due` is the hour of an answer or a call.

    `since` is when it left for the MIS, or lost its time; `verdicts` are those that a person may give now.
    """

    id: UUID
    trouble: Trouble
    key: SlotKey
    zone: str
    mis: str
    family: str = field(repr=False)
    given: str = field(repr=False)
    middle: str = field(repr=False)
    phone: str = field(repr=False)
    since: datetime
    due: datetime
    verdicts: tuple[Said, ...]


@dataclass(frozen=True, slots=True)
class MisHealth:
    """How the exchange with one MIS fares. `is_fresh` False: the site shows no times of it.

    `days` counts the mirror's rows (doctor, day, room) of the coming seven days; `waiting` and `failed` jobs.
    """

    state: SyncState
    is_fresh: bool
    days: int
    waiting: int
    failed: int
