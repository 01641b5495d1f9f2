from collections.abc import Iterator

import pytest

from support.simulators import running
from testbench.plain.server import RunningSimulator, start


@pytest.fixture
def simulator() -> Iterator[RunningSimulator]:
    with running(start) as simulator:
        yield simulator
