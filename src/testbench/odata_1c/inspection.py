"""What the base really holds, and a registrar at the phone."""

from testbench.inspection import Fields, Inspection, instant, minutes_of, whole, word, yes
from testbench.odata_1c.base import Base, branch_of, shift_of
from testbench.odata_1c.faults import Faults
from testbench.odata_1c.model import BRANCHES, DOCTORS, SHIFTS, Shift, Visit
from testbench.refusal import Refusal

USUAL_MINUTES = 30


class BaseInspection(Inspection):
    def __init__(self, base: Base, faults: Faults) -> None:
        super().__init__(faults)
        self._base = base
        self._gets["state"] = self._state
        self._posts |= {"book": self._book, "cancel": self._cancel, "reset": self._reset}

    def _state(self) -> object:
        visits = sorted(self._base.visits(), key=lambda visit: (visit.start, visit.id))
        return {
            "resources": [{"id": one.id, "name": one.name} for one in DOCTORS],
            "locations": [{"id": one.id, "name": one.name, "zone": one.zone.key} for one in BRANCHES],
            "bookings": [_told(visit) for visit in visits if visit.doctor],
        }

    def _book(self, fields: Fields) -> object:
        start = instant(fields, "start")
        minutes = minutes_of(fields, start=start) or USUAL_MINUTES
        doctor, branch = word(fields, "resource"), word(fields, "location", default="")
        shift = shift_of(doctor, branch) if branch else _first_of(doctor)
        return _told(self._base.book_by_clerk(shift, start, minutes, force=yes(fields, "force")))

    def _cancel(self, fields: Fields) -> object:
        return _told(self._base.cancel(word(fields, "id")))

    def _reset(self, fields: Fields) -> object:
        seed = whole(fields, "seed", default=1)
        self._base.reset(seed)
        self._faults.reset(seed)
        return {"seed": seed}


def _first_of(doctor: str) -> Shift:
    for shift in SHIFTS:
        if shift.doctor.id == doctor:
            return shift
    raise Refusal("no such resource", code="not_found")


def _told(visit: Visit) -> Fields:
    zone = branch_of(visit.branch).zone
    return {
        "id": visit.id,
        "resource": visit.doctor,
        "location": visit.branch,
        "start": visit.start.astimezone(zone).isoformat(),
        "end": visit.end.astimezone(zone).isoformat(),
        "status": visit.status,
        "client_ref": visit.reference or None,
        "source": visit.source,
        "client": visit.patient,
    }
