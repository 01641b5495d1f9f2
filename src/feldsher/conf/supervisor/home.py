"""The data folder: made private, locked against a second copy, with generated secrets and remembered places.

The lock is the kernel's (`flock`): it ends with the process however that ends, and works between containers
that share the folder, where a process number means nothing.
"""

import errno
import fcntl
import json
import os
import secrets
import socket
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from feldsher.conf.supervisor.errors import SupervisorError

PRIVATE_FOLDER = 0o700
PRIVATE_FILE = 0o600


def make_private(folder: Path) -> Path:
    """Create the folder if it is missing, for its owner alone; its parents are made as usual."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=PRIVATE_FOLDER)
        probe = folder / f".probe-{os.getpid()}"
        probe.touch()
        probe.unlink()
    except OSError as error:
        problem = "the disk is full" if error.errno == errno.ENOSPC else error.strerror
        raise SupervisorError(
            "home_not_writable",
            f"cannot write to {folder} ({problem}); mend that or choose another folder with FELDSHER_HOME",
        ) from error
    return folder


def write_private(path: Path, text: str) -> None:
    """Replace the file atomically, readable by its owner alone."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, PRIVATE_FILE)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


class JsonFile:
    """A small private JSON object on disk; a broken one counts as empty."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self) -> dict[str, Any]:
        try:
            value = json.loads(self.path.read_text(encoding="utf-8"))
        except (FileNotFoundError, ValueError):
            return {}
        return value if isinstance(value, dict) else {}

    def update(self, **values: Any) -> None:
        write_private(self.path, json.dumps({**self.read(), **values}, indent=1))


def generated_secrets(path: Path, names: Iterable[str]) -> dict[str, str]:
    """Return the named secrets, generating those that the file lacks."""
    file = JsonFile(path)
    kept = {name: value for name, value in file.read().items() if isinstance(value, str)}
    missing = {name: secrets.token_urlsafe(32) for name in names if name not in kept}
    if missing:
        file.update(**missing)
    return kept | missing


class FolderLock:
    """Refuses a second copy: held by one process at a time, freed by the kernel when that ends.

    `chosen_by` is what names another folder, empty where another one is no way out.
    """

    def __init__(self, path: Path, *, what: str, chosen_by: str = "FELDSHER_HOME") -> None:
        self.path = path
        self._what = what
        self._otherwise = f", or choose another folder with {chosen_by}" if chosen_by else ""
        self._descriptor: int | None = None

    def __enter__(self) -> Self:
        self.take()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()

    def take(self) -> None:
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, PRIVATE_FILE)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            holder = os.read(descriptor, 20).decode("ascii", "replace").strip() or "unknown"
            os.close(descriptor)
            raise SupervisorError(
                "already_running",
                f"{self._what} already runs on {self.path.parent} (process {holder}); stop it first"
                f"{self._otherwise}",
            ) from error
        os.ftruncate(descriptor, 0)
        os.write(descriptor, str(os.getpid()).encode())
        self._descriptor = descriptor

    def release(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def free_port(*, remembered: object = None, host: str = "127.0.0.1") -> int:
    """Return the remembered port if nobody listens on it now, else any free one."""
    wanted = remembered if isinstance(remembered, int) and 0 < remembered < 1 << 16 else 0
    for port in (wanted, 0):
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise SupervisorError("no_free_port", f"no free TCP port on {host}; close some programs and try again")
