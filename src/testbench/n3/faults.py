"""The faults of the hub: which operations each meets; those of the moment of booking meet SetAppointment."""

from testbench.faults import Fault, Kind
from testbench.faults import Faults as Switchboard

FREE, SET, CANCEL, HISTORY = (
    "GetAvaibleAppointments", "SetAppointment", "CreateClaimForRefusal", "GetPatientHistory",
)  # fmt: skip
REPORT = "SendNotificationAboutAppointmentStatus"
GROUPS = {
    "directory": frozenset({"GetLPUList", "GetSpesialityList", "GetDoctorList"}),
    "schedule": frozenset({FREE}),
    "working_time": frozenset({"GetWorkingTime"}),
    "book": frozenset({SET}),
    "cancel": frozenset({CANCEL}),
    "history": frozenset({HISTORY}),
    "patients": frozenset({"SearchTop10Patient", "AddNewPatient"}),
    "errors": frozenset({"GetErrorList"}),
    "report": frozenset({REPORT}),
}
EVERYTHING = frozenset().union(*GROUPS.values())
WRITING = frozenset({SET, CANCEL, "AddNewPatient", REPORT})
NO_FEED = Kind()  # the hub tells of no changes, so there are no events to spoil
KINDS = {
    "commit_then_drop": Kind(GROUPS["book"], EVERYTHING),
    "commit_late": Kind(GROUPS["book"], EVERYTHING, delay=12.0),
    "slow": Kind(EVERYTHING, delay=10.0),
    "http_500": Kind(EVERYTHING),
    "soap_fault": Kind(EVERYTHING),
    "garbage": Kind(EVERYTHING),
    "html": Kind(EVERYTHING),
    "empty_ok": Kind(EVERYTHING),
    "refused": Kind(EVERYTHING),
    "denied": Kind(GROUPS["book"]),
    "out_of_time": Kind(GROUPS["book"], WRITING),
    "wrong_echo": Kind(EVERYTHING),
    "partial": Kind(GROUPS["schedule"]),
    "stale_grid": Kind(GROUPS["schedule"], delay=300.0),
    "wrong_zone": Kind(GROUPS["schedule"]),
    "clerk_race": Kind(GROUPS["book"]),
    "duplicate_events": NO_FEED,
    "reorder_events": NO_FEED,
}


class Faults(Switchboard[Fault]):
    def __init__(self, *, seed: int) -> None:
        super().__init__(Fault, KINDS, groups=GROUPS, seed=seed)
