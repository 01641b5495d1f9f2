"""The whole product as a person starts it: the demo command, its real processes, and a look at each of them.

Settings are shortened, so that a lost answer is settled within seconds instead of minutes; nothing else
differs from `make demo`. The demo dies with the process that runs the tests, however that ends.
"""

import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

import httpx
import psutil
import psycopg

from feldsher.conf.demo.folder import SOURCES, cli
from feldsher.conf.supervisor.home import free_port
from feldsher.conf.supervisor.spawn import SELF, Identity, spawn
from support.database import OPEN

START_SECONDS, STOP_SECONDS = 90.0, 30.0
BOOKING = {
    "sync_minutes": 1,
    "mis_timeout_seconds": 1.5,
    "settle_seconds": 3,
    "confirm_wait_seconds": 1.5,
    "answer_within_seconds": 20,
}
ADAPTER = {"settle_seconds": 3, "bulk_timeout": 20}
PARTS = {
    "worker": "feldsher.conf.cli worker",
    "talks": "feldsher.conf.cli talks",
    "site": "feldsher.conf.cli serve",
    "mis": "testbench.bit_umc",
    "sms": "testbench.sms_ru",
    "database": "/postgres -D",
}
_CODE = re.compile(r"Код ([0-9]{6}) для (?:записи|входа)")
_FOREIGN = ("DATABASE_", "FELDSHER_", "DJANGO_", "PYTEST_", "PG", "COV_")
_NOT_YET = (httpx.HTTPError, psutil.Error, psycopg.OperationalError, LookupError, OSError)
_Answer = TypeVar("_Answer")


def bare_environment(**variables: str) -> dict[str, str]:
    """Return the caller's environment without anything that steers the product, plus `variables`."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_FOREIGN)}
    return {**kept, "PYTHONPATH": str(SOURCES), "PYTHONUNBUFFERED": "1", **variables}


def wait_for(ask: Callable[[], _Answer], *, what: str, seconds: float = 30) -> _Answer:
    """Return the first true answer; who can't be reached has not answered yet."""
    deadline = time.monotonic() + seconds
    while True:
        with suppress(*_NOT_YET):
            if answer := ask():
                return answer
        assert time.monotonic() < deadline, f"waited {seconds:.0f} s in vain: {what}"
        time.sleep(0.05)


def living_in(folder: Path) -> list[psutil.Process]:
    """Return the processes that belong to a data folder, by their command, working folder or environment."""
    return [process for process in psutil.process_iter() if _belongs(process, str(folder))]


def is_over(process: psutil.Process) -> bool:
    """Tell whether a process has ended, though nobody may have asked for its exit code yet."""
    with suppress(psutil.NoSuchProcess):
        return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
    return True


def _belongs(process: psutil.Process, folder: str) -> bool:
    try:
        if process.pid == os.getpid() or process.status() == psutil.STATUS_ZOMBIE:
            return False
        if any(folder in part for part in process.cmdline()) or process.cwd().startswith(folder):
            return True
        return process.environ().get("FELDSHER_HOME", "").startswith(folder)
    except (psutil.Error, OSError):
        return False


