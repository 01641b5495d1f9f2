"""Both carriers, simulators, and a port that answers by hand.

A test that asks for `clinic` runs once for each carrier. One simulator serves all tests of a module and is
made new before each; a test that leaves a call unanswered starts one of its own.
"""

from collections.abc import Callable, Iterator

import httpx
import pytest

from integrations.mis.medialog.factory import CARRIERS, Clinic, Hand
from integrations.mis.wires import http_port
from support.simulators import running, several
from testbench.medialog.server import RunningSimulator, start

SEED = 1


@pytest.fixture(params=CARRIERS)
def carrier(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture(scope="module")
def simulator() -> Iterator[RunningSimulator]:
    with running(start, seed=SEED) as simulator:
        yield simulator


@pytest.fixture
def soap(simulator: RunningSimulator, http: httpx.Client) -> Clinic:
    """A clinic over SOAP alone, for what the carrier can't change."""
    simulator.base.reset(SEED)
    simulator.faults.reset(SEED)
    return Clinic(simulator, http)


@pytest.fixture
def clinic(soap: Clinic, carrier: str) -> Clinic:
    return Clinic(soap.simulator, soap.http, carrier)


@pytest.fixture
def simulate(http: httpx.Client) -> Iterator[Callable[..., Clinic]]:
    with several(start, lambda simulator: Clinic(simulator, http)) as make:
        yield make


@pytest.fixture
def hand() -> Iterator[Hand]:
    made = Hand()
    with http_port(made.answer) as made.url:
        yield made
