"""Simulators, and a port that answers by hand.

One simulator serves all tests of a module and is made new before each; a test that leaves a call unanswered
starts one of its own. A test that asks for `either` runs once for each version of SOAP.
"""

from collections.abc import Callable, Iterator

import httpx
import pytest

from integrations.mis.n3.factory import VERSIONS, Hand, Hub
from integrations.mis.wires import http_port
from support.simulators import running, several
from testbench.n3.server import RunningSimulator, start

SEED = 1


@pytest.fixture(scope="module")
def simulator() -> Iterator[RunningSimulator]:
    with running(start, seed=SEED) as simulator:
        yield simulator


@pytest.fixture
def hub(simulator: RunningSimulator, http: httpx.Client) -> Hub:
    simulator.base.reset(SEED)
    simulator.faults.reset(SEED)
    simulator.refused.clear()
    return Hub(simulator, http)


@pytest.fixture(params=VERSIONS)
def either(hub: Hub, request: pytest.FixtureRequest) -> Hub:
    return Hub(hub.simulator, hub.http, request.param)


@pytest.fixture
def simulate(http: httpx.Client) -> Iterator[Callable[..., Hub]]:
    with several(start, lambda simulator: Hub(simulator, http)) as make:
        yield make


@pytest.fixture
def hand() -> Iterator[Hand]:
    made = Hand()
    with http_port(made.answer) as made.url:
        yield made
