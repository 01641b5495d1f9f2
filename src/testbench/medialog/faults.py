"""The faults that a tester can switch on, each drawn from the seeded generator.

A fault without `operation` meets every event to which it makes sense; those of the moment of booking meet
PLANNING_ADD_VISIT only. `operation` is an event, or one of GROUPS.
"""

import random
import threading
from dataclasses import asdict, dataclass

from testbench.medialog.model import Refusal

GROUPS = {
    "directory": frozenset({"PLANNING_PARAMS_QUERY", "PLANNING_SUBJ_QUERY", "PLANNING_EXAMS_QUERY"}),
    "schedule": frozenset({"PLANNING_SUBJ_SLOTS_QUERY", "PLANNING_SUBJ_DAYS_QUERY"}),
    "book": frozenset({"PLANNING_ADD_VISIT"}),
    "cancel": frozenset({"cancel"}),
    "visits": frozenset({"visits"}),
    "patients": frozenset({"patients"}),
}
EVERYTHING = frozenset().union(*GROUPS.values())
_SLOTS = frozenset({"PLANNING_SUBJ_SLOTS_QUERY"})

# name -> (events that it meets by default, events that it can meet at all)
REACH = {
    "commit_then_drop": (GROUPS["book"], EVERYTHING),
    "commit_late": (GROUPS["book"], EVERYTHING),
    "slow": (EVERYTHING, EVERYTHING),
    "http_500": (EVERYTHING, EVERYTHING),
    "soap_fault": (EVERYTHING, EVERYTHING),
    "garbage": (EVERYTHING, EVERYTHING),
    "html": (EVERYTHING, EVERYTHING),
    "empty_ok": (EVERYTHING, EVERYTHING),
    "no_result": (EVERYTHING, EVERYTHING),
    "refused": (EVERYTHING, EVERYTHING),
    "commit_then_refuse": (GROUPS["book"], GROUPS["book"]),
    "wrong_echo": (EVERYTHING, EVERYTHING),
    "partial": (_SLOTS, _SLOTS),
    "stale_grid": (_SLOTS, _SLOTS),
    "wrong_zone": (_SLOTS, _SLOTS),
    "clerk_race": (GROUPS["book"], GROUPS["book"]),
}
NOT_SUPPORTED = {
    "duplicate_events": "the exchange has no feed of changes, so there are no events to duplicate",
    "reorder_events": "the exchange has no feed of changes, so there are no events to reorder",
}
DEFAULT_DELAY = {"slow": 10.0, "commit_late": 12.0, "stale_grid": 300.0}


@dataclass(slots=True)
class Fault:
    """`times` None means "until cleared"; `delay` is in seconds, `hours` is the shift of `wrong_zone`."""

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

    def __init__(self, *, seed: int) -> None:
        self._lock = threading.Lock()
        self.reset(seed)

    def reset(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._faults: dict[tuple[str, str | None], Fault] = {}

    def put(self, fault: Fault) -> None:
        """Switch a fault on, or off with probability 0 or times 0; raises Refusal for what can't be."""
        if fault.name in NOT_SUPPORTED:
            raise Refusal(NOT_SUPPORTED[fault.name], code="not_supported")
        if fault.name not in REACH:
            raise Refusal(f"no fault is named {fault.name!r}", code="unknown_fault")
        if fault.operation is not None:
            named = GROUPS.get(fault.operation, frozenset({fault.operation}))
            if not named & REACH[fault.name][1]:
                raise Refusal(f"{fault.name} cannot meet {fault.operation!r}", code="unknown_operation")
        fault.delay = fault.delay or DEFAULT_DELAY.get(fault.name, 0.0)
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
                    if not fault.times:
                        del self._faults[key]
                return fault
        return None

    def listing(self) -> list[dict[str, object]]:
        with self._lock:
            return [asdict(fault) for fault in self._faults.values()]
