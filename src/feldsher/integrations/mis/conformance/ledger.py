"""What the check may have in the MIS, on disk before it leaves: a crash must not leave a stranger's visit.

The file is there only while something is open. It holds identifiers and times, no person: who the test
patient is stands in the code.
"""

import json
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from feldsher.domain.scheduling.ports import RemoteResource, RemoteSlot
from feldsher.kernel.clock import WallTime


@contextmanager
def undisturbed() -> Iterator[None]:
    """Let Ctrl-C and SIGTERM wait until the block is done."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@dataclass(slots=True)
class Trace:
    """One visit, reserve or both. `ref` and `hold` are the MIS's ids, empty while nobody knows them.

    `lost_at` is when a call left whose answer was lost: what it wrote may still appear.
    """

    slot: RemoteSlot
    reference: str
    patient: int = 0
    hold: str = ""
    ref: str = ""
    lost_at: datetime | None = None

    def spelt(self) -> str:
        at = self.slot.resource
        ids = [
            f"reference {self.reference}",
            self.ref and f"id {self.ref}",
            self.hold and f"hold {self.hold}",
        ]
        return (
            f"{self.slot.begin.iso()[:16].replace('T', ' ')}, {self.slot.minutes} min, doctor"
            f" {at.practitioner_id} in {at.location_id}, {', '.join(filter(None, ids))}"
        )


@dataclass(slots=True)
class Ledger:
    """`path` None keeps it in memory. Every change is on the disk before the method returns."""

    path: Path | None = None
    traces: list[Trace] = field(default_factory=list)

    def open(self, trace: Trace) -> None:
        self.traces.append(trace)
        self.save()

    def close(self, trace: Trace) -> None:
        self.traces = [each for each in self.traces if each is not trace]
        self.save()

    def save(self) -> None:
        if self.path is None:
            return
        if not self.traces:
            self.path.unlink(missing_ok=True)
            return
        self.path.parent.mkdir(parents=True, exist_ok=True)
        beside = self.path.with_suffix(".new")
        with undisturbed():
            with beside.open("w", encoding="utf-8") as file:
                json.dump([_row(trace) for trace in self.traces], file, indent=1)
                file.flush()
                os.fsync(file.fileno())
            beside.replace(self.path)

    def recall(self) -> None:
        """Read what an earlier check has left open; ValueError where the file can't be read."""
        if self.path is None or not self.path.exists():
            return
        try:
            rows = json.loads(self.path.read_text(encoding="utf-8"))
            self.traces = list(_traces(rows))
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f"{self.path} can't be read: look by hand what it names in the MIS") from error


def _row(trace: Trace) -> dict[str, Any]:
    slot = trace.slot
    return {
        "doctor": slot.resource.practitioner_id,
        "branch": slot.resource.location_id,
        "begin": slot.begin.iso(),
        "minutes": slot.minutes,
        "service": slot.service_id,
        "specialty": slot.specialty,
        "ticket": slot.ticket,
        "reference": trace.reference,
        "patient": trace.patient,
        "hold": trace.hold,
        "ref": trace.ref,
        "lost_at": trace.lost_at.isoformat() if trace.lost_at else None,
    }


def _traces(rows: list[dict[str, Any]]) -> Iterator[Trace]:
    for row in rows:
        slot = RemoteSlot(
            RemoteResource(str(row["doctor"]), str(row["branch"])),
            WallTime.parse(row["begin"]),
            int(row["minutes"]),
            service_id=row["service"],
            specialty=row["specialty"],
            ticket=row["ticket"],
        )
        lost = datetime.fromisoformat(row["lost_at"]) if row["lost_at"] else None
        yield Trace(slot, row["reference"], int(row["patient"]), row["hold"], row["ref"], lost)
