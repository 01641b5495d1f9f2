"""The ports of the simulator: the gateway (OAuth2 or TLS with a client's certificate), and the inspection.

What strikes before an operation leaves no trace; what strikes after it has already committed.
"""

import hashlib
import hmac
import secrets
import ssl
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import format_datetime
from typing import Any, ClassVar
from urllib.parse import parse_qs
from zoneinfo import ZoneInfo

from testbench.clock import Clock, utc_now
from testbench.infoclinica import wire
from testbench.infoclinica.base import Base
from testbench.infoclinica.faults import Faults
from testbench.infoclinica.inspection import ClinicInspection
from testbench.infoclinica.operations import Operations
from testbench.infoclinica.wire import EnvelopeError, Message, Node
from testbench.inspection import InspectionHandler
from testbench.running import Running
from testbench.web import HTML, JSON, XML, Answer, Handler, as_json, basic_login

ZONE = ZoneInfo("Europe/Moscow")
TOLERANCE = 300.0
"""Seconds that the clock of a caller may be off."""
FORWARDED_HOST = "demo.clinic.example"
PAGE = b"<html><body>Service unavailable</body></html>"


@dataclass(frozen=True, slots=True)
class Identity:
    """Files of PEM: the server's certificate and key, and whose client certificates it takes."""

    certificate: str
    key: str
    clients: str


@dataclass(frozen=True, slots=True)
class Options:
    """Settings of one simulator. Port 0 lets the system choose; lifetime is in seconds.

    With `identity` the gateway speaks TLS and asks for a certificate and X-Forwarded-Host, else for a token.
    """

    host: str = "127.0.0.1"
    port: int = 0
    bench_port: int = 0
    user: str = "demo"
    password: str = "demo"  # noqa: S105 - the log-in of a stand-in, printed in its docs
    client_id: str = "site"
    client_secret: str = "demo-secret"  # noqa: S105 - as above
    lifetime: int = 600
    identity: Identity | None = None
    clock: Clock = utc_now


@dataclass(slots=True)
class Tokens:
    """Gives bearer tokens for a secret derived from the wall time of ZONE (contract §1.1)."""

    options: Options
    _given: dict[str, datetime] = field(default_factory=dict)

    def give(self, form: dict[str, str], authorization: str) -> str | None:
        """Return a token, None for whoever may not have one."""
        login = basic_login(form.get("client_id", ""), form.get("client_secret", ""))
        if not hmac.compare_digest(authorization.encode(), login):
            return None
        if form.get("grant_type") == "password":
            who = (form.get("username"), form.get("password"))
            if who != (self.options.user, self.options.password):
                return None
        elif form.get("grant_type") != "client_credentials":
            return None
        if form.get("client_id") != self.options.client_id or not self._is_right(form):
            return None
        token = secrets.token_urlsafe(24)
        self._given[token] = self.options.clock() + timedelta(seconds=self.options.lifetime)
        return token

    def takes(self, authorization: str) -> bool:
        until = self._given.get(authorization.removeprefix("Bearer "))
        return until is not None and self.options.clock() < until

    def forget(self) -> None:
        self._given.clear()

    def _is_right(self, form: dict[str, str]) -> bool:
        kind, _, rest = form.get("client_secret", "").partition("-")
        stamp, _, digest = rest.partition("-")
        parts = [stamp, self.options.client_id, self.options.client_secret]
        if kind == "1":
            parts.append(form.get("scope", ""))
        expected = hashlib.sha1("|".join(parts).encode()).hexdigest()  # noqa: S324 - the vendor's derivation
        if kind not in {"0", "1"} or not hmac.compare_digest(digest.encode(), expected.encode()):
            return False
        try:
            told = datetime.strptime(stamp, "%Y%m%d%H%M%S").replace(tzinfo=ZONE)
        except ValueError:
            return False
        return abs((self.options.clock() - told).total_seconds()) <= TOLERANCE


class RunningSimulator(Running):
    """`messages` are those that came in, `refused` says which others broke the contract."""

    def __init__(self, options: Options) -> None:
        super().__init__()
        self.base = Base(options.clock)
        self.faults = Faults()
        self.tokens = Tokens(options)
        self.messages: list[Message] = []
        self.refused: list[str] = []
        self.options = options
        self.operations = Operations(self.base, self.faults)
        tls = None if options.identity is None else _tls(options.identity)
        self.url = self.serve((options.host, options.port), GatewayHandler, tls=tls, simulator=self)
        inspection = ClinicInspection(self.base, self.faults, reset=self.reset)
        self.bench_url = self.serve(
            (options.host, options.bench_port), InspectionHandler, inspection=inspection
        )
        self.addresses = {"xml": self.url, "bench": self.bench_url}

    def reset(self) -> None:
        """Drop cards, records, queues, closings and faults."""
        with self.base.lock:
            for held in (self.base.cards, self.base.records, self.base.closings):
                held.clear()
            self.base.changes.clear()
        self.messages.clear()
        self.refused.clear()
        self.faults.reset()


