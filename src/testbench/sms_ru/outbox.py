"""What the stand-in holds: the SMS that it took, and the faults that are switched on. Thread-safe."""

import threading
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

FAULTS = frozenset({"accept_then_drop", "slow", "http_500", "garbage", "refuse"})
KEPT = 200


@dataclass(frozen=True, slots=True)
class Sms:
    """One SMS that was taken; `at` is ISO in UTC, `to` digits."""

    id: str
    to: str
    text: str
    sender: str
    at: str


@dataclass(slots=True)
class Fault:
    """`times` None means «until cleared». `code` is that of `refuse`, `delay` (seconds) of `slow`."""

    name: str
    times: int | None = None
    code: int = 207
    delay: float = 5.0
    fired: int = 0


class Outbox:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._number = 0
        self._sms: list[Sms] = []
        self._faults: dict[str, Fault] = {}

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

    def put(self, fault: Fault) -> None:
        """Switch a fault on, or off with times 0; ValueError for an unknown one."""
        if fault.name not in FAULTS:
            raise ValueError(f"no fault is named {fault.name!r}")
        with self._lock:
            self._faults.pop(fault.name, None)
            if fault.times != 0:
                self._faults[fault.name] = fault

    def draw(self, name: str) -> Fault | None:
        """Say whether the fault strikes this call, and count it down if it does."""
        with self._lock:
            fault = self._faults.get(name)
            if fault is None:
                return None
            fault.fired += 1
            if fault.times is not None:
                fault.times -= 1
                if fault.times == 0:
                    del self._faults[name]
            return fault

    def faults(self) -> list[dict[str, object]]:
        with self._lock:
            return [asdict(fault) for fault in self._faults.values()]

    def reset(self) -> None:
        with self._lock:
            self._sms, self._faults = [], {}
