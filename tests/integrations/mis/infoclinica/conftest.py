"""One simulator for a module, made new before each test; others with options; a port that is told."""

from collections.abc import Callable, Iterator

import pytest

from integrations.mis.infoclinica.factory import Canned, Clinic
from integrations.mis.wires import http_port
from support.simulators import running, several
from testbench.infoclinica.server import RunningSimulator, start


@pytest.fixture(scope="module")
def simulator() -> Iterator[RunningSimulator]:
    with running(start) as simulator:
        yield simulator


@pytest.fixture
def clinic(simulator: RunningSimulator) -> Iterator[Clinic]:
    """The clinic; whatever the adapter sends must keep to the simulator's own reading of the contract."""
    simulator.reset()
    yield Clinic(simulator)
    assert simulator.refused == []


@pytest.fixture
def simulate() -> Iterator[Callable[..., Clinic]]:
    with several(start, Clinic) as make:
        yield make


@pytest.fixture
def canned() -> Iterator[Canned]:
    told = Canned()
    with http_port(told.answer) as told.url:
        yield told
