"""One port: the address that takes reports, and the inspection API under `/_bench/`."""

import hmac
import threading
from dataclasses import dataclass
from typing import Any, ClassVar
from urllib.parse import parse_qsl

from testbench.inspection import PLACE, Fields, Inspection, InspectionHandler
from testbench.refusal import Refusal
from testbench.running import Running
from testbench.web import PLAIN, Answer
from testbench.yandex_reports.faults import REPORT, STATUSES, Faults

PATH = "/medicine-api/orders"
FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class Options:
    """Port 0 lets the system choose. `token_name` and `click_name` are fields that a report must have."""

    host: str = "127.0.0.1"
    port: int = 0
    token: str = "demo-token"  # noqa: S105 - of a stand-in on the loopback
    token_name: str = "oauth"  # noqa: S105 - the name of a field
    click_name: str = "mark"


class Reports:
    """What was taken, oldest first, and why others were refused; thread-safe, nothing on disk."""

    def __init__(self) -> None:
        self.faults = Faults()
        self._lock = threading.Lock()
        self.reset()

    def reset(self) -> None:
        with self._lock:
            self._taken: list[dict[str, str]] = []
            self._refused: list[str] = []
        self.faults.reset()

    def take(self, report: dict[str, str]) -> None:
        with self._lock:
            self._taken.append(report)

    def refuse(self, why: str) -> None:
        with self._lock:
            self._refused.append(why)

    def listing(self) -> list[dict[str, str]]:
        with self._lock:
            return list(self._taken)

    def refusals(self) -> list[str]:
        with self._lock:
            return list(self._refused)


class ReportsInspection(Inspection):
    """`state` and `reset`."""

    def __init__(self, reports: Reports) -> None:
        super().__init__(reports.faults)
        self._reports = reports
        self._gets["state"] = self._state
        self._posts["reset"] = self._reset

    def _state(self) -> object:
        return {"reports": self._reports.listing(), "refused": self._reports.refusals()}

    def _reset(self, fields: Fields) -> object:
        del fields
        self._reports.reset()
        return {}


class ReportsHandler(InspectionHandler):
    server_version = "reports-stand-in"
    reports: ClassVar[Reports]
    options: ClassVar[Options]
    stopping: ClassVar[threading.Event]

    def do_POST(self) -> None:  # noqa: N802 - named by http.server
        if self.route.startswith(PLACE):
            super().do_POST()
            return
        body = self.body()
        if body is not None:
            self._report(body)

    def _report(self, body: bytes) -> None:
        faults = self.reports.faults
        slow = faults.draw("slow", REPORT)
        if slow is not None:
            self.stopping.wait(slow.delay)
        for name, status in STATUSES.items():
            if faults.draw(name, REPORT):
                self.respond(_plain(status), Location="/elsewhere")
                return
        if faults.draw("drop", REPORT):
            self.respond(None)
            return
        try:
            self.reports.take(self._read(body))
        except Refusal as refusal:
            self.reports.refuse(refusal.text)
            self.respond(_plain(int(refusal.code), refusal.text))
            return
        self.respond(None if faults.draw("accept_then_drop", REPORT) else _plain(200))

    def _read(self, body: bytes) -> dict[str, str]:
        """Return the report without its token; Refusal whose code is the status."""
        if self.route != PATH:
            raise Refusal("no such address", code="404")
        if self.headers.get("Content-Type", "") != FORM:
            raise Refusal(f"the body is {FORM}", code="415")
        try:
            report = dict(parse_qsl(body.decode(), strict_parsing=True, max_num_fields=50))
        except ValueError as error:
            raise Refusal("the body is no form", code="400") from error
        token = report.pop(self.options.token_name, "")
        if not hmac.compare_digest(token.encode(), self.options.token.encode()):
            raise Refusal("the token is not this application's", code="401")
        if not report.get(self.options.click_name):
            raise Refusal("a report names the way from the page", code="400")
        return report


class RunningSimulator(Running):
    def __init__(self, options: Options) -> None:
        super().__init__()
        self.reports = Reports()
        self.url = self.serve(
            (options.host, options.port),
            ReportsHandler,
            inspection=ReportsInspection(self.reports),
            reports=self.reports,
            options=options,
            stopping=self.stopping,
        )
        self.addresses = {"url": self.url}


def start(**options: Any) -> RunningSimulator:
    """Start a simulator in this process; the options are those of `Options`."""
    return RunningSimulator(Options(**options))


def _plain(status: int, words: str = "") -> Answer:
    return Answer(status, PLAIN, words.encode())
