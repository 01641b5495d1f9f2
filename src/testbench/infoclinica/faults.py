"""The faults that a tester can switch on: each strikes `times` calls of `operation`, or all until cleared."""

import threading
from dataclasses import asdict, dataclass

READS = frozenset({"DOCT_SCHEDULE_FREE", "SCHEDULE"})
BOOK = frozenset({"SCHEDULE_REC_RESERVE"})
GROUPS = {
    "schedule": READS,
    "book": BOOK,
    "cancel": frozenset({"SCHEDULE_REC_REMOVE"}),
    "status": frozenset({"SCHEDULE_REC_LIST"}),
    "patient": frozenset({"CLIENT_CHECK", "CLIENT_ADD"}),
}
# The operations that a fault meets unless `operation` says otherwise; None: all.
MEETS: dict[str, frozenset[str] | None] = {
    "commit_then_drop": BOOK,
    "commit_late": BOOK,
    "clerk_race": BOOK,
    "slow": None,
    "http_500": None,
    "html": None,
    "garbage": BOOK,
    "ae": None,
    "empty_ok": None,
    "partial": frozenset({"SCHEDULE"}),
    "stale_grid": frozenset({"SCHEDULE"}),
    "branch_mismatch": BOOK,
    "wrong_zone": frozenset({"GET_FILIAL_LIST", "DOCT_SCHEDULE_FREE"}),
    "duplicate_events": frozenset({"SCHEDULE_CHANGE_LIST"}),
    "reorder_events": frozenset({"SCHEDULE_CHANGE_LIST"}),
    "token_gone": None,
}


@dataclass(slots=True)
class Fault:
    """`delay` is in seconds (slow, commit_late), `hours` the shift of wrong_zone, `branch` whom it meets."""

    name: str
    operation: str | None = None
    times: int | None = None
    delay: float = 0.0
    hours: int = 1
    branch: int | None = None
    probability: float = 1.0

    def meets(self, operation: str, branch: int | None) -> bool:
        if self.branch is not None and branch is not None and branch != self.branch:
            return False
        if self.operation is not None:
            return operation in GROUPS.get(self.operation, {self.operation})
        reach = MEETS[self.name]
        return reach is None or operation in reach


class Faults:
    """Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._faults: list[Fault] = []

    def put(self, fault: Fault) -> None:
        """Switch a fault on (off with times 0 or probability 0); raises ValueError for an unknown one."""
        if fault.name not in MEETS:
            raise ValueError(f"no fault is named {fault.name!r}")
        with self._lock:
            same = (fault.name, fault.operation)
            self._faults = [one for one in self._faults if (one.name, one.operation) != same]
            if fault.times != 0 and fault.probability > 0:
                self._faults.append(fault)

    def clear(self) -> None:
        with self._lock:
            self._faults = []

    def draw(self, name: str, operation: str, branch: int | None = None) -> Fault | None:
        """Say whether the fault strikes this call, and count it down if it does."""
        with self._lock:
            for fault in self._faults:
                if fault.name == name and fault.meets(operation, branch):
                    if fault.times is not None:
                        fault.times -= 1
                        if fault.times == 0:
                            self._faults.remove(fault)
                    return fault
        return None

    def listing(self) -> list[dict[str, object]]:
        with self._lock:
            return [asdict(fault) for fault in self._faults]