class Demo:
    """One demo command on one data folder, which `start` and `stop` may do again and again."""

    def __init__(
        self, home: Path, *, arguments: tuple[str, ...] = (), identity: Identity = SELF, **variables: str
    ) -> None:
        self.home = home
        self.arguments = arguments
        self.identity = identity
        self.variables = {"FELDSHER_HOME": str(home), "FELDSHER_PORT": "0", **variables}
        self.command: subprocess.Popen[bytes] | None = None
        self._client = httpx.Client(timeout=30, trust_env=False)

    @property
    def endpoints(self) -> Path:
        return self.home / "endpoints.json"

    @property
    def output(self) -> str:
        """What the command has told the person at the terminal so far."""
        return self._output.read_text(encoding="utf-8")

    @property
    def _output(self) -> Path:
        return self.home.with_suffix(".out")

    def launch(self) -> subprocess.Popen[bytes]:
        """Start the command and return at once; one that was killed could not take its endpoints away."""
        self.endpoints.unlink(missing_ok=True)
        with self._output.open("wb") as log:
            self.command = spawn(
                cli("demo", *self.arguments),
                log=log,
                environment=bare_environment(**self.variables),
                identity=self.identity,
                by=signal.SIGTERM,
            )
        return self.command

    def start(self, seconds: float = START_SECONDS) -> float:
        """Start it and wait until all answers; returns the seconds that it took."""
        started = time.monotonic()
        command = self.launch()

        def is_ready() -> bool:
            assert command.poll() is None, f"the demo ended by itself:\n{self.output}"
            return self.endpoints.exists()

        wait_for(is_ready, what=f"the demo's start in {self.home}", seconds=seconds)
        return time.monotonic() - started

    def refused(self) -> str:
        """Start it where it can't run; returns what it says to the person."""
        code = self.launch().wait(START_SECONDS)
        assert (code, "Traceback" in self.output, self.endpoints.exists()) == (1, False, False), self.output
        return self.output

    def stop(self, *, by: signal.Signals = signal.SIGINT) -> int:
        """Ask it to stop, as Ctrl-C does; returns the exit code."""
        assert self.command is not None
        self.command.send_signal(by)
        return self.command.wait(STOP_SECONDS)

    def end(self) -> None:
        """Leave nothing behind, whatever became of the test."""
        if self.command is not None and self.command.poll() is None:
            self.command.terminate()
            with suppress(subprocess.TimeoutExpired):
                self.command.wait(STOP_SECONDS)
            self.command.kill()
            self.command.wait()
        self._client.close()
        for left in living_in(self.home):
            with suppress(psutil.NoSuchProcess):
                left.kill()

    @property
    def site(self) -> str:
        return str(self._told()["site"])

    @property
    def database(self) -> str:
        return str(self._told()["database"])

    @property
    def bench(self) -> str:
        return str(self._told()["testbench"]["bit_umc"])

    @property
    def sms(self) -> str:
        return str(self._told()["testbench"]["sms_ru"])

    def code_sent_to(self, phone: str, *, after: int = 0) -> str:
        """Return the last code that came by SMS to a phone (digits) when `after` codes had; waits for it."""

        def read() -> str:
            told = self._client.get(f"{self.sms}/_bench/state").raise_for_status().json()["messages"]
            texts = [sms["text"] for sms in told if sms["to"] == phone]
            codes = [found.group(1) for text in texts if (found := _CODE.match(text))][after:]
            return codes[-1] if codes else ""

        return wait_for(read, what=f"a code to {phone}")

    def _told(self) -> dict[str, Any]:
        return dict(json.loads(self.endpoints.read_text(encoding="utf-8")))

    def part(self, name: str) -> psutil.Process:
        """Return the process of a part (PARTS) as it runs now; LookupError while there is none."""
        assert self.command is not None
        for child in psutil.Process(self.command.pid).children():
            with suppress(psutil.NoSuchProcess):
                command = " ".join(child.cmdline())
                if PARTS[name] in command and "launch.py" not in command:
                    return child
        raise LookupError(name)

    def kill(self, name: str) -> int:
        """Kill a part as `kill -9` does; returns the number that its process had."""
        process = self.part(name)
        process.kill()
        return process.pid

    def successor(self, name: str, killed: int) -> psutil.Process:
        """Wait until the supervisor has started the part again."""

        def another() -> psutil.Process | None:
            process = self.part(name)
            return process if process.pid != killed else None

        found = wait_for(another, what=f"a new {name}")
        assert found is not None
        return found

    def state(self) -> dict[str, Any]:
        """Return what the MIS holds."""
        answer = self._client.get(f"{self.bench}/_bench/state")
        return dict(answer.raise_for_status().json())

    def book_by_phone(self, resource: str, *, start: str, end: str) -> None:
        """Let a registrar book the time inside the MIS."""
        body = {"resource": resource, "start": start, "end": end}
        self._client.post(f"{self.bench}/_bench/book", json=body).raise_for_status()

    def fault(self, name: str, **fields: Any) -> None:
        """Switch a fault of the MIS on (`times=0`: off)."""
        body = {"name": name, **fields}
        self._client.post(f"{self.bench}/_bench/faults", json=body).raise_for_status()

    def faults(self) -> list[dict[str, Any]]:
        """Return the faults that are on, but for the way in which live bases answer."""
        answer = self._client.get(f"{self.bench}/_bench/faults").raise_for_status().json()
        return [fault for fault in answer["faults"] if fault["name"] != "bare_ok"]

    def heal(self) -> None:
        """Switch all faults off."""
        for fault in self.faults():
            operation = {"operation": fault["operation"]} if fault["operation"] else {}
            self.fault(fault["name"], times=0, **operation)

    def ask(self, query: str, *values: object) -> Any:
        """Return the first value of the first row that the site's database answers, None without a row."""
        with psycopg.connect(self.database, autocommit=True, connect_timeout=5, options=OPEN) as connection:
            row = connection.execute(query, values).fetchone()
        return row[0] if row else None


@contextmanager
def folder() -> Iterator[Path]:
    """Make a place for data folders with a short path, and take it away."""
    place = Path(tempfile.mkdtemp(prefix="feldsher-e2e-"))
    try:
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)


def quick_demo(home: Path, **booking: Any) -> Demo:
    """Return a demo with shortened settings; FELDSHER_MIS names the simulator's port, so we choose it."""
    soap, bench = free_port(), free_port()
    home.mkdir(mode=0o700)
    (home / "testbench.json").write_text(json.dumps({"soap": soap, "bench": bench}), encoding="utf-8")
    mis = {
        "id": "umc",
        "kind": "bit_umc",
        "url": f"http://127.0.0.1:{soap}/umc/ws/ws1.1cws",
        "user": "demo",
        "password": "demo",
        "options": ADAPTER,
    }
    return Demo(home, FELDSHER_BOOKING=json.dumps(BOOKING | booking), FELDSHER_MIS=json.dumps([mis]))


@contextmanager
def running_product(**booking: Any) -> Iterator[Demo]:
    """Run the product and stop it as Ctrl-C does: no process and no endpoints.json may be left."""
    with folder() as place:
        demo = quick_demo(place / "home", **booking)
        try:
            demo.start()
            yield demo
            code = demo.stop()
            left = [process.cmdline() for process in living_in(demo.home)]
            assert (code, left, demo.endpoints.exists()) == (0, [], False), demo.output
        finally:
            demo.end()
