"""A provider of SMS that keeps what it was given and answers what a test says."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from typing import ClassVar
from uuid import UUID

from django.db import connection

from feldsher.foundation.messaging import gateways, sending
from feldsher.foundation.messaging.ports import Asked, NotSent, NullProvider, Outcome, Refused, Report, Sent

_CODE = re.compile(r"^Код (\d{6}) для (?:записи|входа)\. Никому его не сообщайте\.")


@dataclass
class Phones:
    """The phones of all patients: `texts` by number, oldest first. `outcomes` come before «sent».

    Asked, it answers what stands in `told`, and keeps each question in `asked`.
    """

    receipt: ClassVar[str] = "thanks"
    name: str = "phones"
    takes_key: bool = False
    texts: list[tuple[str, str]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    outcomes: list[Outcome] = field(default_factory=list)
    told: list[Report] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)
    money: Decimal | Refused | NotSent = Decimal(1000)

    def send(self, phone: str, text: str, *, key: str) -> Outcome:
        named = key if self.takes_key else f"id-{len(self.texts)}"
        outcome = self.outcomes.pop(0) if self.outcomes else Sent(named)
        self.texts.append((phone, text))
        self.keys.append(key)
        return outcome

    def ask(self, asked: Sequence[Asked]) -> tuple[Report, ...]:
        self.asked += asked
        return tuple(self.told)

    def balance(self) -> Decimal | Refused | NotSent:
        return self.money

    def reports(self, body: bytes) -> tuple[Report, ...] | None:
        return tuple(self.told) if body == b"signed" else None

    def code(self) -> str:
        """Deliver what waits, and return the code of the last SMS."""
        deliver()
        found = _CODE.match(self.texts[-1][1])
        assert found is not None
        return found.group(1)


def waiting() -> list[UUID]:
    """Return the messages that a job waits to send, in order."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT args ->> 'sms' FROM procrastinate_jobs "
            "WHERE task_name = %s AND status = 'todo' ORDER BY id",
            [sending.SEND],
        )
        return [UUID(row[0]) for row in cursor.fetchall()]


def deliver() -> None:
    """Run the jobs that wait, as a worker does."""
    for message in waiting():
        sending.deliver(message)
    sending.deliver_waiting()


@contextmanager
def phones() -> Iterator[Phones]:
    sender = Phones()
    gateways.bind(sender)
    yield sender
    gateways.bind(NullProvider())
