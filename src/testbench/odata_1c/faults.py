"""The faults of the base: which operations each meets. A reading is of the directory or of the schedule."""

from dataclasses import dataclass

from testbench import faults
from testbench.faults import Kind

READS = frozenset({"directory", "schedule"})
WRITES = frozenset({"book", "cancel", "status"})
EVERYTHING = READS | WRITES
BOOK, SCHEDULE = frozenset({"book"}), frozenset({"schedule"})
KINDS = {
    "slow": Kind(EVERYTHING, delay=10.0),
    "http_500": Kind(EVERYTHING),
    "html": Kind(EVERYTHING),
    "garbage": Kind(EVERYTHING),
    "at_the_door": Kind(EVERYTHING),
    "odata_error": Kind(READS),
    "empty": Kind(READS),
    "cut": Kind(READS),
    "shifted": Kind(READS),
    "clerk_race": Kind(BOOK),
    "commit_late": Kind(BOOK, WRITES, delay=12.0),
    "commit_then_drop": Kind(BOOK, WRITES),
    "commit_then_500": Kind(BOOK, WRITES),
}


@dataclass(slots=True)
class Fault(faults.Fault):
    """`status` is that of `at_the_door`; `entity` narrows a fault of a reading to one entity set."""

    status: int = 404
    entity: str = ""


class Faults(faults.Faults[Fault]):
    def __init__(self, *, seed: int) -> None:
        super().__init__(Fault, KINDS, groups={}, seed=seed)

    def draw_for(self, name: str, operation: str, entity: str) -> Fault | None:
        """Say whether the fault strikes this reading."""
        return self._draw(name, operation, lambda fault: fault.entity in {"", entity})
