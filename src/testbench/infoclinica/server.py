"""The ports of the simulator: the gateway (OAuth2 or TLS with a client's certificate), and the inspection.

What strikes before an operation leaves no trace; what strikes after it has already committed.
"""

import base64
import hashlib
import hmac
import json
import secrets
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import format_datetime
from typing import Any, ClassVar
from urllib.parse import parse_qs
from zoneinfo import ZoneInfo

from testbench.bit_umc.web import Answer, Handler, Server
from testbench.infoclinica import network, wire
from testbench.infoclinica.base import Base, Card, Closing, Record, RefusedError, utc_now
from testbench.infoclinica.faults import Fault, Faults
from testbench.infoclinica.operations import Operations
from testbench.infoclinica.wire import EnvelopeError, Message, Node

XML, JSON, HTML = "text/xml; charset=utf-8", "application/json; charset=utf-8", "text/html; charset=utf-8"
PAGE = b"<html><body>Service unavailable</body></html>"


@dataclass(frozen=True, slots=True)
class Identity:
    """Files of PEM: the server's certificate and key, and whose client certificates it takes."""

    certificate: str
    key: str
    clients: str


@dataclass(frozen=True, slots=True)
class Options:
    """Settings of one simulator. Port 0 lets the system choose; tolerance and lifetime are in seconds.

    With `identity` the gateway speaks TLS and asks for a certificate and X-Forwarded-Host, else for a token.
    """

    host: str = "127.0.0.1"
    port: int = 0
    bench_port: int = 0
    user: str = "demo"
    password: str = "demo"  # noqa: S105 - the log-in of a stand-in, printed in its docs
    client_id: str = "site"
    client_secret: str = "demo-secret"  # noqa: S105 - as above
    zone: str = "Europe/Moscow"
    tolerance: float = 300.0
    lifetime: int = 600
    clinic: str = "demo.clinic.example"
    identity: Identity | None = None
    clock: Callable[[], datetime] = utc_now


@dataclass(slots=True)
class Tokens:
    """Gives bearer tokens for a secret derived from the wall time of the zone (contract §1.1)."""

    options: Options
    _given: dict[str, datetime] = field(default_factory=dict)

    def give(self, form: dict[str, str], authorization: str) -> str | None:
        """Return a token, None for whoever may not have one."""
        login = base64.b64encode(f"{form.get('client_id')}:{form.get('client_secret')}".encode()).decode()
        if not hmac.compare_digest(authorization.encode(), f"Basic {login}".encode()):
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
            told = datetime.strptime(stamp, "%Y%m%d%H%M%S").replace(tzinfo=ZoneInfo(self.options.zone))
        except ValueError:
            return False
        return abs((self.options.clock() - told).total_seconds()) <= self.options.tolerance


class RunningSimulator:
    """A simulator at work. `stop` may be repeated; `refused` says which messages broke the contract."""

    def __init__(self, options: Options) -> None:
        self.base = Base(options.clock)
        self.faults = Faults()
        self.tokens = Tokens(options)
        self.messages: list[Message] = []
        self.refused: list[str] = []
        self.stopping = threading.Event()
        self.options = options
        self.operations = Operations(self.base, self.faults)
        self._gateway = _server((options.host, options.port), GatewayHandler, self)
        self._bench = _server((options.host, options.bench_port), BenchHandler, self)
        scheme = "http"
        if options.identity is not None:
            self._gateway.socket = _tls(options.identity).wrap_socket(self._gateway.socket, server_side=True)
            scheme = "https"
        self.url = self._gateway.url().replace("http", scheme, 1)
        self.bench_url = self._bench.url()
        self._threads = [
            threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
            for server in (self._gateway, self._bench)
        ]
        for thread in self._threads:
            thread.start()

    def reset(self) -> None:
        """Drop cards, records, queues, closings and faults."""
        with self.base.lock:
            for held in (self.base.cards, self.base.records, self.base.closings):
                held.clear()
            self.base.changes.clear()
        self.messages.clear()
        self.refused.clear()
        self.faults.clear()

    def stop(self) -> None:
        if self.stopping.is_set():
            return
        self.stopping.set()
        for server in (self._gateway, self._bench):
            server.shutdown()
            server.server_close()
        for thread in self._threads:
            thread.join(timeout=5)


def start(**options: Any) -> RunningSimulator:
    """Start a simulator in this process; the options are those of `Options`."""
    return RunningSimulator(Options(**options))


def _server(place: tuple[str, int], handler: type[Handler], simulator: RunningSimulator) -> Server:
    return Server(place, type(f"Bound{handler.__name__}", (handler,), {"simulator": simulator}))


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
            return self.headers.get("X-Forwarded-Host") == self.simulator.options.clinic
        if self.simulator.faults.draw("token_gone", ""):
            self.simulator.tokens.forget()
        return self.simulator.tokens.takes(self.headers.get("Authorization", ""))

    def _token(self, body: bytes) -> None:
        form = {name: values[0] for name, values in parse_qs(body.decode("utf-8", "replace")).items()}
        token = self.simulator.tokens.give(form, self.headers.get("Authorization", ""))
        if token is None:
            self.respond(Answer(401, JSON, b'{"error":"invalid_client"}'))
            return
        told = {"access_token": token, "client_id": "1", "expires_in": self.simulator.options.lifetime}
        self.respond(Answer(200, JSON, json.dumps(told).encode()))

    def _call(self, body: bytes) -> None:
        try:
            message = wire.read(body)
        except EnvelopeError as error:
            self.simulator.refused.append(str(error))
            self.respond(Answer(200, XML, wire.failed(str(error))))
            return
        self.simulator.messages.append(message)
        answer = _handle(self.simulator, message)
        if answer is None:
            self.close_connection = True
        else:
            self.respond(answer)


