from collections.abc import Iterator

import pytest

from conftest import SetClock
from domain.scheduling.exchange.world import NOW, found_clinic
from feldsher.domain.figures import counting


@pytest.fixture
def counted(db: None, set_clock: SetClock, monkeypatch: pytest.MonkeyPatch) -> Iterator[counting.Readings]:
    """A clinic at nine in the morning, in a process that has counted nothing yet."""
    set_clock(NOW)
    found_clinic()
    fresh = counting.Readings()
    monkeypatch.setattr("feldsher.domain.figures.services.READINGS", fresh)
    return fresh
