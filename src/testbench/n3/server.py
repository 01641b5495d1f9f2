"""The two ports of the simulator: HubService, and the inspection API."""

import re
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

from testbench import soap
from testbench.clock import Clock, utc_now
from testbench.inspection import InspectionHandler
from testbench.n3 import hub, wire
from testbench.n3.base import Base, Rules
from testbench.n3.contract import ACTION, BrokenCallError, Call, read
from testbench.n3.faults import Faults
from testbench.n3.hub import TOKEN, Hub
from testbench.n3.inspection import ClinicInspection
from testbench.running import Running
from testbench.soap import BrokenEnvelopeError
from testbench.web import HTML, PLAIN, Answer, Handler

PATHS = ("/hub/HubService.svc", "/hub/HubService2.svc")
PAGE = b"<!doctype html><html><body><h1>IIS</h1>\xd1\x81\xd0\xb1\xd0\xbe\xd0\xb9</body></html>"
LATE = "Превышено время ожидания ответа МИС"
DEFAULT_RULES = Rules()
_ACTION = re.compile(r'action="([^"]*)"')


@dataclass(frozen=True, slots=True)
class Options:
    """Settings of one simulator. Port 0: any free one; `guid` is the token of the site."""

    host: str = "127.0.0.1"
    port: int = 0
    bench_port: int = 0
    seed: int = 1
    guid: str = TOKEN
    rules: Rules = DEFAULT_RULES
    clock: Clock = utc_now


class RunningSimulator(Running):
    def __init__(self, options: Options) -> None:
        super().__init__()
        self.faults = Faults(seed=options.seed)
        self.base = Base(seed=options.seed, clock=options.clock, rules=options.rules)
        self.refused: list[str] = []
        service = Service(
            Hub(self.base, self.faults, guid=options.guid), self.faults,
            refused=self.refused, stopping=self.stopping,
        )  # fmt: skip
        address = self.serve((options.host, options.port), HubHandler, service=service)
        self.soap_url = address + PATHS[0]
        self.bench_url = self.serve(
            (options.host, options.bench_port),
            InspectionHandler,
            inspection=ClinicInspection(self.base, self.faults, self.refused),
        )
        self.addresses = {"soap": self.soap_url, "bench": self.bench_url}


def start(**options: Any) -> RunningSimulator:
    """Start a simulator in this process; the options are those of `Options`."""
    return RunningSimulator(Options(**options))


class Service:
    """One call from its bytes to its answer, with the faults in between. None cuts the connection.

    What strikes before the call is done leaves no trace, what strikes after it has already committed.
    """

    def __init__(
        self, hub: Hub, faults: Faults, *, refused: list[str], stopping: threading.Event
    ) -> None:  # fmt: skip
        self._hub = hub
        self._faults = faults
        self._refused = refused
        self._stopping = stopping

    def handle(self, body: bytes, content_type: str, action: str) -> Answer | None:
        version = soap.SOAP_12
        try:
            version, element = soap.opened(body)
            call = read(element)
            _check(call, version, content_type, action)
            return self._before(version, call) or self._act(version, call)
        except BrokenEnvelopeError as error:
            return self._refuse(error.version, error.text)
        except BrokenCallError as error:
            return self._refuse(version, str(error))

    def _refuse(self, version: str, text: str) -> Answer:
        self._refused.append(text)
        return soap.fault(version, text)

    def _before(self, version: str, call: Call) -> Answer | None:
        """Return the answer of a fault that strikes before anything is done."""
        slow = self._faults.draw("slow", call.operation)
        if slow is not None:
            self._stopping.wait(slow.delay)
        instead: dict[str, Callable[[], Answer]] = {
            "http_500": lambda: Answer(500, HTML, PAGE),
            "soap_fault": lambda: soap.fault(version, "Внутренняя ошибка"),
            "empty_ok": lambda: self._told(version, call, hub.empty(call)),
            "refused": lambda: self._told(version, call, hub.failure(99, "Внутренняя ошибка")),
            "denied": lambda: self._told(version, call, hub.failure(36)),
        }
        struck = (told for name, told in instead.items() if self._faults.draw(name, call.operation))
        told = next(struck, None)
        return None if told is None else told()

    def _act(self, version: str, call: Call) -> Answer | None:
        late = self._faults.draw("commit_late", call.operation)
        if late is not None:
            if not self._stopping.wait(late.delay):
                self._hub.answer(call)
            return None
        result = self._hub.answer(call)
        if self._faults.draw("commit_then_drop", call.operation):
            return None
        if self._faults.draw("out_of_time", call.operation):
            result = hub.failure(99, LATE)
        told = self._told(version, call, result)
        if self._faults.draw("garbage", call.operation):
            return Answer(told.status, told.content_type, told.body[: len(told.body) // 2])
        if self._faults.draw("html", call.operation):
            return Answer(200, HTML, PAGE)
        return told

    def _told(self, version: str, call: Call, result: wire.Result) -> Answer:
        history = call.values.get("idHistory") or None
        if self._faults.draw("wrong_echo", call.operation):
            history = "-7"
        return wire.rendered(version, call, result, history=history)


def _check(call: Call, version: str, content_type: str, action: str) -> None:
    """Hold the headers against the envelope; raises BrokenCallError."""
    wanted = ACTION + call.operation
    if content_type.partition(";")[0].strip() != soap.CONTENT_TYPES[version].partition(";")[0]:
        raise BrokenCallError(f"Content-Type {content_type} не от этой версии SOAP")
    if version == soap.SOAP_11:
        told = action.strip('"')
    else:
        found = _ACTION.search(content_type)
        told = found[1] if found else ""
    if told != wanted:
        raise BrokenCallError(f"SOAPAction {told!r} не от {call.operation}")


class HubHandler(Handler):
    server_version = "n3-stand-in"
    service: ClassVar[Service]

    def do_GET(self) -> None:  # noqa: N802 - named by http.server
        self.respond(Answer(405, PLAIN, b"Method Not Allowed"), Allow="POST")

    def do_POST(self) -> None:  # noqa: N802 - named by http.server
        body = self.body()
        if body is None:
            return
        if self.route not in PATHS:
            self.respond(Answer(404, PLAIN, b"Not Found"))
            return
        kind, action = self.headers.get("Content-Type", ""), self.headers.get("SOAPAction", "")
        self.respond(self.service.handle(body, kind, action))
