from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

import pytest

from channels.desk.conftest import Busy, busy
from channels.site.conftest import live_site
from domain.scheduling.exchange.world import VISIT_AT, confirm, hold
from feldsher.domain.scheduling.types import State
from support.sms import Phones, phones

__all__ = ["busy", "live_site"]


@pytest.fixture
def sms() -> Iterator[Phones]:
    with phones() as sender:
        yield sender


@pytest.fixture
def visit(busy: Busy) -> UUID:
    """A visit of «Пробный Пётр» that the clinic has accepted, tomorrow at noon in Moscow."""
    busy.world.mis.script.clear()
    busy.world.mis.always.clear()
    busy.world.appointment = hold(VISIT_AT + timedelta(hours=2))
    confirm(busy.world.appointment)
    busy.world.work()
    assert busy.world.state is State.BOOKED
    return busy.world.appointment
