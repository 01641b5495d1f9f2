"""What a demo and an installation share: parts that start in their order and run until Ctrl-C.

Each part is a process of its own, so that each can be killed and comes back, as in production.
`endpoints.json` is written when all of it answers and removed when it stops: whoever waits for the file needs
no other sign.
"""

import os
import signal
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from types import FrameType
from typing import Final, NoReturn
from urllib.parse import urlsplit

import httpx
import psycopg

from feldsher.conf.demo.folder import Address, cli
from feldsher.conf.demo.progress import Progress
from feldsher.conf.kinds import KINDS
from feldsher.conf.site_url import wire_host
from feldsher.conf.supervisor import ProcessGroup, SupervisorError
from feldsher.conf.supervisor.home import FolderLock, make_private
from feldsher.conf.supervisor.processes import KeptProcess
from feldsher.conf.supervisor.spawn import spawn
from feldsher.foundation.modules import BOOKING

READY_SECONDS = 90.0
LOCK: Final = "demo.lock"
FAILED_STARTS: Final = 3
_STOPS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class StopRequest(BaseException):
    """Ctrl-C, SIGTERM or a closed terminal: not an error, so that no handler of errors catches it."""


def in_foreground(run: Callable[[], object], *, progress: Progress) -> bool:
    """Run; returns whether it came to its end before Ctrl-C, SIGTERM or the end of the terminal."""

    def stop(number: int, frame: FrameType | None) -> NoReturn:
        ignore_stop_signals()
        raise StopRequest(number, frame)

    for number in _STOPS:
        signal.signal(number, stop)
    try:
        run()
    except StopRequest:
        progress.say("stopped")
        return False
    return True


def ignore_stop_signals() -> None:
    """From here on stopping is under way: a second Ctrl-C must not leave half of it behind."""
    for number in _STOPS:
        signal.signal(number, signal.SIG_IGN)


def until_stopped(start: Callable[[ExitStack], None]) -> NoReturn:
    """Start all, and wait; ends by StopRequest or SupervisorError, with all that the stack holds undone."""
    with ExitStack() as stack:
        try:
            start(stack)
            while True:
                signal.pause()
        finally:
            ignore_stop_signals()


def take_folder(home: Path, stack: ExitStack, *, what: str, chosen_by: str) -> Path:
    """Hold the data folder for this run alone; returns the path of its `endpoints.json`, which is gone."""
    stack.enter_context(FolderLock(make_private(home) / LOCK, what=what, chosen_by=chosen_by))
    endpoints = home / "endpoints.json"
    endpoints.unlink(missing_ok=True)
    stack.callback(endpoints.unlink, missing_ok=True)
    return endpoints


def to_the_end(
    name: str, environment: Mapping[str, str], *, logs: Path, arguments: tuple[str, ...] | None = None
) -> None:
    """Run one of our commands to its end; its output goes to the log. Raises SupervisorError."""
    path = logs / f"{name}.log"
    with path.open("wb") as log:
        process = spawn(cli(*(arguments or (name,))), log=log, environment=environment)
        try:
            code = process.wait()
        except BaseException:
            process.kill()
            process.wait()
            raise
    if code:
        raise SupervisorError(f"{name}_failed", f"the step `{name}` failed: {last_line(path)}", log=path)


def start_product(group: ProcessGroup, environment: Mapping[str, str], *, address: Address) -> None:
    """Start worker, site and talks, and wait until the first two are up."""
    # Neither may ever act as the tables' owner.
    environment = {name: value for name, value in environment.items() if name != "DATABASE_OWNER_URL"}
    with psycopg.connect(environment["DATABASE_URL"], autocommit=True) as connection:
        row = connection.execute("SELECT coalesce(max(id), 0) FROM procrastinate_workers").fetchone()
        # A worker that is asked to end says so to the database, and would wait for one that is gone too.
        worker = group.start("worker", cli("worker"), environment=environment, dies_by=signal.SIGKILL)
        workers = str(min(2, os.cpu_count() or 1))
        site = group.start("site", cli("serve", "--workers", workers), environment=environment)
        earlier = row[0] if row else 0

        def worker_is_up() -> bool:
            later = "SELECT EXISTS (SELECT 1 FROM procrastinate_workers WHERE id > %s)"
            return connection.execute(later, [earlier]).fetchone() == (True,)

        wait_until(lambda: answers(address, readers_host=_readers_host(environment)), site)
        wait_until(worker_is_up, worker)
        # Bookings go faster with it and as well without: nobody waits for it to load.
        if BOOKING in KINDS[environment.get("FELDSHER_KIND", BOOKING)]:
            group.start("talks", cli("talks"), environment=environment, dies_by=signal.SIGKILL)


def _readers_host(environment: Mapping[str, str]) -> str:
    """Return the host that readers of the site ask for; raises SupervisorError where its address is none."""
    url = environment["FELDSHER_SITE_URL"]
    try:
        return wire_host(urlsplit(url))
    except ValueError as error:
        raise SupervisorError(
            "bad_environment", f"FELDSHER_SITE_URL={url} is no address; an example: https://clinic.example"
        ) from error


def answers(address: Address, *, readers_host: str) -> bool:
    """Return whether the site shows its home page, under its readers' name or this machine's.

    Raises SupervisorError where it knows neither: nobody could read it then.
    """
    codes = [status_of(address.url, host=host) for host in (readers_host, "")]
    if codes == [httpx.codes.BAD_REQUEST] * 2:
        raise SupervisorError(
            "host_refused", f"the site refuses its own name {readers_host}: put that into FELDSHER_HOSTS"
        )
    return any(_is_good(code) for code in codes)


def responds(url: str) -> bool:
    """Return whether the address answers, and with no error."""
    return _is_good(status_of(url))


def _is_good(code: int) -> bool:
    return 0 < code < httpx.codes.BAD_REQUEST


def status_of(url: str, *, host: str = "") -> int:
    """Return what an address answers to whoever asks for `host` there, 0 for nothing; no proxy is asked."""
    try:
        return httpx.get(url, headers={"Host": host} if host else {}, timeout=5, trust_env=False).status_code
    except httpx.HTTPError:
        return 0


def wait_until(condition: Callable[[], bool], kept: KeptProcess) -> None:
    """Wait until the child answers; raises SupervisorError when it keeps ending or never does."""
    deadline = time.monotonic() + READY_SECONDS
    while not condition():
        if kept.starts > FAILED_STARTS:
            raise SupervisorError(
                "does_not_start", f"{kept.name} does not start: {last_line(kept.log)}", log=kept.log
            )
        if time.monotonic() > deadline:
            raise SupervisorError(
                "does_not_answer", f"{kept.name} did not answer within {READY_SECONDS:.0f} s", log=kept.log
            )
        time.sleep(0.05)


def last_line(path: Path) -> str:
    """Return the last line of a log, where Python and our programs say what went wrong."""
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    except OSError:
        lines = []
    return lines[-1][:300] if lines else "it wrote nothing"
