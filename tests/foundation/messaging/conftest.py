from collections.abc import Iterator

import pytest

from feldsher.foundation.messaging import gateways
from feldsher.foundation.messaging.ports import NullProvider
from foundation.messaging.factory import Clock
from support.sms import Phones


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    told = Clock()
    monkeypatch.setattr("feldsher.kernel.clock.now", told)
    return told


@pytest.fixture
def first() -> Phones:
    return Phones(name="first")


@pytest.fixture
def second() -> Phones:
    """Return a provider that takes our key."""
    return Phones(name="second", takes_key=True)


@pytest.fixture
def two(db: None, clock: Clock, first: Phones, second: Phones) -> Iterator[None]:
    gateways.bind(first, second)
    yield
    gateways.bind(NullProvider())
