"""Tables of scheduling. The invariants live in `sql/`: constraints, transitions, and the two hot functions.

Appointment has no foreign keys: on the hot path they would cost more than all exclusion constraints, and
the offers that `hold_slot` reads already guard what a key would. Its predicates name `active`, a generated
column, never `state`: otherwise no change of state could be a heap-only update.
"""

from feldsher.domain.scheduling.models.agreement import Discrepancy, OtherTimes, Reconciliation, Unapplied
from feldsher.domain.scheduling.models.exchange import BranchStage, Comparison, LeftOut, Silence, SyncStatus
from feldsher.domain.scheduling.models.line import MisCallMinute, MisCallTotal, MisLine
from feldsher.domain.scheduling.models.reminders import Reminder
from feldsher.domain.scheduling.models.times import (
    NO_ROOM,
    Availability,
    InstantMultirangeField,
    Offer,
    Stop,
    UsualLength,
)
from feldsher.domain.scheduling.models.visits import (
    UNNAMED_SERVICE,
    Appointment,
    CallRequest,
    Exchange,
    Outcome,
    ResourceDay,
    Transition,
    Verdict,
)
from feldsher.domain.scheduling.models.waiting import WaitingOffer, Wish

__all__ = [
    "NO_ROOM",
    "UNNAMED_SERVICE",
    "Appointment",
    "Availability",
    "BranchStage",
    "CallRequest",
    "Comparison",
    "Discrepancy",
    "Exchange",
    "InstantMultirangeField",
    "LeftOut",
    "MisCallMinute",
    "MisCallTotal",
    "MisLine",
    "Offer",
    "OtherTimes",
    "Outcome",
    "Reconciliation",
    "Reminder",
    "ResourceDay",
    "Silence",
    "Stop",
    "SyncStatus",
    "Transition",
    "Unapplied",
    "UsualLength",
    "Verdict",
    "WaitingOffer",
    "Wish",
]
