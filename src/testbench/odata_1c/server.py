"""The two ports of the simulator: the web server of 1С, and the inspection API."""

import threading
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, ClassVar

from testbench.clock import Clock, utc_now
from testbench.inspection import InspectionHandler
from testbench.odata_1c import query
from testbench.odata_1c.base import Base, shift_of
from testbench.odata_1c.faults import Faults
from testbench.odata_1c.inspection import BaseInspection
from testbench.odata_1c.query import QueryError, Question
from testbench.odata_1c.service import CONTRACT, OLDER, Desk, Json
from testbench.odata_1c.tables import Row
from testbench.refusal import Refusal
from testbench.running import Running
from testbench.web import HTML, PLAIN, Answer, Handler, as_json, basic_login

BASE = "/polyclinic"
ODATA = f"{BASE}/odata/standard.odata/"
PAGE = "<!doctype html><html><body><h1>IIS</h1>Ошибка</body></html>".encode()
NOWHERE = Answer(404, PLAIN, "Не найдено".encode())


@dataclass(frozen=True, slots=True)
class Options:
    """Settings of one simulator. Port 0: any free one."""

    host: str = "127.0.0.1"
    port: int = 0
    bench_port: int = 0
    seed: int = 1
    user: str = "demo"
    password: str = "demo"  # noqa: S105 - the log-in of a stand-in, printed in its docs
    clock: Clock = utc_now


class RunningSimulator(Running):
    def __init__(self, options: Options) -> None:
        super().__init__()
        self.faults = Faults(seed=options.seed)
        self.base = Base(seed=options.seed, clock=options.clock)
        self.asked: list[str] = []
        address = self.serve(
            (options.host, options.port),
            BaseHandler,
            base=self.base,
            desk=Desk(self.base),
            faults=self.faults,
            asked=self.asked,
            stopping=self.stopping,
            login=basic_login(options.user, options.password),
        )
        self.url = address + BASE
        self.bench_url = self.serve(
            (options.host, options.bench_port),
            InspectionHandler,
            inspection=BaseInspection(self.base, self.faults),
        )
        self.addresses = {"url": self.url, "bench": self.bench_url}


def start(**options: Any) -> RunningSimulator:
    """Start a simulator in this process; the options are those of `Options`."""
    return RunningSimulator(Options(**options))


class BaseHandler(Handler):
    """Log-in and address; `asked` keeps the addresses of readings, which hold nobody's data."""

    server_version = "1c-stand-in"
    base: ClassVar[Base]
    desk: ClassVar[Desk]
    faults: ClassVar[Faults]
    asked: ClassVar[list[str]]
    stopping: ClassVar[threading.Event]
    login: ClassVar[bytes]

    def do_GET(self) -> None:  # noqa: N802 - named by http.server
        if self.has_login(self.login) and self.route.startswith(ODATA):
            self.asked.append(self.path)
            self.respond(self._read())
        else:
            self.do_POST()

    def do_POST(self) -> None:  # noqa: N802 - named by http.server
        body = self.body() if "Content-Length" in self.headers else b""
        if body is None:
            return
        if not self.has_login(self.login):
            self.respond(Answer(401, PLAIN, b"Unauthorized"), WWW_Authenticate='Basic realm="1C"')
            return
        place = self.route.removeprefix(BASE)
        operation = self.desk.operation_of(self.command, place)
        if operation is None:
            known = place.startswith((CONTRACT, OLDER))
            self.respond(Answer(405, PLAIN, b"Method Not Allowed") if known else NOWHERE)
        else:
            self.respond(self._write(operation, place, body))

    do_PUT = do_DELETE = do_PATCH = do_POST  # noqa: N815 - named by http.server

    # Readings.

    def _read(self) -> Answer | None:
        try:
            question = query.read_question(self.route.removeprefix(ODATA), self.query)
            kind, name = question.entity.kind, question.name
            return self._spoilt(kind, name) or self._mangled(
                query.answered(self.base, question, spoilt=lambda rows: self._thinned(question, rows)),
                kind,
                name,
            )
        except QueryError as error:
            return error.answer

    def _thinned(self, question: Question, rows: list[Row]) -> list[Row]:
        """Leave out rows: all of them, or the first one once a page of the reading has gone out."""
        kind, name = question.entity.kind, question.name
        if self.faults.draw_for("empty", kind, name):
            return []
        is_further = question.options.get("$skip", "0") != "0"
        if is_further and self.faults.draw_for("shifted", kind, name):
            return rows[1:]
        return rows

    def _mangled(self, answer: Answer, kind: str, name: str) -> Answer:
        if self.faults.draw_for("garbage", kind, name):
            return Answer(200, answer.content_type, answer.body[: len(answer.body) // 2])
        if self.faults.draw_for("cut", kind, name):
            head, _, _ = answer.body.partition(b'"value"')
            return Answer(200, answer.content_type, head + b'"value": []}')
        return answer

    def _spoilt(self, kind: str, name: str) -> Answer | None:
        """Return the answer of a fault that strikes before anything is done."""
        slow = self.faults.draw_for("slow", kind, name)
        if slow is not None:
            self.stopping.wait(slow.delay)
        if self.faults.draw_for("http_500", kind, name):
            return Answer(500, HTML, PAGE)
        if self.faults.draw_for("html", kind, name):
            return Answer(200, HTML, PAGE)
        if self.faults.draw_for("odata_error", kind, name):
            return QueryError(500, -1, "Недостаточно прав").answer
        door = self.faults.draw_for("at_the_door", kind, name)
        return None if door is None else Answer(door.status, HTML, PAGE)

    # The service.

    def _write(self, operation: str, place: str, body: bytes) -> Answer | None:
        """Do one call; what strikes before it leaves nothing written."""
        try:
            order = self.desk.order(place, body)
        except Refusal as refusal:
            return as_json({"code": refusal.code}, status=400)
        if self.faults.draw("clerk_race", operation):
            self._race(order)
        spoilt = self._spoilt(operation, "")
        if spoilt is not None:
            return spoilt
        late = self.faults.draw("commit_late", operation)
        if late is not None:
            if not self.stopping.wait(late.delay):
                self.desk.answer(operation, order)
            return None
        status, told = self.desk.in_its_dialect(place, *self.desk.answer(operation, order))
        if self.faults.draw("commit_then_drop", operation):
            return None
        if self.faults.draw("commit_then_500", operation):
            return Answer(500, PLAIN, "Ошибка при вызове метода контекста".encode())
        return self._mangled(as_json(told, status=status), operation, "")

    def _race(self, order: Json) -> None:
        """Let a registrar take the time this instant; somebody may have it already."""
        try:
            shift = shift_of(order["doctor"], order["branch"])
            wall = datetime.fromisoformat(order["begin"]).replace(tzinfo=shift.branch.zone)
            self.base.book_by_clerk(shift, wall.astimezone(UTC), order["minutes"])
        except Refusal:
            return
