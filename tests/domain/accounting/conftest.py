from collections.abc import Iterator

import pytest

from conftest import SetClock
from domain.accounting.factory import given_visits
from domain.scheduling.exchange.world import NOW, found_clinic


@pytest.fixture
def books(db: None, set_clock: SetClock) -> Iterator[None]:
    """A clinic at nine in the morning, whose visits go out to «1c»."""
    set_clock(NOW)
    found_clinic()
    with given_visits():
        yield
