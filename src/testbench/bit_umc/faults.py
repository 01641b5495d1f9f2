"""The faults that a tester can switch on, each drawn from the seeded generator.

A fault without `operation` meets every call to which it makes sense; the faults of the moment of booking
(`commit_then_drop`, `commit_late`, `clerk_race`) then meet the Book… operations only, so that a background
sync doesn't eat them. `operation` names an operation of the service or one of GROUPS.
"""

import random
import threading
from dataclasses import asdict, dataclass

from testbench.bit_umc.model import Refusal

GROUPS: dict[str, frozenset[str]] = {
    "directory": frozenset({"GetListClinic", "GetListEmployees", "GetNomenclatureAndPrices"}),
    "schedule": frozenset({"GetEnlargementSchedule", "GetSchedule", "GetSchedule20"}),
    "reserve": frozenset({"GetReserve", "Reservation"}),
    "book": frozenset({"BookAnAppointment", "BookAnAppointmentWithParams", "BookAnAppointmentWithClient"}),
    "waiting": frozenset({"FastBookAnAppointment"}),
    "cancel": frozenset({"CancelBookAnAppointment"}),
    "status": frozenset({"GetAppointmentStatus"}),
}
OPERATIONS = frozenset().union(*GROUPS.values())
EVERYWHERE = OPERATIONS
WRITING = GROUPS["reserve"] | GROUPS["book"]

# name -> (operations that it meets by default, operations that it can meet at all)
REACH: dict[str, tuple[frozenset[str], frozenset[str]]] = {
    "commit_then_drop": (GROUPS["book"], EVERYWHERE),
    "commit_late": (GROUPS["book"], EVERYWHERE),
    "slow": (EVERYWHERE, EVERYWHERE),
    "http_500": (EVERYWHERE, EVERYWHERE),
    "text_500": (EVERYWHERE, EVERYWHERE),
    "garbage": (EVERYWHERE, EVERYWHERE),
    "empty_ok": (EVERYWHERE, EVERYWHERE),
    "partial": (GROUPS["schedule"], GROUPS["schedule"]),
    "stale_grid": (GROUPS["schedule"], GROUPS["schedule"]),
    "wrong_zone": (GROUPS["schedule"], GROUPS["schedule"]),
    "clerk_race": (GROUPS["book"], WRITING),
    "reserve_status_9": (GROUPS["status"], GROUPS["status"]),
    "bare_ok": (GROUPS["book"], GROUPS["book"]),
    "duplicate_clients": (GROUPS["book"], GROUPS["book"]),
    "hold_job_off": (frozenset({"job"}), frozenset({"job"})),
}
NOT_SUPPORTED = {
    "duplicate_events": "1С has no feed of changes, so there are no events to duplicate",
    "reorder_events": "1С has no feed of changes, so there are no events to reorder",
}
DEFAULT_DELAY = {"slow": 10.0, "commit_late": 12.0, "stale_grid": 300.0}


@dataclass(slots=True)
class Fault:
    """`times` None means «until cleared»; `delay` is in seconds, `hours` is the shift of `wrong_zone`."""

    name: str
    probability: float = 1.0
    times: int | None = None
    operation: str | None = None
    delay: float = 0.0
    hours: int = 3
    fired: int = 0

    def meets(self, operation: str) -> bool:
        default, possible = REACH[self.name]
        if self.operation is None:
            return operation in default
        return operation in possible and operation in GROUPS.get(self.operation, {self.operation})


class Faults:
    """The switchboard. Thread-safe."""

    def __init__(self, *, seed: int, bare_ok: bool = True) -> None:
        self._lock = threading.Lock()
        self._bare_ok = bare_ok
        self._random = random.Random(seed)
        self._faults: dict[tuple[str, str | None], Fault] = {}
        self.reset(seed)

    def reset(self, seed: int) -> None:
        """Drop all faults, reseed, and return to the answers that live bases give."""
        with self._lock:
            self._random = random.Random(seed)
            self._faults = {}
            if self._bare_ok:
                self._faults["bare_ok", None] = Fault("bare_ok")

    def put(self, fault: Fault) -> None:
        """Switch a fault on (or off, with probability 0 or times 0); raises Refusal for what can't be."""
        if fault.name in NOT_SUPPORTED:
            raise Refusal(NOT_SUPPORTED[fault.name], code="not_supported")
        if fault.name not in REACH:
            raise Refusal(f"no fault is named {fault.name!r}", code="unknown_fault")
        if fault.operation is not None:
            named = GROUPS.get(fault.operation, frozenset({fault.operation}))
            if not named & REACH[fault.name][1]:
                raise Refusal(f"{fault.name} cannot meet {fault.operation!r}", code="unknown_operation")
        if not fault.delay:
            fault.delay = DEFAULT_DELAY.get(fault.name, 0.0)
        with self._lock:
            self._faults.pop((fault.name, fault.operation), None)
            if fault.probability > 0 and fault.times != 0:
                self._faults[fault.name, fault.operation] = fault

    def draw(self, name: str, operation: str) -> Fault | None:
        """Say whether the fault strikes this call, and count it down if it does."""
        with self._lock:
            for key, fault in list(self._faults.items()):
                if fault.name != name or not fault.meets(operation):
                    continue
                if self._random.random() >= fault.probability:
                    continue
                fault.fired += 1
                if fault.times is not None:
                    fault.times -= 1
                    if fault.times == 0:
                        del self._faults[key]
                return fault
        return None

    def sample(self, share: float) -> bool:
        """Draw one more yes or no, for faults that hit part of an answer."""
        with self._lock:
            return self._random.random() < share

    def listing(self) -> list[dict[str, object]]:
        with self._lock:
            return [asdict(fault) for fault in self._faults.values()]
