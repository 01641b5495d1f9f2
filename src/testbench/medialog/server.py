"""The two ports of the simulator: the exchange, and the inspection API; `start` runs them here."""

import base64
import hmac
import threading
from dataclasses import dataclass
from typing import ClassVar

from testbench.bit_umc.web import Answer, Handler, Server
from testbench.medialog import carrier
from testbench.medialog.base import Base, utc_now
from testbench.medialog.carrier import Question
from testbench.medialog.exchange import BrokenMessageError, Exchange, Message, Rules, parse, rendered
from testbench.medialog.faults import Faults
from testbench.medialog.inspection import Inspection, inspection_handler
from testbench.medialog.model import Clock

SOAP_PATH, HTTP_PATH = "/medialog/exchange.asmx", "/medialog/exchange"
PLAIN = "text/plain; charset=utf-8"
HTML = b"<!doctype html><html><body><h1>IIS</h1>\xd1\x81\xd0\xb1\xd0\xbe\xd0\xb9</body></html>"
ANOTHER = "ffffffff-0000-4000-8000-ffffffffffff"
DEFAULT_RULES = Rules()


@dataclass(frozen=True, slots=True)
class Options:
    """Settings of one simulator. Port 0: any free one; `checks` False: a taken time is written too."""

    host: str = "127.0.0.1"
    port: int = 0
    bench_port: int = 0
    seed: int = 1
    user: str = "demo"
    password: str = "demo"  # noqa: S105 - the log-in of a stand-in, printed in its docs
    encoding: str = "utf-8"
    checks: bool = True
    rules: Rules = DEFAULT_RULES
    clock: Clock = utc_now


class RunningSimulator:
    """A simulator at work. `stop` ends it and is safe to repeat."""

    def __init__(self, options: Options) -> None:
        self._stopping = threading.Event()
        self.base = Base(seed=options.seed, clock=options.clock, checks=options.checks)
        self.faults = Faults(seed=options.seed)
        exchange = Exchange(self.base, self.faults, options.rules)
        service = Service(exchange, self.faults, encoding=options.encoding, stopping=self._stopping)
        login = b"Basic " + base64.b64encode(f"{options.user}:{options.password}".encode())
        bound = {"service": service, "login": login}
        self._exchange = Server((options.host, options.port), type("Bound", (ExchangeHandler,), bound))
        try:
            handler = inspection_handler(Inspection(self.base, self.faults))
            self._bench = Server((options.host, options.bench_port), handler)
        except OSError:
            self._exchange.server_close()
            raise
        self.soap_url = self._exchange.url() + SOAP_PATH
        self.http_url = self._exchange.url() + HTTP_PATH
        self.bench_url = self._bench.url()
        self._threads = [
            threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
            for server in (self._exchange, self._bench)
        ]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        if self._stopping.is_set():
            return
        self._stopping.set()
        for server in (self._exchange, self._bench):
            server.shutdown()
            server.server_close()
        for thread in self._threads:
            thread.join(timeout=5)


def start(**options: object) -> RunningSimulator:
    """Start a simulator in this process; the options are those of `Options`."""
    return RunningSimulator(Options(**options))  # type: ignore[arg-type]  # checked by the dataclass's callers


class Service:
    """One message from its bytes to its answer, with the faults in between. None cuts the connection.

    What strikes before the message is done leaves no trace, what strikes after it has already committed.
    """

    def __init__(
        self, exchange: Exchange, faults: Faults, *, encoding: str, stopping: threading.Event
    ) -> None:
        self._exchange = exchange
        self._faults = faults
        self._encoding = encoding
        self._stopping = stopping

    def handle(self, body: bytes, content_type: str, *, is_soap: bool) -> Answer | None:
        try:
            question = carrier.opened(body, content_type, is_soap=is_soap)
            message = parse(question.text)
        except BrokenMessageError as error:
            return carrier.fault(str(error), carrier.SOAP_11 if is_soap else "")
        key = self._exchange.key(message.event)
        return self._before(message, question, key) or self._act(message, question, key)

    def _before(self, message: Message, question: Question, key: str) -> Answer | None:
        """Return the answer of a fault that strikes before anything is done."""
        slow = self._faults.draw("slow", key)
        if slow is not None:
            self._stopping.wait(slow.delay)
        if self._faults.draw("http_500", key):
            return Answer(500, "text/html; charset=utf-8", HTML)
        if self._faults.draw("soap_fault", key):
            return carrier.fault("Внутренняя ошибка", question.envelope)
        if self._faults.draw("empty_ok", key):
            return self._closed(rendered(message, "AA", "", []), question)
        if self._faults.draw("no_result", key):
            return self._closed(rendered(message, "AA", "", None), question)
        if self._faults.draw("refused", key):
            return self._closed(rendered(message, "AE", "Внутренняя ошибка", None), question)
        return None

    def _act(self, message: Message, question: Question, key: str) -> Answer | None:
        late = self._faults.draw("commit_late", key)
        if late is not None:
            if not self._stopping.wait(late.delay):
                self._exchange.answer(message)
            return None
        told = self._exchange.answer(message)
        if self._faults.draw("commit_then_drop", key):
            return None
        if self._faults.draw("commit_then_refuse", key):
            told = rendered(message, "AE", "Внутренняя ошибка", None)
        if self._faults.draw("garbage", key):
            return self._closed(told[: len(told) // 2], question)
        if self._faults.draw("html", key):
            return Answer(200, "text/html; charset=utf-8", HTML)
        if self._faults.draw("wrong_echo", key):
            told = told.replace(message.id, ANOTHER)
        return self._closed(told, question)

    def _closed(self, told: str, question: Question) -> Answer:
        return carrier.closed(told, question, charset=self._encoding)


class ExchangeHandler(Handler):
    """Log-in, address and WSDL; the rest is the service's."""

    server_version = "medialog-stand-in"
    service: ClassVar[Service]
    login: ClassVar[bytes]

    def do_GET(self) -> None:  # noqa: N802 - named by http.server
        if not self._is_let_in():
            return
        if self.route == SOAP_PATH and self.query.lower() == "wsdl":
            address = f"http://{self.headers.get('Host', '')}{SOAP_PATH}"
            self.respond(Answer(200, "text/xml; charset=utf-8", carrier.wsdl(address)))
        else:
            self.respond(Answer(405, PLAIN, b"Method Not Allowed"), Allow="POST")

    def do_POST(self) -> None:  # noqa: N802 - named by http.server
        if not self._is_let_in():
            return
        body = self.body()
        if body is None:
            return
        kind = self.headers.get("Content-Type", "")
        answer = self.service.handle(body, kind, is_soap=self.route == SOAP_PATH)
        if answer is None:
            self.close_connection = True
        else:
            self.respond(answer)

    def _is_let_in(self) -> bool:
        given = self.headers.get("Authorization", "").encode("utf-8", "replace")
        if hmac.compare_digest(given, self.login) and self.route in {SOAP_PATH, HTTP_PATH}:
            return True
        self.close_connection = True
        if self.route in {SOAP_PATH, HTTP_PATH}:
            self.respond(Answer(401, PLAIN, b"Unauthorized"), WWW_Authenticate='Basic realm="medialog"')
        else:
            self.respond(Answer(404, PLAIN, b"Not Found"))
        return False
