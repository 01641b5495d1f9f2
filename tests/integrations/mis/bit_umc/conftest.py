"""Both doors, simulators and bare ports.

A test that asks for `clinic` runs once for each door. One simulator serves all tests of a module and is made
new, documents and faults, before each. A test that needs other options, or that leaves a call unanswered
(its faults and its writing would come in the middle of the next test), starts one of its own.
"""

from collections.abc import Callable, Iterator

import httpx
import pytest

from integrations.mis.bit_umc.factory import DOORS, Clinic
from integrations.mis.wires import Answer, Wire, raw_ports
from support.simulators import running, several
from testbench.bit_umc.server import RunningSimulator, start

SEED = 1


@pytest.fixture(params=DOORS)
def door(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture(scope="module")
def simulator() -> Iterator[RunningSimulator]:
    with running(start, seed=SEED) as simulator:
        yield simulator


@pytest.fixture
def clinic(simulator: RunningSimulator, http: httpx.Client, door: str) -> Clinic:
    simulator.base.reset(simulator.base.network)
    simulator.faults.reset(SEED)
    return Clinic(simulator, http, door)


@pytest.fixture
def simulate(http: httpx.Client, door: str) -> Iterator[Callable[..., Clinic]]:
    with several(start, lambda simulator: Clinic(simulator, http, door)) as make:
        yield make


@pytest.fixture
def wire() -> Iterator[Callable[[Answer], Wire]]:
    with raw_ports() as make:
        yield make
