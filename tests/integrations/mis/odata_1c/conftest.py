"""One simulator serves all tests of a module and is made new before each."""

from collections.abc import Iterator

import httpx
import pytest

from integrations.mis.odata_1c.factory import Clinic, Hand
from integrations.mis.wires import http_port
from support.simulators import running
from testbench.odata_1c.server import RunningSimulator, start

SEED = 1


@pytest.fixture(scope="module")
def simulator() -> Iterator[RunningSimulator]:
    with running(start, seed=SEED) as simulator:
        yield simulator


@pytest.fixture
def clinic(simulator: RunningSimulator, http: httpx.Client) -> Clinic:
    simulator.base.reset(SEED)
    simulator.faults.reset(SEED)
    simulator.asked.clear()
    return Clinic(simulator, http)


@pytest.fixture
def hand() -> Iterator[Hand]:
    made = Hand()
    with http_port(made.answer) as made.host:
        yield made
