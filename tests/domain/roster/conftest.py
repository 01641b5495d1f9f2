import pytest

from conftest import SetClock
from domain.roster.factory import NOW, OwnClinic, own_clinic


@pytest.fixture
def clinic(db: None, set_clock: SetClock) -> OwnClinic:
    set_clock(NOW)
    return own_clinic()
