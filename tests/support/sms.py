"""A sender of SMS that keeps what it was given and answers what a test says."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from uuid import UUID

from django.db import connection

from feldsher.foundation.messaging import gateways, services
from feldsher.foundation.messaging.ports import NullSender, Outcome, Sent

_CODE = re.compile(r"^Код (\d{6}) для (?:записи|входа)\. Никому его не сообщайте\.")


@dataclass
class Phones:
    """The phones of all patients: `texts` by number, oldest first. `outcomes` come before «sent»."""

    texts: list[tuple[str, str]] = field(default_factory=list)
    outcomes: list[Outcome] = field(default_factory=list)

    def send(self, phone: str, text: str, *, key: str) -> Outcome:
        del key
        outcome = self.outcomes.pop(0) if self.outcomes else Sent(f"id-{len(self.texts)}")
        self.texts.append((phone, text))
        return outcome

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
            [services.SEND],
        )
        return [UUID(row[0]) for row in cursor.fetchall()]


def deliver() -> None:
    """Run the jobs that wait, as a worker does."""
    for message in waiting():
        services.deliver(message)


@contextmanager
def phones() -> Iterator[Phones]:
    sender = Phones()
    gateways.bind(sender)
    yield sender
    gateways.bind(NullSender())
