"""What crosses the border of messaging: nothing of it but a kind may reach a log."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Final
from uuid import UUID


class Kind(StrEnum):
    """What a message is about; stands in logs beside its id."""

    PHONE_CODE = "phone_code"
    GRANT_NOTICE = "grant_notice"
    EMERGENCY = "emergency"
    EMERGENCY_OVERDUE = "emergency_overdue"
    PASSKEY_MADE = "passkey_made"
    VISIT_BOOKED = "visit_booked"
    VISIT_REJECTED = "visit_rejected"
    VISIT_RESCHEDULED = "visit_rescheduled"
    MOVE_REJECTED = "move_rejected"
    VISIT_ENDED = "visit_ended"
    VISIT_CANCELLED = "visit_cancelled"
    VISIT_MISSING = "visit_missing"
    VISIT_MOVED = "visit_moved"
    VISIT_SUBSTITUTED = "visit_substituted"
    OTHER_TIMES = "other_times"
    REMINDER = "reminder"
    WAITING_OFFER = "waiting_offer"
    REVIEW_REQUEST = "review_request"
    PAGE_REVIEW = "page_review"


BY_SMS: Final = tuple(kind for kind in Kind if kind is not Kind.PAGE_REVIEW)
"""What an SMS may be about; the rest is told by letter alone."""


@dataclass(frozen=True, slots=True)
class VisitSaid:
    """What an SMS may say of a visit, and all of it.

    `starts_at` stands on the branch's clock already. `place` is the branch's address, without its name,
    `phone` its own, `link` opens the visit: an id and its secret, and nothing of whom or what it is about.
    """

    starts_at: datetime
    place: str
    phone: str
    link: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One SMS among many of a kind; fields as in `services.send_sms`."""

    phone: str = field(repr=False)
    text: str = field(repr=False)
    key: str = field(repr=False)
    valid_until: datetime
    not_before: datetime
    about: UUID


class Failure(StrEnum):
    """How a message reached nobody: its provider refused it, or took it and told later that it failed."""

    REFUSED = "refused"
    NOT_DELIVERED = "not_delivered"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class FailedMessage:
    """A message that reached nobody, and what it was `about`; `code` is the provider's."""

    about: UUID
    kind: Kind
    failure: Failure
    code: str
    failed_at: datetime


@dataclass(frozen=True, slots=True)
class TellingName:
    """A name that no SMS may hold, and what it names, in Russian: «врач», «услуга»."""

    what: str
    name: str


@dataclass(frozen=True, slots=True)
class TextVariable:
    """`words` is what it stands for, in Russian."""

    name: str
    words: str
    is_needed: bool


@dataclass(frozen=True, slots=True)
class Draft:
    """A text as a patient would read it, with examples; `cost` in roubles, None where no price is known."""

    text: str
    shown: str
    parts: int
    cost: Decimal | None


@dataclass(frozen=True, slots=True)
class TextCard:
    """The text of a kind. `author` changed it last, at `changed_at`; neither stands for the usual one."""

    kind: Kind
    when: str
    draft: Draft
    usual: str
    variables: tuple[TextVariable, ...]
    author: str
    changed_at: datetime | None


class MessageState(StrEnum):
    """QUEUED → SENDING → SENT | REFUSED | UNKNOWN; UNKNOWN → SENT when the provider tells of it after all.

    Back to QUEUED where it surely never left, DROPPED when it is too late.
    """

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    REFUSED = "refused"
    UNKNOWN = "unknown"
    DROPPED = "dropped"


class AttemptState(StrEnum):
    """CALLING, then how one call to one provider ended.

    ACCOUNT is a refusal that the clinic's account there is to blame for. LOST: the answer was; then TAKEN
    or ABSENT, where the provider can be asked.
    """

    CALLING = "calling"
    TAKEN = "taken"
    REFUSED = "refused"
    ACCOUNT = "account"
    NOT_SENT = "not_sent"
    LOST = "lost"
    ABSENT = "absent"


class Delivery(StrEnum):
    """How an SMS that was taken ended. UNTOLD: within a day nobody said."""

    DELIVERED = "delivered"
    EXPIRED = "expired"
    NOT_DELIVERED = "not_delivered"
    UNTOLD = "untold"


class PushState(StrEnum):
    """WAITING → HEARD, a device has shown it and said so; → FAILED, no device takes it.

    UNHEARD: its time was over and nobody had shown it, or it failed; something else is told in its place.
    WITHDRAWN: what it tells of is no more.
    """

    WAITING = "waiting"
    HEARD = "heard"
    FAILED = "failed"
    UNHEARD = "unheard"
    WITHDRAWN = "withdrawn"


class PushCallState(StrEnum):
    """One device's share of a push. QUEUED → CALLING → TAKEN | REFUSED | GONE | LOST; back to QUEUED.

    TAKEN is by the push service, which says nothing of the device.
    """

    QUEUED = "queued"
    CALLING = "calling"
    TAKEN = "taken"
    REFUSED = "refused"
    GONE = "gone"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class PushNote:
    """What a device shows: nothing but what an SMS may say; a tap opens `link`."""

    title: str = field(repr=False)
    text: str = field(repr=False)
    link: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class PushDeviceCard:
    """A device that shows notifications: «Chrome, Android», since when, when it last showed one, last day.

    `mark` is how the browser itself knows whether it is this one: a digest of its endpoint.
    """

    id: UUID
    browser: str
    created_at: datetime
    heard_at: datetime | None
    until: datetime
    mark: str


class AlarmCode(StrEnum):
    """Alarms about providers; each has its page in docs/runbooks."""

    SMS_BALANCE_LOW = "sms_balance_low"
    SMS_REFUSED = "sms_refused"
    SMS_SILENT = "sms_silent"


@dataclass(frozen=True, slots=True)
class AccountCard:
    """The clinic's account with a provider: `balance` in roubles when last told, `refusal` of late."""

    provider: str
    balance: Decimal | None
    told_at: datetime | None
    refusal: str


@dataclass(frozen=True, slots=True)
class AttemptCount:
    """Calls to a provider by how they ended: a Delivery where one was told, else an AttemptState."""

    provider: str
    ending: str
    attempts: int


@dataclass(frozen=True, slots=True)
class Spent:
    """Messages of a kind that a provider took, those that were told to have arrived, and roubles.

    `unpriced` of them are without a price, and not in `cost`.
    """

    kind: Kind
    provider: str
    messages: int
    delivered: int
    parts: int
    cost: Decimal
    unpriced: int
