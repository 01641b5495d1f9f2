"""Whatever two providers and dying workers do, drawn from a seed: no message is taken twice.

The control is the same world with an adapter that calls a lost answer «not sent»: there it is taken twice.
"""

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple

import pytest

from feldsher.foundation.messaging import gateways, reports, sending
from feldsher.foundation.messaging.models import Attempt, Message
from feldsher.foundation.messaging.ports import (
    Asked,
    Fate,
    Meaning,
    NotSent,
    NullProvider,
    Outcome,
    Refused,
    Report,
    Sent,
    Unknown,
)
from foundation.messaging.factory import Clock, record

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
SEEDS, STEPS, MESSAGES = 60, 25, 3


class WorkerDied(BaseException):
    """A worker is gone amid a call."""


@dataclass
class Fickle:
    """A provider that keeps what it took, and answers as the seed has it."""

    name: str
    takes_key: bool
    chance: random.Random
    lost: Outcome = field(default_factory=lambda: Unknown("ReadTimeout"))
    receipt: str = ""
    taken: dict[str, str] = field(default_factory=dict)
    count: Counter[str] = field(default_factory=Counter)

    def send(self, phone: str, text: str, *, key: str) -> Outcome:
        del phone, text
        what = self.chance.choice(
            ["sent", "sent", "account", "again", "lost", "taken and lost", "died", "taken and died"]
        )
        name = key if self.takes_key else f"{self.name}-{len(self.taken)}"
        if what in {"sent", "taken and lost", "taken and died"}:
            self.taken[name] = key
            self.count[key] += 1
        if "died" in what:
            raise WorkerDied
        answers: dict[str, Outcome] = {
            "sent": Sent(name),
            "account": Refused("201", Meaning.ACCOUNT),
            "again": NotSent("220"),
        }
        return answers.get(what, self.lost)

    def ask(self, asked: Sequence[Asked]) -> tuple[Report, ...]:
        return tuple(self._told(each.id) for each in asked if self.chance.random() < 0.7)

    def _told(self, name: str) -> Report:
        if name not in self.taken:
            return Report(name, Fate.ABSENT, "-3")
        if self.chance.random() < 0.2 and self.takes_key:
            # Turned down: nobody has got it, and whoever is told so may send it elsewhere.
            self.count[self.taken.pop(name)] -= 1
            return Report(name, Fate.TURNED_DOWN, "24")
        return Report(name, self.chance.choice([Fate.ON_THE_WAY, Fate.DELIVERED]), "1")

    def balance(self) -> Decimal:
        return Decimal(0)

    def reports(self, body: bytes) -> None:
        del body


@pytest.fixture(autouse=True)
def _unbound() -> Iterator[None]:
    yield
    gateways.bind(NullProvider())


class World(NamedTuple):
    """The messages that were taken more than once, and how calls had ended."""

    twice: list[str]
    ends: frozenset[str]


def played(seed: int, clock: Clock, *, lost: Outcome | None = None) -> World:
    chance = random.Random(seed)
    providers = [Fickle("one", True, chance), Fickle("two", False, chance)]  # noqa: FBT003 - a field
    chance.shuffle(providers)
    if lost is not None:
        for each in providers:
            each.lost = lost
    gateways.bind(*providers)
    Message.objects.all().delete()
    clock.minutes = 0
    rows = [record(key=f"{seed}-{number}") for number in range(MESSAGES)]
    for _ in range(STEPS):
        clock.minutes += chance.choice([0, 0.5, 1, 3])
        if chance.random() < 0.4:
            reports.ask()
            continue
        with suppress(WorkerDied):
            sending.deliver(chance.choice(rows))
    taken = sum((each.count for each in providers), Counter())
    ends = frozenset(Attempt.objects.values_list("state", flat=True))
    return World([key for key, count in taken.items() if count > 1], ends)


def test_no_message_is_taken_twice(clock: Clock) -> None:
    worlds = [played(seed, clock) for seed in range(SEEDS)]
    assert {seed: world.twice for seed, world in enumerate(worlds) if world.twice} == {}
    ends = frozenset().union(*(world.ends for world in worlds))
    assert ends >= {"taken", "lost", "absent", "account", "not_sent"}


def test_where_a_lost_answer_is_called_not_sent_messages_are_taken_twice(clock: Clock) -> None:
    assert any(played(seed, clock, lost=NotSent("ReadTimeout")).twice for seed in range(SEEDS))
