"""Both carriers, simulators, and a port that answers by hand.

A test that asks for `clinic` runs once for each carrier. One simulator serves all tests of a module and is
made new before each; a test that leaves a call unanswered starts one of its own.
"""

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler
from typing import Any

import httpx
import pytest

from feldsher.integrations.mis.medialog import MedialogGateway, build
from integrations.mis.medialog.factory import CARRIERS, CLINICS, EVENTS, Clinic, answered, event_of
from support.egress import known
from testbench.medialog.server import RunningSimulator, start
from testbench.web import Server

SEED = 1
Results = dict[str, Any]


@pytest.fixture(params=CARRIERS)
def carrier(request: pytest.FixtureRequest) -> str:
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
def clinic(simulator: RunningSimulator, http: httpx.Client, carrier: str) -> Clinic:
    simulator.base.reset(SEED)
    simulator.faults.reset(SEED)
    return Clinic(simulator, http, carrier)


@pytest.fixture
def soap(simulator: RunningSimulator, http: httpx.Client) -> Clinic:
    """A clinic over SOAP alone, for what the carrier can't change."""
    simulator.base.reset(SEED)
    simulator.faults.reset(SEED)
    return Clinic(simulator, http)


@pytest.fixture
def simulate(http: httpx.Client) -> Iterator[Callable[..., Clinic]]:
    """Start simulators with any options; all are stopped at the end."""
    started: list[RunningSimulator] = []

    def make(**options: Any) -> Clinic:
        started.append(start(**options))
        return Clinic(started[-1], http)

    yield make
    for running in started:
        running.stop()


class Hand:
    """A МЕДИАЛОГ by plain HTTP whose answers a test writes by hand, event by event.

    A result is what stands in the answer after QUERY_INFO, or a function of the message that returns the
    whole answer: text, or bytes as they go. `asked` are the messages as they came.
    """

    def __init__(self) -> None:
        self.results: dict[str, Any] = {}
        self.asked: list[str] = []
        self.status = 200
        hand = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                message = self.rfile.read(int(self.headers["Content-Length"])).decode()
                hand.asked.append(message)
                told = hand.results.get(event_of(message), "<QUERY_RESULT/>")
                whole = told(message) if callable(told) else answered(message, told)
                body = whole if isinstance(whole, bytes) else whole.encode()
                self.send_response(hand.status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args: object) -> None:
                """Log nothing."""

        self.server = Server(("127.0.0.1", 0), Handler)  # type: ignore[arg-type]  # any handler will do
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True)
        self.thread.start()

    def gateway(self, **options: Any) -> MedialogGateway:
        given = {"clinics": {"C1": CLINICS["C1"]}, "carrier": "http", **EVENTS, **options}
        return build(url=known(self.server.url()), user="", password="", timeout=3, options=given)

    def sent(self, event: str) -> list[str]:
        return [message for message in self.asked if event_of(message) == event]


@pytest.fixture
def hand() -> Iterator[Hand]:
    made = Hand()
    yield made
    made.server.shutdown()
    made.server.server_close()
    made.thread.join(timeout=5)
