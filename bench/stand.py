"""What is measured: a PostgreSQL of our own with the settings of production, and the site on one core.

The caller (load, pgbench) and PostgreSQL share the last core, the site has the first one to itself.
"""

import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import psycopg
from clinic import MIS, Clinic

from feldsher.conf.demo.folder import cli, program_environment
from feldsher.conf.supervisor import DatabaseServer, DatabaseUrls
from feldsher.conf.supervisor.binaries import find_postgres
from feldsher.conf.supervisor.home import free_port
from feldsher.conf.supervisor.spawn import command_line

FOLDER = Path(__file__).resolve().parent
START_SECONDS = 60
HOST = "127.0.0.1"
SITE_CORE, *_, LOAD_CORE = sorted(os.sched_getaffinity(0)) * 2
"""The sites' core, and that of the database and the load; the same where there is one only."""


@dataclass(frozen=True, slots=True)
class Stand:
    """A running database and site; `database` is the application role's URL, `owner` the owner's."""

    database: str
    owner: str
    clinic: Clinic
    address: tuple[str, int]
    site: psutil.Process

    @property
    def pgbench(self) -> str:
        return find_postgres().program("pgbench")

    def site_seconds(self) -> float:
        """Return the processor time that the site has used so far."""
        family = [self.site, *self.site.children(recursive=True)]
        return sum(sum(process.cpu_times()[:2]) for process in family)

    def refresh(self) -> None:
        """Say that the mirror is fresh: the bench may take longer than the freshness limit."""
        with psycopg.connect(self.owner, autocommit=True) as owner:
            owner.execute("UPDATE scheduling_sync_status SET as_of = clock_timestamp() WHERE mis = %s", [MIS])

    def held(self) -> int:
        """Return how many times are held now."""
        with psycopg.connect(self.owner, autocommit=True) as owner:
            row = owner.execute("SELECT count(*) FROM scheduling_appointment WHERE state = 'held'").fetchone()
            return int(row[0]) if row else 0


@contextmanager
def stand(clinic: Clinic) -> Iterator[Stand]:
    """Start database and site, filled with the clinic; stops both in the end."""
    with own_database() as (urls, environment):
        os.environ.update(environment)
        _fill(clinic, urls.owner)
        port = free_port()
        environment |= {"FELDSHER_HOST": HOST, "FELDSHER_PORT": str(port)}
        with running(cli("serve", "--workers", "1"), (HOST, port), environment) as site:
            yield Stand(urls.application, urls.owner, clinic, (HOST, port), site)


@contextmanager
def own_database() -> Iterator[tuple[DatabaseUrls, dict[str, str]]]:
    """Start a database with the product's tables; yields its URLs and the environment of whoever uses it.

    It is the bench's own, never somebody's, and works on the core of the load, where this process goes too.
    """
    os.sched_setaffinity(0, {LOAD_CORE})
    for name in ("DATABASE_URL", "DATABASE_OWNER_URL"):
        os.environ.pop(name, None)
    with (
        tempfile.TemporaryDirectory(prefix="feldsher-bench-") as home,
        DatabaseServer(Path(home), report=lambda _: None) as server,
    ):
        environment = program_environment(
            **server.urls.environment(),
            DJANGO_SETTINGS_MODULE="feldsher.conf.settings",
            FELDSHER_SECRET=secrets.token_hex(32),
        )
        subprocess.run(cli("migrate"), env=environment, check=True, capture_output=True)  # noqa: S603 - our own command
        yield server.urls, environment


@contextmanager
def running(
    command: list[str], address: tuple[str, int], environment: dict[str, str]
) -> Iterator[psutil.Process]:
    """Run a site on the core of sites; yields once it answers, and stops it in the end."""
    serve = command_line(command, by=signal.SIGTERM)
    site = subprocess.Popen(serve, env=environment)  # noqa: S603 - our own command; it ends with us
    try:
        os.sched_setaffinity(site.pid, {SITE_CORE})
        _wait(address, site)
        yield psutil.Process(site.pid)
    finally:
        site.terminate()
        site.wait(20)


def pgbench_environment(url: str) -> dict[str, str]:
    """Return the variables with which PostgreSQL's own tools log in."""
    parts = urlsplit(url)
    return {
        "PATH": os.environ["PATH"],
        "PGHOST": str(parts.hostname),
        "PGPORT": str(parts.port),
        "PGUSER": str(parts.username),
        "PGPASSWORD": str(parts.password),
        "PGDATABASE": parts.path.lstrip("/"),
    }


def _fill(clinic: Clinic, owner_url: str) -> None:
    import django  # noqa: PLC0415 - needs the database's address in the environment

    django.setup()
    from feldsher.domain.scheduling import mirror  # noqa: PLC0415 - as above

    mirror.write(MIS, rows=clinic.rows(), covered=clinic.covered())
    with psycopg.connect(owner_url, autocommit=True) as owner:
        for name in ("reference_tables.sql", "sync_reference_tables.sql"):
            owner.execute((FOLDER / name).read_text(encoding="utf-8"))
        owner.execute("GRANT ALL ON reference_day, reference_visit, sync_reference TO PUBLIC")
        cursor = psycopg.ClientCursor(owner)
        for name in ("seed.sql", "directory.sql"):
            cursor.execute(
                (FOLDER / name).read_text(encoding="utf-8"),
                {"doctors": clinic.doctors, "first": clinic.first},
            )
        owner.execute("VACUUM ANALYZE")


def _wait(address: tuple[str, int], site: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and site.poll() is None:
        try:
            with socket.create_connection(address, timeout=5) as connection:
                connection.sendall(b"GET /api/v1/locations HTTP/1.1\r\nHost: localhost\r\n\r\n")
                if connection.recv(100).startswith(b"HTTP/1.1 200"):
                    return
        except OSError:
            time.sleep(0.1)
    sys.exit("the site does not start")
