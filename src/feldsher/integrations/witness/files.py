"""A file that only grows, on a disk or mount that outlives this server (`chattr +a` makes the kernel agree).

Its folder must be there: a mount that is gone is an error, not a new folder on the wrong disk.
"""

import os
from collections.abc import Sequence
from pathlib import Path

from feldsher.foundation.audit.errors import SinkError

_FLAGS = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW


class FileOfNotes:
    """Checkpoints one after another, an empty line between them."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def send(self, note: str) -> None:
        append(self._path, f"{note}\n")

    def kept(self) -> str:
        try:
            return self._path.read_text(encoding="utf-8", errors="replace")
        except OSError as error:
            raise SinkError(f"{self._path}: {error.strerror}") from error


class FileOfLines:
    """The rows of the journal, a line each."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def send(self, lines: Sequence[str]) -> None:
        append(self._path, "".join(f"{line}\n" for line in lines))


def append(path: Path, text: str) -> None:
    """Add text at the end and return once it is on the disk; what was torn there gets a line of its own."""
    try:
        descriptor = os.open(path, _FLAGS, 0o600)
        try:
            with path.open("rb") as kept:
                is_torn = (
                    kept.seek(0, os.SEEK_END) and kept.seek(-1, os.SEEK_END) + 1 and kept.read(1) != b"\n"
                )
            data = (f"\n{text}" if is_torn else text).encode()
            written = os.write(descriptor, data)
            if written != len(data):
                raise SinkError(f"{path}: only {written} of {len(data)} bytes were taken")
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise SinkError(f"{path}: {error.strerror}") from error
