from collections.abc import Iterator

import pytest

from integrations.mis.conformance.stands import STANDS, Running


@pytest.fixture
def plain() -> Iterator[Running]:
    """The fastest of the simulators, for what does not depend on a MIS."""
    with STANDS["plain"].running() as running:
        yield running
