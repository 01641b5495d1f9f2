"""Both doors, simulators and bare ports.

A test that asks for `clinic` runs once for each door. One simulator serves all tests of a module and is made
new, documents and faults, before each. A test that needs other options, or that leaves a call unanswered
(its faults and its writing would come in the middle of the next test), starts one of its own.
"""

import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from integrations.mis.bit_umc.factory import DOORS, Answer, Clinic, Wire
from testbench.bit_umc.server import RunningSimulator, start

SEED = 1


@pytest.fixture(params=DOORS)
def door(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture(scope="module")
def simulator() -> Iterator[RunningSimulator]:
    running = start(seed=SEED)
    yield running
    running.stop()


@pytest.fixture(scope="module")
def http() -> Iterator[httpx.Client]:
    with httpx.Client(timeout=10, trust_env=False) as client:
        yield client


@pytest.fixture
def clinic(simulator: RunningSimulator, http: httpx.Client, door: str) -> Clinic:
    simulator.base.reset(simulator.base.network)
    simulator.faults.reset(SEED)
    return Clinic(simulator, http, door)


@pytest.fixture
def simulate(http: httpx.Client, door: str) -> Iterator[Callable[..., Clinic]]:
    """Start simulators with any options; all are stopped at the end."""
    started: list[RunningSimulator] = []

    def make(**options: Any) -> Clinic:
        started.append(start(**options))
        return Clinic(started[-1], http, door)

    yield make
    for running in started:
        running.stop()


@pytest.fixture
def wire() -> Iterator[Callable[[Answer], Wire]]:
    stopping = threading.Event()
    listeners: list[socket.socket] = []
    threads: list[threading.Thread] = []

    def serve(listener: socket.socket, answer: Answer, seen: list[bytes]) -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                connection.settimeout(5)
                try:
                    seen.append(_whole(connection))
                    answer(connection, stopping)
                except OSError:
                    continue

    def make(answer: Answer) -> Wire:
        listener = socket.create_server(("127.0.0.1", 0))
        seen: list[bytes] = []
        thread = threading.Thread(target=serve, args=(listener, answer, seen), daemon=True)
        thread.start()
        listeners.append(listener)
        threads.append(thread)
        return Wire(f"http://127.0.0.1:{listener.getsockname()[1]}", seen)

    yield make
    stopping.set()
    for listener in listeners:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
    for thread in threads:
        thread.join(timeout=5)


def _whole(connection: socket.socket) -> bytes:
    data = b""
    while b"\r\n\r\n" not in data:
        chunk = connection.recv(65536)
        if not chunk:
            return data  # the caller gave up, or doesn't speak HTTP
        data += chunk
    head, _, body = data.partition(b"\r\n\r\n")
    length = next(
        int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")
    )
    while len(body) < length:
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body
