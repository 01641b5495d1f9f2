"""The faults of a service that takes reports; `accept_then_drop` keeps one and answers nothing."""

from testbench import faults
from testbench.faults import Kind

REPORT = "report"
STATUSES = {"moved": 302, "too_many": 429, "http_500": 500, "http_503": 503}
"""What each of these answers, and nothing is taken."""
_EVERYTHING = frozenset({REPORT})
KINDS = {
    **{name: Kind(_EVERYTHING) for name in STATUSES},
    "slow": Kind(_EVERYTHING, delay=5.0),
    "drop": Kind(_EVERYTHING),
    "accept_then_drop": Kind(_EVERYTHING),
}


class Faults(faults.Faults[faults.Fault]):
    def __init__(self) -> None:
        super().__init__(faults.Fault, KINDS, groups={})
