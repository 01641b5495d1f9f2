"""The faults of 1С: which operations each meets.

Those of the moment of booking (`commit_then_drop`, `commit_late`, `clerk_race`) meet the Book… operations
unless they are told another, so that a background sync doesn't eat them. Operations have their names of SOAP.
"""

from testbench.faults import Fault, Kind
from testbench.faults import Faults as Switchboard

GROUPS: dict[str, frozenset[str]] = {
    "directory": frozenset({"GetListClinic", "GetListEmployees", "GetNomenclatureAndPrices"}),
    "schedule": frozenset({"GetEnlargementSchedule", "GetSchedule", "GetSchedule20"}),
    "reserve": frozenset({"GetReserve", "Reservation"}),
    "book": frozenset({"BookAnAppointment", "BookAnAppointmentWithParams", "BookAnAppointmentWithClient"}),
    "waiting": frozenset({"FastBookAnAppointment"}),
    "cancel": frozenset({"CancelBookAnAppointment"}),
    "status": frozenset({"GetAppointmentStatus"}),
}
EVERYTHING = frozenset().union(*GROUPS.values())
BOOK, SCHEDULE = GROUPS["book"], GROUPS["schedule"]
NO_FEED = Kind()  # 1С has no feed of changes, so there are no events to spoil
KINDS = {
    "commit_then_drop": Kind(BOOK, EVERYTHING),
    "commit_late": Kind(BOOK, EVERYTHING, delay=12.0),
    "slow": Kind(EVERYTHING, delay=10.0),
    "http_500": Kind(EVERYTHING),
    "text_500": Kind(EVERYTHING),
    "garbage": Kind(EVERYTHING),
    "empty_ok": Kind(EVERYTHING),
    "partial": Kind(SCHEDULE),
    "stale_grid": Kind(SCHEDULE, delay=300.0),
    "wrong_zone": Kind(SCHEDULE),
    "clerk_race": Kind(BOOK, GROUPS["reserve"]),
    "reserve_status_9": Kind(GROUPS["status"]),
    "bare_ok": Kind(BOOK),
    "duplicate_clients": Kind(BOOK),
    "hold_job_off": Kind(frozenset({"job"})),
    "duplicate_events": NO_FEED,
    "reorder_events": NO_FEED,
}


class Faults(Switchboard[Fault]):
    """`bare_ok` is on from the start and after a reset: live bases answer so."""

    def __init__(self, *, seed: int, bare_ok: bool) -> None:
        self._bare_ok = bare_ok
        super().__init__(Fault, KINDS, groups=GROUPS, seed=seed)

    def reset(self, seed: int = 1) -> None:
        super().reset(seed)
        if self._bare_ok:
            self.put(Fault("bare_ok"))

    def sample(self, share: float) -> bool:
        """Draw one more yes or no, for faults that hit part of an answer."""
        with self._lock:
            return self._random.random() < share
