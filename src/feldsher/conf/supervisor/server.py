"""The database's supervisor: PostgreSQL as a child that comes back when killed and never outlives us.

Invariants: one supervisor per data folder (a kernel lock); port and socket stay the same for the whole run; a
killed server is back within a second; when the supervisor itself is killed the kernel ends the server; with
DATABASE_URL set nothing is started.
"""

import os
import signal
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

import psycopg

from feldsher.conf.supervisor import external, roles
from feldsher.conf.supervisor.binaries import find_postgres
from feldsher.conf.supervisor.cluster import (
    SUPERUSER,
    clear_remains,
    ensure_cluster,
    kill_remains,
    knows_utc,
    server_command,
)
from feldsher.conf.supervisor.errors import SupervisorError
from feldsher.conf.supervisor.home import FolderLock, JsonFile, free_port, generated_secrets, make_private
from feldsher.conf.supervisor.placement import Placement, discard_sockets, place
from feldsher.conf.supervisor.processes import KeptProcess, Program
from feldsher.conf.supervisor.roles import DatabaseUrls, url_of
from feldsher.conf.supervisor.spawn import clean_environment

START_SECONDS = 60.0
STOP_SIGNALS = ((signal.SIGINT, 10.0), (signal.SIGQUIT, 6.0), (signal.SIGKILL, 5.0))
"""Fast shutdown, then immediate, then the kernel's; each with the seconds it is given."""
FAILED_STARTS = 3
PASSWORDS = ("admin", "owner", "application")


class DatabaseServer:
    """A PostgreSQL server for the data folder `home`; a context manager that starts and stops it.

    `report` receives sentences of progress; `settings` are further server settings (tests use `fsync`).
    """

    def __init__(
        self, home: Path, *, report: Callable[[str], None], settings: Mapping[str, str] | None = None
    ) -> None:
        self._home = home.absolute()
        self._report = report
        self._settings = dict(settings or {})
        self._server: KeptProcess | None = None
        self._lock: FolderLock | None = None
        self._placement: Placement | None = None
        self._urls: DatabaseUrls | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def urls(self) -> DatabaseUrls:
        """The URLs that `start()` returned."""
        if self._urls is None:
            raise RuntimeError("the database is not started")
        return self._urls

    @property
    def process_id(self) -> int | None:
        """The server's main process, None when the server is not ours or not running."""
        return self._server.process_id if self._server is not None else None

    @property
    def socket_folder(self) -> Path | None:
        """Where the unix socket lies, None when the server is not ours."""
        return self._placement.sockets if self._placement is not None else None

    @property
    def log(self) -> Path:
        return self._home / "logs" / "postgres.log"

    def start(self) -> DatabaseUrls:
        """Start the server, or take the one of the environment; raises SupervisorError."""
        if (urls := external.urls_from_environment(os.environ)) is not None:
            external.examine(urls)
            self._urls = urls
            return urls
        self._home = make_private(self._home).resolve()
        make_private(self._home / "logs")
        make_private(self._home / "postgres")
        self._lock = FolderLock(self._home / "postgres" / "lock", what="a database")
        self._lock.take()
        try:
            self._urls = self._start()
        except BaseException:
            self.stop()
            raise
        return self._urls

    def stop(self) -> None:
        """Stop the server, gently first; a second call does nothing."""
        if self._server is not None:
            self._server.stop(STOP_SIGNALS)
        if self._placement is not None:
            discard_sockets(JsonFile(self._home / "postgres" / "state.json"))
        self._server = self._placement = None
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    def _start(self) -> DatabaseUrls:
        placement = self._placement = place(self._home, find_postgres())
        passwords = self._passwords(placement)
        clear_remains(placement)
        ensure_cluster(placement, password=passwords["admin"], report=self._report)
        state = JsonFile(self._home / "postgres" / "state.json")
        port = free_port(remembered=state.read().get("port"))
        state.update(port=port)
        zone = None if knows_utc(placement) else "GMT"
        settings = ({"timezone": zone} if zone else {}) | self._settings
        program = Program(
            tuple(server_command(placement, port=port, settings=settings)),
            clean_environment(),
            placement.identity,
            signal.SIGQUIT,
        )
        self._server = KeptProcess(
            "database",
            program=program,
            log=self.log,
            report=self._report,
            after_exit=lambda _: kill_remains(placement),
        )
        self._server.start()
        admin = url_of(SUPERUSER, password=passwords["admin"], port=port, database="postgres")
        self._wait(admin, server=self._server)
        roles.bootstrap(
            admin, owner_password=passwords["owner"], application_password=passwords["application"]
        )
        state.update(zone=zone)
        return _urls(passwords, port=port, zone=zone)

    def _passwords(self, placement: Placement) -> dict[str, str]:
        path = self._home / "postgres" / "passwords.json"
        if placement.data.exists() and not path.exists():
            raise SupervisorError(
                "passwords_lost",
                f"{path} is missing, so that nobody can log in to the database in {placement.base}; "
                "bring the file back from a copy, or choose another folder with FELDSHER_HOME",
            )
        return generated_secrets(path, PASSWORDS)

    def _wait(self, url: str, *, server: KeptProcess) -> None:
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                psycopg.connect(url, connect_timeout=2).close()
            except psycopg.OperationalError as error:
                if server.starts > FAILED_STARTS or time.monotonic() > deadline:
                    raise SupervisorError(
                        "database_does_not_start",
                        f"PostgreSQL does not start: {_last_line(self.log) or error}",
                        log=self.log,
                    ) from error
                time.sleep(0.02)
            else:
                return


def running_urls(home: Path) -> DatabaseUrls | None:
    """Return the URLs of the server that another process runs for this data folder, None if there is none."""
    folder = home / "postgres"
    if not (folder / "passwords.json").exists():
        return None
    lock = FolderLock(folder / "lock", what="a database")
    try:
        lock.take()
    except SupervisorError:
        state = JsonFile(folder / "state.json").read()
        passwords = generated_secrets(folder / "passwords.json", PASSWORDS)
        return _urls(passwords, port=int(state["port"]), zone=state.get("zone"))
    lock.release()
    return None


def _urls(passwords: Mapping[str, str], *, port: int, zone: str | None) -> DatabaseUrls:
    return DatabaseUrls(
        owner=url_of(roles.OWNER, password=passwords["owner"], port=port),
        application=url_of(roles.APPLICATION, password=passwords["application"], port=port),
        admin=url_of(SUPERUSER, password=passwords["admin"], port=port),
        zone=zone,
    )


def _last_line(log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    fatal = [line for line in lines[-20:] if "FATAL" in line]
    return (fatal or lines or [""])[-1][:300]
