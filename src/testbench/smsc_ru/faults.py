"""The faults of SMSC.RU: which calls each meets, named by their addresses."""

from dataclasses import dataclass

from testbench import faults
from testbench.faults import Kind

SEND, STATUS, BALANCE = "/sys/send.php", "/sys/status.php", "/sys/balance.php"
EVERYTHING = frozenset({SEND, STATUS, BALANCE})
KINDS = {
    "slow": Kind(EVERYTHING, delay=5.0),
    "http_500": Kind(EVERYTHING),
    "refuse": Kind(frozenset({SEND}), more=EVERYTHING),
    "drop": Kind(EVERYTHING),
    "accept_then_drop": Kind(EVERYTHING),
    "garbage": Kind(EVERYTHING),
}


@dataclass(slots=True)
class Fault(faults.Fault):
    """`code` is the error in `refuse`."""

    code: int = 8


class Faults(faults.Faults[Fault]):
    def __init__(self) -> None:
        super().__init__(Fault, KINDS, groups={})
