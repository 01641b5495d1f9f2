"""The sample clinic over HTTP, with faults, and an inspection API under `/_bench/` on the same port."""

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar

from testbench.bit_umc.web import Answer, Handler, Server
from testbench.plain.clinic import Clinic, Json, RefusedError
from testbench.plain.demo_data import fill

SECRET = "demo-secret-of-a-stand-in"  # noqa: S105 - printed in its docs
JSON, HTML = "application/json; charset=utf-8", "text/html; charset=utf-8"
NO_SUCH_METHOD = 405
CALLS = {"PUT": "book", "DELETE": "cancel"}
BEFORE = {"http_500", "at_the_door", "clerk_race", "slow"}
AFTER = {"commit_then_drop", "commit_late", "commit_then_500", "garbage", "empty", "partial", "wrong_zone"}


@dataclass(frozen=True, slots=True)
class Options:
    """Port 0 lets the system choose; `path` is the database's file."""

    host: str = "127.0.0.1"
    port: int = 0
    secret: str = SECRET
    path: Path | str = ":memory:"


@dataclass(slots=True)
class Fault:
    """Strikes calls of `operation` (book, cancel, visit, free, directory, changes), `times` of them.

    `delay` is seconds, of `slow` and `commit_late`; `status` is that of `at_the_door`.
    """

    name: str
    operation: str
    times: int = 1
    delay: float = 1.0
    status: int = 404

    def __post_init__(self) -> None:
        if self.name not in BEFORE | AFTER:
            raise ValueError(f"no fault is named {self.name!r}")


@dataclass(slots=True)
class Faults:
    listed: list[Fault] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def put(self, fault: Fault) -> None:
        with self.lock:
            self.listed.append(fault)

    def draw(self, operation: str, among: set[str]) -> Fault | None:
        with self.lock:
            for fault in self.listed:
                if fault.times > 0 and fault.operation == operation and fault.name in among:
                    fault.times -= 1
                    return fault
        return None

    def clear(self) -> None:
        with self.lock:
            self.listed.clear()


class RunningSimulator:
    """A simulator at work. `stop` ends it and is safe to repeat."""

    def __init__(self, options: Options) -> None:
        self.clinic = Clinic(options.secret, path=options.path)
        with self.clinic.writing() as db:
            if not db.execute("SELECT 1 FROM branch").fetchone():
                fill(db, today=datetime.now(tz=UTC).date())
        self.faults = Faults()
        self._stopping = threading.Event()
        bound = {"clinic": self.clinic, "faults": self.faults, "stopping": self._stopping}
        self._server = Server((options.host, options.port), type("BoundHandler", (PlainHandler,), bound))
        self.url = self._server.url()
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    def stop(self) -> None:
        if self._stopping.is_set():
            return
        self._stopping.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(timeout=5)


def start(**options: Any) -> RunningSimulator:
    """Start a simulator in this process; the options are those of `Options`."""
    return RunningSimulator(Options(**options))


class PlainHandler(Handler):
    server_version = "plain-stand-in"
    clinic: ClassVar[Clinic]
    faults: ClassVar[Faults]
    stopping: ClassVar[threading.Event]

    def do_GET(self) -> None:  # noqa: N802 - named by http.server
        if self.route == "/_bench/state":
            self._tell(200, {"visits": self.clinic.visits()})
        else:
            self.do_PUT()

    def do_PUT(self) -> None:  # noqa: N802 - named by http.server
        body = self.body() if "Content-Length" in self.headers else b""
        if body is not None:
            self._call(body)

    do_DELETE = do_OPTIONS = do_PATCH = do_QUERY = do_TRACE = do_PUT  # noqa: N815 - named by http.server

    def do_POST(self) -> None:  # noqa: N802 - named by http.server
        body = self.body()
        if body is None:
            return
        if not self.route.startswith("/_bench/"):
            self._call(body)
            return
        try:
            self._tell(200, self._bench(self.route.removeprefix("/_bench/"), json.loads(body)))
        except RefusedError as refused:
            self._tell(409, {"code": refused.code})
        except (KeyError, TypeError, ValueError) as error:
            self._tell(400, {"code": "bad_command", "message": str(error)})

    def _bench(self, command: str, values: Json) -> Json:
        """Do what a registrar does, or switch faults."""
        commands: dict[str, Callable[..., Any]] = {
            "book": self.clinic.clerk_books,
            "move": self.clinic.clerk_moves,
            "cancel": self.clinic.clerk_cancels,
            "faults": lambda **fields: self.faults.put(Fault(**fields)),
            "well": self.faults.clear,
        }
        return {"result": commands[command](**values)}

    def _call(self, body: bytes) -> None:
        """Answer one call of the contract; what strikes before it leaves nothing written."""
        operation = CALLS.get(self.command, self.route.strip("/").split("/")[0].replace("visits", "visit"))
        struck = self.faults.draw(operation, BEFORE)
        if struck is not None and struck.name == "slow":
            self.stopping.wait(struck.delay)
        elif struck is not None and struck.name == "clerk_race":
            self._race(body)
        elif struck is not None:
            status = struck.status if struck.name == "at_the_door" else 500
            self.respond(Answer(status, HTML, b"<html><body>nginx</body></html>"))
            return
        struck = self.faults.draw(operation, AFTER)
        if struck is not None and struck.name == "commit_late":
            self.close_connection = True
            self.connection.shutdown(1)  # the caller is told nothing, and it is written all the same, later
            self.stopping.wait(struck.delay)
            self._answer(body)
            return
        status, told = self._answer(body)
        if struck is None:
            self._tell(status, told)
        else:
            self._mangle(struck.name, status, told)

    def _answer(self, body: bytes) -> tuple[int, Json]:
        return self.clinic.answer(
            self.command, self.path, secret=self.headers.get("X-Api-Key", ""), body=body
        )

    def _mangle(self, name: str, status: int, told: Json) -> None:
        if name == "commit_then_drop":
            self.close_connection = True
        elif name == "commit_then_500":
            self._tell(500, {"code": "broken"})
        elif name == "garbage":
            self.respond(Answer(200, HTML, b"<html><body>Welcome</body></html>"))
        elif name == "empty":
            self._tell(status, {key: [] if isinstance(value, list) else value for key, value in told.items()})
        elif name == "partial":
            self._tell(status, told | {"complete": False, "schedules": told["schedules"][1:]})
        elif name == "wrong_zone":
            moved = [one | {"zone": "Asia/Kamchatka"} for one in told["schedules"]]
            self._tell(status, told | {"schedules": moved})

    def _race(self, body: bytes) -> None:
        """Let a registrar take the time that is about to be booked."""
        order = json.loads(body)
        self.clinic.clerk_books(order["doctor"], order["branch"], order["begin"], order["minutes"])

    def _tell(self, status: int, value: object) -> None:
        headers = {"Allow": ", ".join(self.clinic.methods(self.path))} if status == NO_SUCH_METHOD else {}
        self.respond(Answer(status, JSON, json.dumps(value, ensure_ascii=False).encode()), **headers)
