"""Start a child through `launch.py`.

Invariants of each child: it dies with the thread that started it (so that thread must live as long as the
child), it has a session of its own (Ctrl-C in the terminal reaches the supervisor alone), and it inherits no
descriptor but its log.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

LAUNCHER = Path(__file__).with_name("launch.py")


@dataclass(frozen=True, slots=True)
class Identity:
    """Whom a child runs as: `self`, `namespace`, or `UID:GID` with these numbers."""

    kind: str = "self"
    user: int = -1
    group: int = -1

    @property
    def argument(self) -> str:
        return f"{self.user}:{self.group}" if self.kind == "user" else self.kind

    def give(self, path: Path) -> None:
        """Make the identity the owner of a file that we created for it."""
        if self.kind == "user":
            os.chown(path, self.user, self.group)


SELF = Identity()


def command_line(
    command: Sequence[str], *, identity: Identity = SELF, by: signal.Signals = signal.SIGKILL
) -> list[str]:
    """Wrap the command (absolute path first) so that it takes the identity and dies with us by the signal."""
    return [
        *(sys.executable, "-I", "-S", str(LAUNCHER)),
        *(str(os.getpid()), str(int(by)), identity.argument),
        *command,
    ]


def spawn(
    command: Sequence[str],
    *,
    log: IO[bytes],
    environment: Mapping[str, str],
    identity: Identity = SELF,
    by: signal.Signals = signal.SIGTERM,
) -> subprocess.Popen[bytes]:
    """Start a long-lived child; its output goes to the log."""
    return subprocess.Popen(  # noqa: S603 - our own argument list, no shell
        command_line(command, identity=identity, by=by),
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=subprocess.STDOUT,
        env=dict(environment),
        start_new_session=True,
    )


def run(
    command: Sequence[str], *, identity: Identity = SELF, seconds: float = 60
) -> subprocess.CompletedProcess[str]:
    """Run a short command to its end; both streams are in `stdout`; its exit code raises nothing."""
    return subprocess.run(  # noqa: S603 - our own argument list, no shell
        command_line(command, identity=identity),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        timeout=seconds,
        check=False,
        env=clean_environment(),
    )


def clean_environment() -> dict[str, str]:
    """Return what PostgreSQL's programs may see: no PG* of the caller (PGDATA, PGPORT, PGOPTIONS, PGTZ…)."""
    kept = {name: value for name, value in os.environ.items() if name in {"PATH", "TMPDIR", "HOME"}}
    return {**kept, "LC_ALL": "C"}
