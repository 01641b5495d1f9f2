from collections.abc import Iterator

import pytest

from testbench.plain.server import RunningSimulator, start


@pytest.fixture
def simulator() -> Iterator[RunningSimulator]:
    running = start()
    yield running
    running.stop()
