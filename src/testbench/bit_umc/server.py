"""The two ports of the simulator: the services of 1С, and the inspection API; `start` runs them here."""

import base64
import hmac
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar
from zoneinfo import ZoneInfo

from testbench.bit_umc import http_wire, soap, wsdl
from testbench.bit_umc.base import InformationBase, Rules, utc_now
from testbench.bit_umc.faults import Faults
from testbench.bit_umc.http_wire import BrokenRequestError, Exchange, HttpWire
from testbench.bit_umc.inspection import Inspection, inspection_handler
from testbench.bit_umc.journal import Journal
from testbench.bit_umc.model import Clock, Network
from testbench.bit_umc.network import DemoNetwork
from testbench.bit_umc.operations import Operations
from testbench.bit_umc.replies import RecordedNetwork
from testbench.bit_umc.service import Service
from testbench.bit_umc.soap_wire import SoapWire
from testbench.bit_umc.web import Answer, Handler, Server

PATHS = ("/umc/ws/ws1.1cws", "/umc/ws/Integration")
HTTP_PATH = "/umc/hs/bwi"
DEFAULT_RULES = Rules()
PLAIN = "text/plain; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Options:
    """Settings of one simulator. Port 0 lets the system choose; intervals are in seconds."""

    host: str = "127.0.0.1"
    port: int = 0
    bench_port: int = 0
    seed: int = 1
    user: str = "demo"
    password: str = "demo"  # noqa: S105 - the log-in of a stand-in, printed in its docs
    exchanges: tuple[Exchange, ...] = (Exchange("demo-key"),)
    replies: Path | None = None
    zone: str = "Europe/Moscow"
    state: Path | None = None
    hold_job_interval: float = 60.0
    bare_ok: bool = True
    rules: Rules = DEFAULT_RULES
    clock: Clock = utc_now


class RunningSimulator:
    """A simulator at work. `stop` ends it and is safe to repeat."""

    def __init__(self, options: Options) -> None:
        self._stopping = threading.Event()
        faults = Faults(seed=options.seed, bare_ok=options.bare_ok)
        self.base = InformationBase(
            _network(options, options.seed),
            journal=Journal(options.state),
            clock=options.clock,
            rules=options.rules,
        )
        self.faults = faults
        service = Service(faults, stopping=self._stopping)
        bench = Inspection(self.base, faults, lambda seed: _network(options, seed))
        handler = service_handler(service, Operations(self.base, faults), options)
        self._soap = Server((options.host, options.port), handler)
        try:
            self._bench = Server((options.host, options.bench_port), inspection_handler(bench))
        except OSError:
            self._soap.server_close()
            raise
        self.soap_url = self._soap.url() + PATHS[0]
        self.http_url = self._soap.url() + HTTP_PATH
        self.bench_url = self._bench.url()
        self._threads = [
            threading.Thread(target=self._soap.serve_forever, args=(0.02,), name="soap", daemon=True),
            threading.Thread(target=self._bench.serve_forever, args=(0.02,), name="bench", daemon=True),
            threading.Thread(
                target=self._hold_job, args=(options.hold_job_interval,), name="job", daemon=True
            ),
        ]
        for thread in self._threads:
            thread.start()

    def _hold_job(self, interval: float) -> None:
        """Run «Отмена просроченных броней» when it runs, unless a fault keeps it off."""
        while not self._stopping.wait(interval):
            if self.faults.draw("hold_job_off", "job") is None:
                self.base.expire_reserves()

    def stop(self) -> None:
        if self._stopping.is_set():
            return
        self._stopping.set()
        for server in (self._soap, self._bench):
            server.shutdown()
            server.server_close()
        for thread in self._threads:
            thread.join(timeout=5)


def start(**options: object) -> RunningSimulator:
    """Start a simulator in this process; the options are those of `Options`."""
    return RunningSimulator(Options(**options))  # type: ignore[arg-type]  # checked by the dataclass's callers


def _network(options: Options, seed: int) -> Network:
    if options.replies is None:
        return DemoNetwork(seed)
    return RecordedNetwork(options.replies, zone=ZoneInfo(options.zone), now=options.clock())


def service_handler(service: Service, operations: Operations, options: Options) -> type[Handler]:
    """Return the handler of the port of 1С for this log-in."""
    login = b"Basic " + base64.b64encode(f"{options.user}:{options.password}".encode())
    bound = {
        "service": service,
        "operations": operations,
        "login": login,
        "exchanges": options.exchanges,
    }
    return type("BoundServiceHandler", (ServiceHandler,), bound)


class ServiceHandler(Handler):
    """Log-in, path and WSDL; then the call is read from its wire, and the rest is the service's."""

    service: ClassVar[Service]
    operations: ClassVar[Operations]
    login: ClassVar[bytes]
    exchanges: ClassVar[tuple[Exchange, ...]]

    def do_GET(self) -> None:  # noqa: N802 - named by http.server
        self._guarded(self._describe)

    def do_POST(self) -> None:  # noqa: N802 - named by http.server
        self._guarded(self._call)

    @property
    def place(self) -> str:
        """Return the last part of an address of the HTTP service, empty for any other address."""
        folder, _, place = self.route.rpartition("/")
        return place if folder == HTTP_PATH and place in http_wire.METHODS else ""

    def _guarded(self, act: Callable[[], None]) -> None:
        given = self.headers.get("Authorization", "").encode("utf-8", "replace")
        if not hmac.compare_digest(given, self.login):
            self.close_connection = True
            self.respond(Answer(401, PLAIN, b"Unauthorized"), WWW_Authenticate='Basic realm="umc"')
        elif self.route not in PATHS and not self.place:
            self.close_connection = True
            self.respond(Answer(404, PLAIN, b"Not Found"))
        else:
            act()

    def _describe(self) -> None:
        if self.query.lower() != "wsdl" or self.place:
            self.respond(Answer(405, PLAIN, b"Method Not Allowed"), Allow="POST")
            return
        address = f"http://{self.headers.get('Host', '')}{self.route}"
        self.respond(Answer(200, "text/xml; charset=utf-8", wsdl.document(address)))

    def _call(self) -> None:
        body = self.body()
        if body is None:
            return
        answer = self._over_http(body) if self.place else self._over_soap(body)
        if answer is None:
            self.close_connection = True
        else:
            self.respond(answer)

    def _over_http(self, body: bytes) -> Answer | None:
        try:
            exchange, call = http_wire.parse(self.place, body, self.exchanges)
        except BrokenRequestError as error:
            return error.answer
        return self.service.handle(call, HttpWire(self.operations, exchange))

    def _over_soap(self, body: bytes) -> Answer | None:
        try:
            version, call = soap.parse(body)
        except soap.BrokenEnvelopeError as error:
            return soap.fault(error.version, error.text)
        return self.service.handle(call, SoapWire(self.operations, version))
