from collections.abc import Iterator

import httpx
import pytest

from support.simulators import running
from testbench.odata_1c.server import RunningSimulator, start


@pytest.fixture
def simulator() -> Iterator[RunningSimulator]:
    with running(start) as simulator:
        yield simulator


@pytest.fixture
def base(simulator: RunningSimulator) -> Iterator[httpx.Client]:
    """The base as a stranger with the log-in sees it."""
    with httpx.Client(base_url=simulator.url, auth=("demo", "demo"), timeout=10, trust_env=False) as client:
        yield client
