from collections.abc import Iterator

import pytest
from django.db import connection

from conftest import SetClock
from domain.records.factory import Ward, a_ward
from domain.scheduling.factory import NOW
from feldsher.foundation.access.context import no_context


@pytest.fixture
def ward(db: None, set_clock: SetClock) -> Ward:
    set_clock(NOW)
    return a_ward()


@pytest.fixture(autouse=True)
def _in_production(ward: Ward) -> Iterator[None]:
    """Take from the session what tests may otherwise see."""
    with connection.cursor() as cursor:
        for name in ("visits", "persons", "writes", "journal", "chart"):
            cursor.execute("SELECT set_config(%s, '', true)", [f"feldsher.{name}"])
    with no_context():
        yield
