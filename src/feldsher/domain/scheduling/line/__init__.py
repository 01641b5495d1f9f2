"""The line to a MIS: a pace, a breaker and a tally around every call of its gateway (ADR 29).

`GuardedGateway` is the port once more. `breaker` keeps what all processes must know in one row a MIS; `tally`
counts in this process and writes each few seconds.
"""

from feldsher.domain.scheduling.line.breaker import PATIENCE, is_resting
from feldsher.domain.scheduling.line.gateway import GuardedGateway
from feldsher.domain.scheduling.line.tally import Tally, forget

__all__ = ["PATIENCE", "GuardedGateway", "Tally", "forget", "is_resting"]
