"""A push service that keeps what it was given and answers what a test says, and the jobs that go to it."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from django.db import connection

from feldsher.foundation.messaging import gateways, push_devices, pushing
from feldsher.foundation.messaging.ports import NullPush, PushOutcome, PushTarget, Sent
from feldsher.kernel import clock


@dataclass
class Screens:
    """The screens of devices: what each endpoint was sent, oldest first. `outcomes` come before «sent»."""

    public_key: str = "a-key"
    shown: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    seconds: list[int] = field(default_factory=list)
    topics: list[str] = field(default_factory=list)
    outcomes: list[PushOutcome] = field(default_factory=list)

    def accepts(self, target: PushTarget) -> bool:
        return target.endpoint.startswith("https://push.example/")

    def send(self, target: PushTarget, message: bytes, *, topic: str, seconds: int) -> PushOutcome:
        outcome = self.outcomes.pop(0) if self.outcomes else Sent("")
        self.shown.append((target.endpoint, json.loads(message)))
        self.seconds.append(seconds)
        self.topics.append(topic)
        return outcome

    def tokens(self) -> list[str]:
        return [str(told["token"]) for _, told in self.shown]


@contextmanager
def screens() -> Iterator[Screens]:
    sender = Screens()
    gateways.bind_push(sender)
    yield sender
    gateways.bind_push(NullPush())


def target(name: str) -> PushTarget:
    return PushTarget(f"https://push.example/{name}", "a-point", "a-secret")


def switched_on(phone: str, *, name: str = "one", session: UUID | None = None) -> None:
    push_devices.switch_on(
        target(name),
        phone=phone,
        session=session or uuid4(),
        browser="Chrome, Android",
        until=clock.now() + timedelta(days=180),
    )


def waiting() -> list[UUID]:
    """Return the calls that a job waits to make, in order."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT args ->> 'call' FROM procrastinate_jobs "
            "WHERE task_name = %s AND status = 'todo' ORDER BY id",
            [pushing.PUSH],
        )
        return [UUID(row[0]) for row in cursor.fetchall()]


def deliver() -> None:
    """Run the jobs that wait, as a worker does; each is there still, as after a crash."""
    for call in waiting():
        pushing.deliver(call)