def start(**options: Any) -> RunningSimulator:
    """Start a simulator in this process; the options are those of `Options`."""
    return RunningSimulator(Options(**options))


def _tls(identity: Identity) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(identity.certificate, identity.key)
    context.load_verify_locations(identity.clients)
    context.verify_mode = ssl.CERT_REQUIRED
    return context


class GatewayHandler(Handler):
    """`/oauth2/token` and `/api/xml`."""

    server_version = "infoclinica-stand-in"
    simulator: ClassVar[RunningSimulator]

    def date_time_string(self, timestamp: float | None = None) -> str:
        del timestamp
        return format_datetime(self.simulator.options.clock(), usegmt=True)

    def do_POST(self) -> None:  # noqa: N802 - named by http.server
        body = self.body()
        if body is None:
            return
        if self.route == "/oauth2/token" and self.simulator.options.identity is None:
            self._token(body)
        elif self.route != "/api/xml":
            self.respond(Answer(404, HTML, PAGE))
        elif not self._is_let_in():
            self.respond(Answer(401, HTML, b"<html><body>Unauthorized</body></html>"))
        else:
            self._call(body)

    def _is_let_in(self) -> bool:
        if self.simulator.options.identity is not None:
            return self.headers.get("X-Forwarded-Host") == FORWARDED_HOST
        if self.simulator.faults.draw("token_gone", "log-in"):
            self.simulator.tokens.forget()
        return self.simulator.tokens.takes(self.headers.get("Authorization", ""))

    def _token(self, body: bytes) -> None:
        form = {name: values[0] for name, values in parse_qs(body.decode("utf-8", "replace")).items()}
        token = self.simulator.tokens.give(form, self.headers.get("Authorization", ""))
        if token is None:
            self.respond(Answer(401, JSON, b'{"error":"invalid_client"}'))
            return
        told = {"access_token": token, "client_id": "1", "expires_in": self.simulator.options.lifetime}
        self.respond(as_json(told))

    def _call(self, body: bytes) -> None:
        try:
            message = wire.read(body)
        except EnvelopeError as error:
            self.simulator.refused.append(str(error))
            self.respond(Answer(200, XML, wire.failed(str(error))))
            return
        self.simulator.messages.append(message)
        self.respond(_handle(self.simulator, message))


def _handle(simulator: RunningSimulator, message: Message) -> Answer | None:
    """Answer one call; None cuts the connection."""
    return _spoilt_before(simulator, message) or _act(simulator, message)


def _spoilt_before(simulator: RunningSimulator, message: Message) -> Answer | None:
    faults, operation, branch = simulator.faults, message.operation, message.branch
    slow = faults.draw("slow", operation, branch)
    if slow is not None:
        simulator.stopping.wait(slow.delay)
    if faults.draw("http_500", operation, branch):
        return Answer(500, HTML, PAGE)
    if faults.draw("html", operation, branch):
        return Answer(200, HTML, PAGE)
    if faults.draw("ae", operation, branch):
        return Answer(200, XML, wire.failed("Внутренняя ошибка"))
    if faults.draw("empty_ok", operation, branch):
        return Answer(200, XML, wire.accepted(operation, wire.row("OUT", SPRESULT=1, SPCOMMENT="")))
    return None


def _act(simulator: RunningSimulator, message: Message) -> Answer | None:
    faults, operation = simulator.faults, message.operation
    late = faults.draw("commit_late", operation, message.branch)
    if late is not None:
        if not simulator.stopping.wait(late.delay):
            _run(simulator, message)
        return None
    body = _run(simulator, message)
    if faults.draw("commit_then_drop", operation, message.branch):
        return None
    if faults.draw("garbage", operation, message.branch):
        return Answer(200, XML, body[: len(body) // 2])
    return Answer(200, XML, body)


def _run(simulator: RunningSimulator, message: Message) -> bytes:
    try:
        out: Node = simulator.operations.run(message)
    except LookupError as error:
        return wire.failed(str(error.args[0]))
    return wire.accepted(message.operation, out)
