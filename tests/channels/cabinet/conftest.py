from collections.abc import Iterator
from uuid import UUID

import pytest

from channels.desk.conftest import Busy, busy
from channels.site.conftest import live_site
from support.sms import Phones, phones

__all__ = ["busy", "live_site"]


@pytest.fixture
def sms() -> Iterator[Phones]:
    with phones() as sender:
        yield sender


@pytest.fixture
def visit(busy: Busy) -> UUID:
    """A visit of «Пробный Пётр» that the clinic has accepted, tomorrow at noon in Moscow."""
    return busy.accepted()
