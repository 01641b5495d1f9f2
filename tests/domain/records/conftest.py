import pytest

from conftest import SetClock
from domain.records.factory import Ward, a_ward
from domain.scheduling.factory import NOW


@pytest.fixture
def ward(db: None, set_clock: SetClock) -> Ward:
    set_clock(NOW)
    return a_ward()
