"""The sample clinic over HTTP, with faults, and the inspection API under `/_bench/` on the same port."""

import json
import threading
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from testbench.clock import Clock, utc_now
from testbench.inspection import PLACE, InspectionHandler
from testbench.plain.clinic import Clinic, Json, RefusedError
from testbench.plain.demo_data import fill
from testbench.plain.faults import Faults
from testbench.plain.inspection import ClinicInspection
from testbench.running import Running
from testbench.web import HTML, Answer, as_json

SECRET = "demo-secret-of-a-stand-in"  # noqa: S105 - printed in its docs
NO_SUCH_METHOD = 405
OPERATIONS = {"PUT": "book", "DELETE": "cancel"}


@dataclass(frozen=True, slots=True)
class Options:
    """Port 0 lets the system choose; `path` is the database's file, `clock` tells the first day of work."""

    host: str = "127.0.0.1"
    port: int = 0
    secret: str = SECRET
    path: Path | str = ":memory:"
    clock: Clock = utc_now


class RunningSimulator(Running):
    def __init__(self, options: Options) -> None:
        super().__init__()
        self.faults = Faults()
        self.clinic = Clinic(options.secret, path=options.path)
        with self.clinic.writing() as db:
            if not db.execute("SELECT 1 FROM branch").fetchone():
                fill(db, today=options.clock().date())
        self.url = self.serve(
            (options.host, options.port),
            PlainHandler,
            clinic=self.clinic,
            faults=self.faults,
            inspection=ClinicInspection(self.clinic, self.faults),
            stopping=self.stopping,
        )
        self.addresses = {"url": self.url}


def start(**options: Any) -> RunningSimulator:
    """Start a simulator in this process; the options are those of `Options`."""
    return RunningSimulator(Options(**options))


class PlainHandler(InspectionHandler):
    server_version = "plain-stand-in"
    clinic: ClassVar[Clinic]
    faults: ClassVar[Faults]
    stopping: ClassVar[threading.Event]

    def do_GET(self) -> None:  # noqa: N802 - named by http.server
        if self.route.startswith(PLACE):
            super().do_GET()
        else:
            self.do_PUT()

    def do_POST(self) -> None:  # noqa: N802 - named by http.server
        if self.route.startswith(PLACE):
            super().do_POST()
            return
        body = self.body()
        if body is not None:
            self._call(body)

    def do_PUT(self) -> None:  # noqa: N802 - named by http.server
        body = self.body() if "Content-Length" in self.headers else b""
        if body is not None:
            self._call(body)

    do_DELETE = do_OPTIONS = do_PATCH = do_QUERY = do_TRACE = do_PUT  # noqa: N815 - named by http.server

    def _call(self, body: bytes) -> None:
        """Answer one call of the contract; what strikes before it leaves nothing written."""
        place = self.route.strip("/").split("/")[0].replace("visits", "visit")
        operation = OPERATIONS.get(self.command, place)
        spoilt = self._spoilt_before(operation, body)
        if spoilt is not None:
            self.respond(spoilt)
            return
        late = self.faults.draw("commit_late", operation)
        if late is not None:
            self.close_connection = True
            self.connection.shutdown(1)  # the caller is told nothing, and it is written all the same, later
            self.stopping.wait(late.delay)
            self._answer(body)
            return
        status, told = self._answer(body)
        if self.faults.draw("commit_then_drop", operation):
            self.respond(None)
        elif self.faults.draw("commit_then_500", operation):
            self.respond(as_json({"code": "broken"}, status=500))
        elif self.faults.draw("garbage", operation):
            self.respond(Answer(200, HTML, b"<html><body>Welcome</body></html>"))
        else:
            self._tell(status, self._mangled(operation, told))

    def _spoilt_before(self, operation: str, body: bytes) -> Answer | None:
        """Return the answer of a fault that strikes before anything is done."""
        slow = self.faults.draw("slow", operation)
        if slow is not None:
            self.stopping.wait(slow.delay)
        if self.faults.draw("clerk_race", operation):
            order = json.loads(body)
            with suppress(RefusedError):  # somebody has it already, which is what the race is for
                self.clinic.clerk_books(order["doctor"], order["branch"], order["begin"], order["minutes"])
        door = self.faults.draw("at_the_door", operation)
        if door is None and not self.faults.draw("http_500", operation):
            return None
        return Answer(500 if door is None else door.status, HTML, b"<html><body>nginx</body></html>")

    def _answer(self, body: bytes) -> tuple[int, Json]:
        return self.clinic.answer(
            self.command, self.path, secret=self.headers.get("X-Api-Key", ""), body=body
        )

    def _mangled(self, operation: str, told: Json) -> Json:
        if self.faults.draw("empty", operation):
            told = {key: [] if isinstance(value, list) else value for key, value in told.items()}
        if self.faults.draw("partial", operation):
            told = told | {"complete": False, "schedules": told["schedules"][1:]}
        if self.faults.draw("wrong_zone", operation):
            told = told | {"schedules": [one | {"zone": "Asia/Kamchatka"} for one in told["schedules"]]}
        return told

    def _tell(self, status: int, value: Json) -> None:
        headers = {"Allow": ", ".join(self.clinic.methods(self.path))} if status == NO_SUCH_METHOD else {}
        self.respond(as_json(value, status=status), **headers)
