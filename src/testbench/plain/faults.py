"""The faults of the sample clinic: which operations each meets, once unless it is told otherwise."""

from dataclasses import dataclass

from testbench import faults
from testbench.faults import Kind

EVERYTHING = frozenset({"book", "cancel", "visit", "free", "directory", "changes"})
BOOK, FREE = frozenset({"book"}), frozenset({"free"})
GROUPS = {"schedule": FREE, "status": frozenset({"visit"})}
"""What other simulators call these, so that one switch does for all."""
KINDS = {
    "slow": Kind(EVERYTHING, delay=1.0),
    "clerk_race": Kind(BOOK),
    "http_500": Kind(EVERYTHING),
    "at_the_door": Kind(EVERYTHING),
    "commit_late": Kind(BOOK, EVERYTHING, delay=1.0),
    "commit_then_drop": Kind(BOOK, EVERYTHING),
    "commit_then_500": Kind(BOOK, EVERYTHING),
    "garbage": Kind(EVERYTHING),
    "empty": Kind(FREE),
    "partial": Kind(FREE),
    "wrong_zone": Kind(FREE),
}


@dataclass(slots=True)
class Fault(faults.Fault):
    """`status` is that of `at_the_door`."""

    times: int | None = 1
    status: int = 404


class Faults(faults.Faults[Fault]):
    def __init__(self) -> None:
        super().__init__(Fault, KINDS, groups=GROUPS)
