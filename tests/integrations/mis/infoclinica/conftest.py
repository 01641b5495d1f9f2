"""One simulator for a module, made new before each test; others with options; a port that is told."""

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from integrations.mis.infoclinica.factory import Canned, Clinic, serve
from testbench.infoclinica.server import RunningSimulator, start


@pytest.fixture(scope="module")
def simulator() -> Iterator[RunningSimulator]:
    running = start()
    yield running
    running.stop()


@pytest.fixture
def clinic(simulator: RunningSimulator) -> Iterator[Clinic]:
    """The clinic; whatever the adapter sends must keep to the simulator's own reading of the contract."""
    simulator.reset()
    yield Clinic(simulator)
    assert simulator.refused == []


@pytest.fixture
def simulate() -> Iterator[Callable[..., Clinic]]:
    started: list[RunningSimulator] = []

    def make(**options: Any) -> Clinic:
        started.append(start(**options))
        return Clinic(started[-1])

    yield make
    for running in started:
        running.stop()


@pytest.fixture
def canned() -> Iterator[Canned]:
    told = Canned()
    server = serve(told)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield told
    server.shutdown()
    server.server_close()
    thread.join(timeout=5)
