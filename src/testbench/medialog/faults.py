"""The faults of МЕДИАЛОГ: which events each meets; those of the moment of booking meet PLANNING_ADD_VISIT."""

from testbench.faults import Fault, Kind
from testbench.faults import Faults as Switchboard

CANCEL, VISITS, PATIENTS = "PLANNING_DEL_VISIT", "PATIENT_PLANNING_QUERY", "PATIENTS_QUERY"
GROUPS = {
    "directory": frozenset({"PLANNING_PARAMS_QUERY", "PLANNING_SUBJ_QUERY", "PLANNING_EXAMS_QUERY"}),
    "schedule": frozenset({"PLANNING_SUBJ_SLOTS_QUERY", "PLANNING_SUBJ_DAYS_QUERY"}),
    "book": frozenset({"PLANNING_ADD_VISIT"}),
    "cancel": frozenset({CANCEL}),
    "visits": frozenset({VISITS}),
    "patients": frozenset({PATIENTS}),
}
EVERYTHING = frozenset().union(*GROUPS.values())
BOOK, SLOTS = GROUPS["book"], frozenset({"PLANNING_SUBJ_SLOTS_QUERY"})
NO_FEED = Kind()  # the exchange has no feed of changes, so there are no events to spoil
KINDS = {
    "commit_then_drop": Kind(BOOK, EVERYTHING),
    "commit_late": Kind(BOOK, EVERYTHING, delay=12.0),
    "slow": Kind(EVERYTHING, delay=10.0),
    "http_500": Kind(EVERYTHING),
    "soap_fault": Kind(EVERYTHING),
    "garbage": Kind(EVERYTHING),
    "html": Kind(EVERYTHING),
    "empty_ok": Kind(EVERYTHING),
    "no_result": Kind(EVERYTHING),
    "refused": Kind(EVERYTHING),
    "commit_then_refuse": Kind(BOOK),
    "wrong_echo": Kind(EVERYTHING),
    "partial": Kind(SLOTS),
    "stale_grid": Kind(SLOTS, delay=300.0),
    "wrong_zone": Kind(SLOTS),
    "clerk_race": Kind(BOOK),
    "duplicate_events": NO_FEED,
    "reorder_events": NO_FEED,
}


class Faults(Switchboard[Fault]):
    def __init__(self, *, seed: int) -> None:
        super().__init__(Fault, KINDS, groups=GROUPS, seed=seed)
