"""The two ports of the simulator: the exchange, and the inspection API."""

import threading
from dataclasses import dataclass
from typing import Any, ClassVar

from testbench.clock import Clock, utc_now
from testbench.inspection import InspectionHandler
from testbench.medialog import carrier
from testbench.medialog.base import Base
from testbench.medialog.carrier import Question
from testbench.medialog.exchange import BrokenMessageError, Exchange, Message, Rules, parse, rendered
from testbench.medialog.faults import Faults
from testbench.medialog.inspection import ClinicInspection
from testbench.running import Running
from testbench.web import HTML, PLAIN, XML, Answer, Handler, basic_login

SOAP_PATH, HTTP_PATH = "/medialog/exchange.asmx", "/medialog/exchange"
PAGE = b"<!doctype html><html><body><h1>IIS</h1>\xd1\x81\xd0\xb1\xd0\xbe\xd0\xb9</body></html>"
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


class RunningSimulator(Running):
    def __init__(self, options: Options) -> None:
        super().__init__()
        self.faults = Faults(seed=options.seed)
        self.base = Base(seed=options.seed, clock=options.clock, checks=options.checks)
        exchange = Exchange(self.base, self.faults, options.rules)
        address = self.serve(
            (options.host, options.port),
            ExchangeHandler,
            service=Service(exchange, self.faults, encoding=options.encoding, stopping=self.stopping),
            login=basic_login(options.user, options.password),
        )
        self.soap_url, self.http_url = address + SOAP_PATH, address + HTTP_PATH
        self.bench_url = self.serve(
            (options.host, options.bench_port),
            InspectionHandler,
            inspection=ClinicInspection(self.base, self.faults),
        )
        self.addresses = {"soap": self.soap_url, "http": self.http_url, "bench": self.bench_url}


def start(**options: Any) -> RunningSimulator:
    """Start a simulator in this process; the options are those of `Options`."""
    return RunningSimulator(Options(**options))


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
        return self._before(message, question) or self._act(message, question)

    def _before(self, message: Message, question: Question) -> Answer | None:
        """Return the answer of a fault that strikes before anything is done."""
        slow = self._faults.draw("slow", message.event)
        if slow is not None:
            self._stopping.wait(slow.delay)
        if self._faults.draw("http_500", message.event):
            return Answer(500, HTML, PAGE)
        if self._faults.draw("soap_fault", message.event):
            return carrier.fault("Внутренняя ошибка", question.envelope)
        if self._faults.draw("empty_ok", message.event):
            return self._closed(rendered(message, "AA", "", []), question)
        if self._faults.draw("no_result", message.event):
            return self._closed(rendered(message, "AA", "", None), question)
        if self._faults.draw("refused", message.event):
            return self._closed(rendered(message, "AE", "Внутренняя ошибка", None), question)
        return None

    def _act(self, message: Message, question: Question) -> Answer | None:
        late = self._faults.draw("commit_late", message.event)
        if late is not None:
            if not self._stopping.wait(late.delay):
                self._exchange.answer(message)
            return None
        told = self._exchange.answer(message)
        if self._faults.draw("commit_then_drop", message.event):
            return None
        if self._faults.draw("commit_then_refuse", message.event):
            told = rendered(message, "AE", "Внутренняя ошибка", None)
        if self._faults.draw("garbage", message.event):
            return self._closed(told[: len(told) // 2], question)
        if self._faults.draw("html", message.event):
            return Answer(200, HTML, PAGE)
        if self._faults.draw("wrong_echo", message.event):
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
            self.respond(Answer(200, XML, carrier.wsdl(address)))
        else:
            self.respond(Answer(405, PLAIN, b"Method Not Allowed"), Allow="POST")

    def do_POST(self) -> None:  # noqa: N802 - named by http.server
        if not self._is_let_in():
            return
        body = self.body()
        if body is not None:
            kind = self.headers.get("Content-Type", "")
            self.respond(self.service.handle(body, kind, is_soap=self.route == SOAP_PATH))

    def _is_let_in(self) -> bool:
        if self.has_login(self.login) and self.route in {SOAP_PATH, HTTP_PATH}:
            return True
        self.close_connection = True
        if self.route in {SOAP_PATH, HTTP_PATH}:
            self.respond(Answer(401, PLAIN, b"Unauthorized"), WWW_Authenticate='Basic realm="medialog"')
        else:
            self.respond(Answer(404, PLAIN, b"Not Found"))
        return False
