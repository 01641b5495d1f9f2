"""Servers on folders of their own; the shared one is for tests that only look."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest

from feldsher.conf.supervisor import DatabaseServer

SOURCES = Path(__file__).resolve().parents[3] / "src"
FAST = {"fsync": "off"}


def silent(_: str) -> None:
    """Stand in for the person who reads progress."""


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DatabaseServer]:
    """A running server that no test stops or kills."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("DATABASE_URL", "DATABASE_OWNER_URL"):
            patch.delenv(name, raising=False)
        server = DatabaseServer(tmp_path_factory.mktemp("home"), report=silent, settings=FAST)
        server.start()
    yield server
    server.stop()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[DatabaseServer]:
    """A server that is not started yet; stopped whatever happens."""
    made = DatabaseServer(tmp_path / "home", report=silent, settings=FAST)
    yield made
    made.stop()


def answer(url: str, query: str = "SELECT 1") -> Any:
    with psycopg.connect(url, connect_timeout=5, autocommit=True) as connection:
        row = connection.execute(query).fetchone()  # type: ignore[arg-type]
    return row[0] if row else None


def keep_seven(url: str) -> None:
    """Write a row that a later start must find."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 7 AS n")


def wait_for(condition: Callable[[], bool], *, seconds: float = 10) -> None:
    """Wait until it holds; a condition that raises a database's error does not hold yet."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            if condition():
                return
        except (psycopg.OperationalError, psutil.NoSuchProcess):
            pass
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)


def processes_in(folder: Path) -> list[int]:
    """Return the processes that work in the folder, such as each PostgreSQL process in its cluster."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.cwd() == str(folder) and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process.pid)
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
    return found


@pytest.fixture
def run_python() -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Start scripts that find the product; what still runs at the end is killed."""
    started: list[subprocess.Popen[str]] = []

    def start(*command: str) -> subprocess.Popen[str]:
        started.append(subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.communicate()


def python(script: str, *arguments: str) -> list[str]:
    """Return the command line of a script that finds the product."""
    return [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(SOURCES)!r})\n{script}", *arguments]
