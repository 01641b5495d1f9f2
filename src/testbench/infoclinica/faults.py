"""The faults of ИНФОКЛИНИКА: which operations each meets."""

from dataclasses import dataclass

from testbench import faults
from testbench.faults import Kind
from testbench.infoclinica.wire import SHAPES

GROUPS = {
    "schedule": frozenset({"DOCT_SCHEDULE_FREE", "SCHEDULE"}),
    "book": frozenset({"SCHEDULE_REC_RESERVE"}),
    "cancel": frozenset({"SCHEDULE_REC_REMOVE"}),
    "status": frozenset({"SCHEDULE_REC_LIST"}),
    "patient": frozenset({"CLIENT_CHECK", "CLIENT_ADD"}),
}
EVERYTHING = frozenset(SHAPES)
BOOK, GRID, FEED = GROUPS["book"], frozenset({"SCHEDULE"}), frozenset({"SCHEDULE_CHANGE_LIST"})
KINDS = {
    "commit_then_drop": Kind(BOOK, EVERYTHING),
    "commit_late": Kind(BOOK, EVERYTHING),
    "clerk_race": Kind(BOOK),
    "slow": Kind(EVERYTHING),
    "http_500": Kind(EVERYTHING),
    "html": Kind(EVERYTHING),
    "garbage": Kind(BOOK, EVERYTHING),
    "ae": Kind(EVERYTHING),
    "empty_ok": Kind(EVERYTHING),
    "partial": Kind(GRID),
    "stale_grid": Kind(GRID),
    "branch_mismatch": Kind(BOOK),
    "wrong_zone": Kind(frozenset({"GET_FILIAL_LIST", "DOCT_SCHEDULE_FREE"})),
    "duplicate_events": Kind(FEED),
    "reorder_events": Kind(FEED),
    "token_gone": Kind(frozenset({"log-in"})),
}


@dataclass(slots=True)
class Fault(faults.Fault):
    """`branch` is the only one that it meets; a call that names no branch is met in any case."""

    hours: int = 1
    branch: int | None = None


class Faults(faults.Faults[Fault]):
    def __init__(self) -> None:
        super().__init__(Fault, KINDS, groups=GROUPS)

    def draw(self, name: str, operation: str, branch: int | None = None) -> Fault | None:
        return self._draw(name, operation, lambda fault: branch is None or fault.branch in {None, branch})