def _handle(simulator: RunningSimulator, message: Message) -> Answer | None:
    """Answer one call; None cuts the connection."""
    spoilt = _spoilt_before(simulator, message)
    if spoilt is not None:
        return spoilt
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


def _run(simulator: RunningSimulator, message: Message) -> bytes:
    try:
        out: Node = simulator.operations.run(message)
    except LookupError as error:
        return wire.failed(str(error.args[0]))
    return wire.accepted(message.operation, out)


class BenchHandler(Handler):
    """The inspection API: what the system holds, a registrar at the phone, switches of the faults."""

    simulator: ClassVar[RunningSimulator]

    def do_GET(self) -> None:  # noqa: N802 - named by http.server
        known: dict[str, Callable[[], object]] = {
            "/_bench/state": self._state,
            "/_bench/faults": lambda: {"faults": self.simulator.faults.listing()},
        }
        self._tell(known.get(self.route), lambda act: act())

    def do_POST(self) -> None:  # noqa: N802 - named by http.server
        body = self.body()
        if body is None:
            return
        known: dict[str, Callable[[dict[str, Any]], object]] = {
            "/_bench/book": self._book,
            "/_bench/cancel": self._cancel,
            "/_bench/close": self._close,
            "/_bench/faults": self._fault,
            "/_bench/reset": self._reset,
        }
        self._tell(known.get(self.route), lambda act: act(json.loads(body or b"{}")))

    def _tell(self, act: Any, call: Callable[[Any], object]) -> None:
        status, value = 404, {"code": "not_found", "message": "no such address"}
        if act is not None:
            try:
                status, value = 200, call(act)  # type: ignore[assignment]  # any JSON
            except RefusedError as refusal:
                status, value = 409, {"code": "refused", "message": refusal.comment}
            except (ValueError, KeyError, TypeError, LookupError) as error:
                status, value = 422, {"code": "invalid", "message": str(error)}
        self.respond(Answer(status, JSON, json.dumps(value, ensure_ascii=False).encode()))

    def _state(self) -> object:
        base = self.simulator.base
        with base.lock:
            return {
                "resources": [{"id": str(one.id), "name": one.name} for one in network.DOCTORS],
                "locations": [
                    {"id": str(one.id), "name": one.name, "zone": one.zone.key} for one in network.BRANCHES
                ],
                "bookings": [_booking(record) for record in base.records.values()],
                "cards": [{"id": card.id, "phone": card.phone} for card in base.cards.values()],
                "queued": [change.id for change in base.changes],
            }

    def _book(self, fields: dict[str, Any]) -> object:
        base = self.simulator.base
        start = datetime.fromisoformat(fields["start"])
        if start.tzinfo is None:
            raise ValueError("start must carry a UTC offset")
        one = next(one for one in network.BRANCHES if str(one.id) == fields["location"])
        local = start.astimezone(one.zone)
        begin = local.hour * 60 + local.minute
        end = begin + int(fields.get("minutes", 30))
        now, day = base.clock(), local.date()
        for interval in network.intervals(one, now=now, first=day, last=day):
            if str(interval.doctor.id) == fields["resource"] and interval.hours.begin <= begin:
                if end > interval.hours.end:
                    continue
                card = base.add_card(Card(0, "Звонкова", "Регина", "", "+70000000000", ""))
                record = Record(
                    0, one, interval.doctor.id, interval.ident, day, begin, end, card.id, source="clerk"
                )
                return _booking(base.reserve(record))
        raise RefusedError(0, "no such working time")

    def _cancel(self, fields: dict[str, Any]) -> object:
        record = self.simulator.base.records[int(fields["id"])]
        return _booking(self.simulator.base.remove(record.id, record.branch))

    def _close(self, fields: dict[str, Any]) -> object:
        closing = Closing(fields["label"], fields.get("text", ""), bool(fields.get("is_for_all", False)))
        self.simulator.base.closings[int(fields["resource"])] = closing
        return {}

    def _fault(self, fields: dict[str, Any]) -> object:
        self.simulator.faults.put(Fault(**fields))
        return {"faults": self.simulator.faults.listing()}

    def _reset(self, fields: dict[str, Any]) -> object:
        del fields
        self.simulator.reset()
        return {}


def _booking(record: Record) -> dict[str, object]:
    return {
        "id": str(record.id),
        "resource": str(record.doctor),
        "location": str(record.branch.id),
        "start": record.start.astimezone(record.branch.zone).isoformat(),
        "end": record.finish.astimezone(record.branch.zone).isoformat(),
        "status": "booked" if record.removed_at is None else "cancelled",
        "client_ref": record.reference or None,
        "source": record.source,
        "client": record.card,
        "services": [part for part in record.services.split(",") if part],
    }
