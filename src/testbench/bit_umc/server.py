"""The two ports of the simulator: the services of 1С, and the inspection API."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from testbench.bit_umc import http_wire, soap, wsdl
from testbench.bit_umc.base import InformationBase, Rules
from testbench.bit_umc.faults import Faults
from testbench.bit_umc.http_wire import BrokenRequestError, Exchange, HttpWire
from testbench.bit_umc.inspection import ClinicInspection, JournalHandler
from testbench.bit_umc.journal import Journal
from testbench.bit_umc.model import Network
from testbench.bit_umc.network import DemoNetwork
from testbench.bit_umc.operations import Operations
from testbench.bit_umc.replies import RecordedNetwork
from testbench.bit_umc.service import Service
from testbench.bit_umc.soap_wire import SoapWire
from testbench.clock import Clock, utc_now
from testbench.running import Running
from testbench.soap import BrokenEnvelopeError, fault
from testbench.web import PLAIN, XML, Answer, Handler, basic_login

PATHS = ("/umc/ws/ws1.1cws", "/umc/ws/Integration")
HTTP_PATH = "/umc/hs/bwi"
DEFAULT_RULES = Rules()


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
    is_large: bool = False
    zone: str = "Europe/Moscow"
    state: Path | None = None
    hold_job_interval: float = 60.0
    bare_ok: bool = True
    rules: Rules = DEFAULT_RULES
    clock: Clock = utc_now


class RunningSimulator(Running):
    def __init__(self, options: Options) -> None:
        super().__init__()
        self.faults = Faults(seed=options.seed, bare_ok=options.bare_ok)
        self.base = InformationBase(
            _network(options, options.seed),
            journal=Journal(options.state),
            clock=options.clock,
            rules=options.rules,
        )
        service = self.serve(
            (options.host, options.port),
            ServiceHandler,
            service=Service(self.faults, stopping=self.stopping),
            operations=Operations(self.base, self.faults),
            login=basic_login(options.user, options.password),
            exchanges=options.exchanges,
        )
        self.soap_url, self.http_url = service + PATHS[0], service + HTTP_PATH
        self.bench_url = self.serve(
            (options.host, options.bench_port),
            JournalHandler,
            inspection=ClinicInspection(self.base, self.faults, lambda seed: _network(options, seed)),
        )
        self.addresses = {"soap": self.soap_url, "http": self.http_url, "bench": self.bench_url}
        self.run_beside(partial(self._hold_job, options.hold_job_interval))

    def _hold_job(self, interval: float) -> None:
        """Run «Отмена просроченных броней» when it runs, unless a fault keeps it off."""
        while not self.stopping.wait(interval):
            if self.faults.draw("hold_job_off", "job") is None:
                self.base.expire_reserves()


def start(**options: Any) -> RunningSimulator:
    """Start a simulator in this process; the options are those of `Options`."""
    return RunningSimulator(Options(**options))


def _network(options: Options, seed: int) -> Network:
    if options.replies is None:
        return DemoNetwork(seed, is_large=options.is_large)
    return RecordedNetwork(options.replies, zone=ZoneInfo(options.zone), now=options.clock())


class ServiceHandler(Handler):
    """Log-in, path and WSDL; then the call is read from its wire, and the rest is the service's."""

    server_version = "1C-stand-in"
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
        if not self.has_login(self.login):
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
        self.respond(Answer(200, XML, wsdl.document(address)))

    def _call(self) -> None:
        body = self.body()
        if body is not None:
            self.respond(self._over_http(body) if self.place else self._over_soap(body))

    def _over_http(self, body: bytes) -> Answer | None:
        try:
            exchange, call = http_wire.parse(self.place, body, self.exchanges)
        except BrokenRequestError as error:
            return error.answer
        return self.service.handle(call, HttpWire(self.operations, exchange))

    def _over_soap(self, body: bytes) -> Answer | None:
        try:
            version, call = soap.parse(body)
        except BrokenEnvelopeError as error:
            return fault(error.version, error.text)
        return self.service.handle(call, SoapWire(self.operations, version))
