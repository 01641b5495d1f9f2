"""The faults of SMS.RU: which calls each meets, named by their addresses."""

from dataclasses import dataclass

from testbench import faults
from testbench.faults import Kind

SEND = "/sms/send"
EVERYTHING = frozenset({SEND, "/sms/status", "/my/balance"})
KINDS = {
    "slow": Kind(EVERYTHING, delay=5.0),
    "http_500": Kind(EVERYTHING),
    "refuse": Kind(frozenset({SEND})),
    "refuse_all": Kind(EVERYTHING),
    "drop": Kind(EVERYTHING),
    "accept_then_drop": Kind(EVERYTHING),
    "garbage": Kind(EVERYTHING),
}


@dataclass(slots=True)
class Fault(faults.Fault):
    """`code` is that of the phone in `refuse`, the common one in `refuse_all`."""

    code: int = 207


class Faults(faults.Faults[Fault]):
    def __init__(self) -> None:
        super().__init__(Fault, KINDS, groups={})
