"""What a stand-in of an SMS provider holds: the SMS that it took, what became of each, and the account.

Thread-safe. Nothing is on disk.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from testbench.faults import Faults

KEPT = 200
ROUBLES = 1000.0


@dataclass(frozen=True, slots=True)
class Sms:
    """One SMS that was taken; `at` is ISO in UTC, `to` digits, `status` the provider's own."""

    id: str
    to: str
    text: str
    sender: str
    at: str
    status: int


class Outbox:
    """`status` is what an SMS has until a tester says otherwise. `name` makes ids from a running number.

    At most `per_second` are taken, others wait for their turn; 0 takes them as they come. The last `kept` are
    remembered.
    """

    def __init__(
        self,
        faults: Faults[Any],
        *,
        status: int,
        name: Callable[[int], str] = str,
        per_second: float = 0,
        kept: int = KEPT,
    ) -> None:
        self.faults = faults
        self._per_second, self._kept, self._turn = per_second, kept, 0.0
        self._status = status
        self._name = name
        self._lock = threading.Lock()
        self._number = 0
        self.reset()

    def reset(self) -> None:
        with self._lock:
            self._sms: list[Sms] = []
            self.roubles = ROUBLES
            self.stopped: set[str] = set()
            self.callback = ""
        self.faults.reset()

    def take(self, *, to: str, text: str, sender: str, name: str = "") -> Sms:
        """Take an SMS, under the caller's own name for it if there is one."""
        self._wait()
        with self._lock:
            self._number += 1
            at = datetime.now(tz=UTC).isoformat(timespec="milliseconds")
            sms = Sms(name or self._name(self._number), to, text, sender, at, self._status)
            self._sms = [*self._sms, sms][-self._kept :]
            return sms

    def _wait(self) -> None:
        """Let the caller wait for their turn, if the provider takes no more a second."""
        if self._per_second:
            with self._lock:
                turn = max(time.monotonic(), self._turn)
                self._turn = turn + 1 / self._per_second
            time.sleep(max(0.0, turn - time.monotonic()))

    def listing(self) -> list[Sms]:
        """Return what was taken, oldest first."""
        with self._lock:
            return list(self._sms)

    def found(self, name: str) -> Sms | None:
        """Return the last SMS of this id."""
        return next((sms for sms in reversed(self.listing()) if sms.id == name), None)

    def told(self, name: str, status: int) -> Sms | None:
        """Let something become of an SMS; None where there is none of this id."""
        sms = self.found(name)
        if sms is None:
            return None
        changed = replace(sms, status=status)
        with self._lock:
            self._sms = [changed if each is sms else each for each in self._sms]
        return changed
