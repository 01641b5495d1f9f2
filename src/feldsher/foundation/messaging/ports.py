"""What messaging needs from outside: somebody who sends an SMS, and says honestly what became of it."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Sent:
    """The provider took it, under its own id; `cost` in roubles where it says so."""

    id: str
    cost: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """The provider will not send it; `code` is its own, or ours where it gave none."""

    code: str


@dataclass(frozen=True, slots=True)
class NotSent:
    """It surely never left, or the provider asks to come again: another try can't send it twice."""

    code: str


@dataclass(frozen=True, slots=True)
class Unknown:
    """It left, and no answer that can be believed came back. `code` says why, without data of anyone."""

    code: str


Outcome = Sent | Refused | NotSent | Unknown


class SmsSender(Protocol):
    """One provider. `phone` is E.164. `key` is ours, the same for each try of one message. Never raises."""

    def send(self, phone: str, text: str, *, key: str) -> Outcome: ...


class NullSender:
    """Stands where no provider is set: refuses, so that each message ends with a warning in the log."""

    def send(self, phone: str, text: str, *, key: str) -> Outcome:
        del phone, text, key
        return Refused("no_provider")
