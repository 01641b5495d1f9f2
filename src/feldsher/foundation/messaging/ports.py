"""What messaging needs from outside: providers of SMS and a sender of Web Push that say honestly what became.

A provider's codes are data in its adapter; here stand the few meanings that they are mapped to.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Protocol

AT_ONCE = 24
"""SMS of many that are on their way at one time: so many answers a worker that dies has lost at most."""
A_MINUTE = 65
"""Seconds after which what a provider takes once in a minute is taken again."""


class Meaning(StrEnum):
    """What a code of a provider, told when an SMS is handed over, means for that SMS.

    AGAIN and LATER: come again, after a minute in the second case. MESSAGE: the number or the text, or a
    limit that guards the number; no other provider is asked. ROUTE: this provider has no way there, another
    may. ACCOUNT: the clinic's account there takes nothing until a person has seen to it; another provider
    may. STOP_LIST: nobody writes to this number.
    """

    AGAIN = "again"
    LATER = "later"
    MESSAGE = "message"
    ROUTE = "route"
    ACCOUNT = "account"
    STOP_LIST = "stop_list"


@dataclass(frozen=True, slots=True)
class Sent:
    """The provider took it, under its own id (or our key, see `takes_key`); `cost` in roubles if told."""

    id: str
    cost: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """The provider did not take it; `code` is its own, or ours where it gave none."""

    code: str
    meaning: Meaning = Meaning.MESSAGE


@dataclass(frozen=True, slots=True)
class NotSent:
    """It surely never left, or the provider asks to come again, by itself or after so many seconds."""

    code: str
    after: int = 0


@dataclass(frozen=True, slots=True)
class Unknown:
    """It left, and no answer that can be believed came back. `code` says why, without data of anyone."""

    code: str


Outcome = Sent | Refused | NotSent | Unknown


def refusal(code: str, meaning: Meaning) -> Refused | NotSent:
    """Return the outcome that a code of this meaning is."""
    if meaning is Meaning.AGAIN:
        return NotSent(code)
    return NotSent(code, after=A_MINUTE) if meaning is Meaning.LATER else Refused(code, meaning)


class Fate(StrEnum):
    """What a provider tells later of an SMS that it was given.

    TURNED_DOWN: it took it and did not hand it on, for want of money. ABSENT: it knows of no such SMS.
    """

    ON_THE_WAY = "on_the_way"
    DELIVERED = "delivered"
    EXPIRED = "expired"
    NOT_DELIVERED = "not_delivered"
    TURNED_DOWN = "turned_down"
    ABSENT = "absent"


@dataclass(frozen=True, slots=True)
class Report:
    """What is told of the SMS that the provider knows by `id`; `cost` in roubles if told."""

    id: str
    fate: Fate
    code: str
    cost: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """An SMS to ask about: the provider's id (or our key), and the phone in E.164."""

    id: str
    phone: str


class SmsProvider(Protocol):
    """One provider, thread-safe; nothing here raises, and nothing logs a phone, a text or a key.

    `takes_key`: it knows an SMS by our key, so that one whose answer was lost can be asked about.
    `receipt` is the body that it waits for when it has called with reports.
    """

    @property
    def name(self) -> str: ...

    @property
    def takes_key(self) -> bool: ...

    @property
    def receipt(self) -> str: ...

    def send(self, phone: str, text: str, *, key: str) -> Outcome:
        """Send a text to a phone (E.164). `key` is ours, the same for each try of one message."""

    def ask(self, asked: Sequence[Asked]) -> tuple[Report, ...]:
        """Return what it tells of at most 100 SMS; those of which it says nothing are left out."""

    def balance(self) -> Decimal | Refused | NotSent | Unknown:
        """Return roubles on the account."""

    def reports(self, body: bytes) -> tuple[Report, ...] | None:
        """Return what a call of the provider's tells, by its body; None where it is not signed by it."""


class NullProvider:
    """Stands where no provider is set: refuses, so that each message ends with a warning in the log."""

    name = "none"
    takes_key = False
    receipt = ""

    def send(self, phone: str, text: str, *, key: str) -> Outcome:
        del phone, text, key
        return Refused("no_provider")

    def ask(self, asked: Sequence[Asked]) -> tuple[Report, ...]:
        del asked
        return ()

    def balance(self) -> NotSent:
        return NotSent("no_provider")

    def reports(self, body: bytes) -> None:
        del body


@dataclass(frozen=True, slots=True)
class PushTarget:
    """A browser's subscription (RFC 8030): where to, and its keys in base64url (RFC 8291)."""

    endpoint: str = field(repr=False)
    p256dh: str = field(repr=False)
    auth: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Gone:
    """The subscription is no more, and nothing is ever sent to it again."""

    code: str


PushOutcome = Sent | Gone | Refused | NotSent | Unknown


class PushSender(Protocol):
    """Hands messages to push services; thread-safe, nothing here raises or logs an endpoint or a message.

    `public_key` is what browsers bind a subscription to, in base64url; empty where push is off.
    """

    @property
    def public_key(self) -> str: ...

    def accepts(self, target: PushTarget) -> bool:
        """Tell whether this subscription leads to a known push service and has usable keys."""

    def send(self, target: PushTarget, message: bytes, *, topic: str, seconds: int) -> PushOutcome:
        """Hand over a message worth so many seconds. `topic` (≤ 32 of base64url) names it at the service."""


class NullPush:
    """Stands where push is off: no page offers it, and nobody is sent anything."""

    public_key = ""

    def accepts(self, target: PushTarget) -> bool:
        del target
        return False

    def send(self, target: PushTarget, message: bytes, *, topic: str, seconds: int) -> Refused:
        del target, message, topic, seconds
        return Refused("push_is_off")
