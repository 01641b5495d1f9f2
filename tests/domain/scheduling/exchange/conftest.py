from collections.abc import Callable, Iterator
from datetime import datetime

import pytest
from django.db import transaction

from domain.directory import factory as clinic
from domain.scheduling.exchange.world import NOW, World, found_clinic
from domain.scheduling.scripted import KINDS, MOVERS, ScriptedMis
from feldsher.domain.scheduling import gateways
from feldsher.kernel import clock

Build = Callable[[str], World]


@pytest.fixture
def build(db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Build]:
    """Make the world of one kind of MIS (KINDS, MOVERS), at nine in the morning, nobody booked."""
    bound = {mis: gateways.gateway(mis) for mis in gateways.all_mis()}

    def set_clock(moment: datetime) -> None:
        monkeypatch.setattr(clock, "now", lambda: moment)

    def make(kind: str) -> World:
        set_clock(NOW)
        found_clinic()
        world = World(
            ScriptedMis(
                (KINDS | MOVERS)[kind],
                lambda: clock.now(),  # noqa: PLW0108 - the clock is replaced
            ),
            set_clock,
        )
        gateways.bind({clinic.MIS: world.mis})
        return world

    yield make
    gateways.bind(bound)


@pytest.fixture
def wipe(build: Build) -> Callable[[], None]:
    """Return to the state before the first call, for tests that play many worlds."""
    points: list[str] = []

    def back() -> None:
        if points:
            transaction.savepoint_rollback(points.pop())
        points.append(transaction.savepoint())

    return back
