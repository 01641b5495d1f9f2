"""The documents of the base and, when a file is given, their append-only record on disk.

Each line of the file is one version of one document and is written before the document becomes visible, so a
process killed at any moment finds after restart exactly what it had acknowledged. A torn last line (killed in
the middle of the write, hence never acknowledged) is cut off.
"""

import json
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from testbench.bit_umc.model import Document, Person
from testbench.history import as_stood


class Journal:
    """Not thread-safe by itself: the base calls it under its lock."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._documents: dict[str, Document] = {}
        self._history: dict[str, list[Document]] = {}
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._replay(path)

    def _replay(self, path: Path) -> None:
        if not path.exists():
            return
        whole = 0
        for line in path.read_bytes().splitlines(keepends=True):
            if not line.endswith(b"\n"):
                break
            whole += len(line)
            self._remember(_thaw(json.loads(line)))
        with path.open("r+b") as record:
            record.truncate(whole)

    def _remember(self, document: Document) -> None:
        self._documents[document.uid] = document
        self._history.setdefault(document.uid, []).append(document)

    def found(self, document: Document) -> None:
        """Take in a document that the network brought; what was written since then stays."""
        if document.uid in self._documents:
            self._history[document.uid].insert(0, document)
        else:
            self._remember(document)

    def write(self, document: Document) -> None:
        """Commit one version of a document, on disk first."""
        if self._path is not None:
            line = json.dumps(_freeze(document), ensure_ascii=False) + "\n"
            with self._path.open("ab") as record:
                record.write(line.encode())
        self._remember(document)

    def get(self, uid: str) -> Document | None:
        return self._documents.get(uid)

    def all(self) -> tuple[Document, ...]:
        return tuple(self._documents.values())

    def as_of(self, moment: datetime) -> tuple[Document, ...]:
        """Return the documents as they stood at that moment."""
        return as_stood(self._history.values(), moment)

    def clear(self) -> None:
        self._documents.clear()
        self._history.clear()
        if self._path is not None:
            self._path.write_bytes(b"")


def _freeze(document: Document) -> dict[str, Any]:
    row = asdict(document)
    for name in ("start", "end", "written_at"):
        row[name] = row[name].isoformat()
    return row


def _thaw(row: dict[str, Any]) -> Document:
    for name in ("start", "end", "written_at"):
        row[name] = datetime.fromisoformat(row[name])
    row["person"] = Person(**row["person"])
    row["services"] = tuple(row["services"])
    return Document(**row)
