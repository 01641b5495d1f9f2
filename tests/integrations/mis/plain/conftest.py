from collections.abc import Iterator

import pytest

from integrations.mis.plain.factory import Desk, Scripted
from testbench.plain.server import start


@pytest.fixture
def desk() -> Iterator[Desk]:
    simulator = start()
    yield Desk(simulator)
    simulator.stop()


@pytest.fixture
def port() -> Iterator[Scripted]:
    scripted = Scripted()
    yield scripted
    scripted.stop()
