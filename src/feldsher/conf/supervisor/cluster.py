"""The cluster on disk: made once and whole, found again, cleaned of what a killed server left.

Text sorts by code point and changes case by Unicode (`C.UTF-8`), the same on each machine, without ICU.
"""

import os
import re
import secrets
import shutil
import signal
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from feldsher.conf.supervisor.errors import SupervisorError
from feldsher.conf.supervisor.home import write_private
from feldsher.conf.supervisor.placement import Placement
from feldsher.conf.supervisor.spawn import run

SUPERUSER = "postgres"
FIRST_WITH_BUILTIN_LOCALE = 17
DYING_SECONDS = 6.0
"""How long a server may take to end after SIGQUIT (it kills its own children after 5 s)."""


def ensure_cluster(placement: Placement, *, password: str, report: Callable[[str], None]) -> None:
    """Make the cluster if there is none; raises `other_version`, `no_space`, `initdb_failed`."""
    version_file = placement.data / "PG_VERSION"
    if version_file.exists():
        made_by = version_file.read_text(encoding="ascii").strip()
        if made_by != str(placement.postgres.major):
            raise SupervisorError(
                "other_version",
                f"the database in {placement.base} was made by PostgreSQL {made_by}, but here runs "
                f"{placement.postgres.major}; use that version again (FELDSHER_POSTGRES_BIN) "
                "or choose another folder with FELDSHER_HOME",
            )
        return
    report(f"database: first start, making a PostgreSQL {placement.postgres.major} cluster")
    _make(placement, password=password)


def _make(placement: Placement, *, password: str) -> None:
    draft = placement.base / "data.draft"
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(mode=0o700)
    placement.identity.give(draft)
    password_file = placement.base / f"password-{secrets.token_hex(4)}"
    write_private(password_file, password)
    placement.identity.give(password_file)
    command = [placement.postgres.program("initdb"), "--pgdata", str(draft), "--username", SUPERUSER]
    command += ["--pwfile", str(password_file), "--auth", "scram-sha-256", "--encoding", "UTF8"]
    try:
        for locale in _locales(placement.postgres.major):
            answer = run([*command, *locale], identity=placement.identity)
            if answer.returncode == 0:
                draft.rename(placement.data)
                return
    finally:
        password_file.unlink()
        shutil.rmtree(draft, ignore_errors=True)
    if "No space left" in answer.stdout:
        raise SupervisorError("no_space", f"the disk of {placement.base} is full; free at least 100 MB")
    reason = answer.stdout.strip().splitlines()[-1:] or ["no output"]
    raise SupervisorError(
        "initdb_failed", f"PostgreSQL could not make a cluster in {placement.base}: {reason[0]}"
    )


def _locales(major: int) -> list[list[str]]:
    if major >= FIRST_WITH_BUILTIN_LOCALE:
        return [["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]]
    return [["--locale=C.UTF-8"], ["--locale=C.utf8"], ["--locale=C"]]


def server_command(placement: Placement, *, port: int, settings: Mapping[str, str]) -> list[str]:
    """Return the server's command line: settings live in code, not in the cluster, so that they never drift.

    The log takes no statement texts, parameters or key values: they may hold personal data.
    """
    options = {
        "listen_addresses": "127.0.0.1",
        "port": str(port),
        "unix_socket_directories": str(placement.sockets),
        "unix_socket_permissions": "0700",
        "max_connections": "200",
        "jit": "off",
        "timezone": "UTC",
        "log_timezone": "GMT",
        "password_encryption": "scram-sha-256",
        "log_error_verbosity": "terse",
        "log_min_error_statement": "panic",
        "log_parameter_max_length": "0",
        "log_parameter_max_length_on_error": "0",
        **settings,
    }
    command = [placement.postgres.program("postgres"), "-D", str(placement.data)]
    for name, value in options.items():
        command += ["-c", f"{name}={value}"]
    return command


def knows_utc(placement: Placement) -> bool:
    """Return whether the server finds the zone UTC: the wheel reads the machine's zone files."""
    command = [placement.postgres.program("postgres"), "-D", str(placement.data)]
    answer = run([*command, "-c", "timezone=UTC", "-C", "timezone"], identity=placement.identity)
    return answer.returncode == 0


def clear_remains(placement: Placement) -> None:
    """End what is left of a server whose supervisor was killed, then remove its stale pid file.

    The caller holds the folder's lock, so that no living supervisor owns these processes.
    """
    deadline = time.monotonic() + DYING_SECONDS
    for process in _processes_in(placement.data):
        with suppress(ProcessLookupError):
            os.kill(process, signal.SIGQUIT)
    while any(_processes_in(placement.data)) and time.monotonic() < deadline:
        time.sleep(0.02)
    kill_remains(placement)
    with suppress(FileNotFoundError):
        (placement.data / "postmaster.pid").unlink()


def kill_remains(placement: Placement) -> None:
    """Kill each process that works in the cluster: backends outlive a killed server while they are busy."""
    while left := list(_processes_in(placement.data)):
        for process in left:
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        time.sleep(0.01)


def _processes_in(data: Path) -> Iterator[int]:
    """Yield the processes whose working folder is the cluster: each PostgreSQL process, and nobody else."""
    wanted = str(data)
    for entry in Path("/proc").iterdir():
        if re.fullmatch(r"\d+", entry.name):
            with suppress(OSError):
                if str((entry / "cwd").readlink()) == wanted and _alive(entry):
                    yield int(entry.name)


def _alive(entry: Path) -> bool:
    state = (entry / "stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()[0]
    return state not in {"Z", "X"}
