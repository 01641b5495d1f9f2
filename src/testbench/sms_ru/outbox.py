"""What the stand-in holds: the SMS that it took, and the faults that are switched on. Thread-safe."""

import threading
from dataclasses import dataclass
from datetime import UTC, datetime

from testbench.sms_ru.faults import Faults

KEPT = 200


@dataclass(frozen=True, slots=True)
class Sms:
    """One SMS that was taken; `at` is ISO in UTC, `to` digits."""

    id: str
    to: str
    text: str
    sender: str
    at: str


class Outbox:
    def __init__(self) -> None:
        self.faults = Faults()
        self._lock = threading.Lock()
        self._number = 0
        self._sms: list[Sms] = []

    def take(self, *, to: str, text: str, sender: str) -> Sms:
        with self._lock:
            self._number += 1
            name = f"{datetime.now(tz=UTC):%Y%W}-{1_000_000 + self._number}"
            sms = Sms(name, to, text, sender, datetime.now(tz=UTC).isoformat(timespec="milliseconds"))
            self._sms = [*self._sms, sms][-KEPT:]
            return sms

    def listing(self) -> list[Sms]:
        """Return what was taken, oldest first."""
        with self._lock:
            return list(self._sms)

    def reset(self) -> None:
        with self._lock:
            self._sms = []
        self.faults.reset()
