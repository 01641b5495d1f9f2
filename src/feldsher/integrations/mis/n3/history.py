"""The visits of a patient as an LPU tells them, and how one of ours is known among them.

The hub has no id for a visit: SetAppointment answers none, and the ticket's is used again. A visit is ours by
LPU, patient, begin and ticket. Some МИСes name visits by numbers of their own in the history [code]; there
the doctor stands for the ticket, and it is the history's id that a cancel must name.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import quote, unquote

from feldsher.domain.scheduling.ports import PatientRef, RemoteSlot
from feldsher.foundation.egress.client import LostError
from feldsher.integrations.mis.n3 import times
from feldsher.integrations.mis.n3.door import Door
from feldsher.integrations.mis.n3.listing import id_of
from feldsher.integrations.mis.n3.wire import Row, is_id, rows
from feldsher.kernel.clock import WallTime

_PARTS = 5


@dataclass(frozen=True, slots=True)
class Visit:
    """What tells a visit of ours from every other; `text` is the reference that scheduling keeps."""

    lpu: str
    patient: str
    ticket: str
    begin: WallTime
    doctor: str

    def text(self) -> str:
        parts = (self.lpu, self.patient, self.ticket, self.begin.iso(), self.doctor)
        return "/".join(quote(part, safe="") for part in parts)

    @staticmethod
    def parse(text: str) -> "Visit | None":
        """Return the visit of a reference, None for a text that is none."""
        parts = [unquote(part) for part in text.split("/")]
        if len(parts) != _PARTS or not all(parts[:3]):
            return None
        lpu, patient, ticket, begin, doctor = parts
        try:
            return Visit(lpu, patient, ticket, WallTime.parse(begin), doctor)
        except ValueError:
            return None


@dataclass(frozen=True, slots=True)
class Told:
    """A row of the history: `id` is what the hub calls the visit now."""

    id: str
    begin: WallTime
    doctor: str

    def is_of(self, visit: Visit) -> bool:
        same = self.id == visit.ticket or bool(self.doctor and self.doctor == visit.doctor)
        return same and self.begin == visit.begin


@dataclass(frozen=True, slots=True)
class History:
    visits: tuple[Told, ...]
    refusals: tuple[Told, ...]

    def standing(self, visit: Visit) -> Told | None:
        """Return our visit where it stands, by the ticket's id before the doctor's."""
        found = [told for told in self.visits if told.is_of(visit)]
        return min(found, key=lambda told: told.id != visit.ticket, default=None)

    def is_refused(self, visit: Visit) -> bool:
        return any(told.is_of(visit) for told in self.refusals)


def read_history(door: Door, lpu: str, patient: str) -> History:
    """Ask for a patient's visits; raises as Door.call does, and LostError for a row that can't be read."""
    told = door.call("GetPatientHistory", [("idLpu", lpu), ("idPat", patient)])
    return History(
        tuple(_read(rows(told, "ListHistoryVisit"))), tuple(_read(rows(told, "ListHistoryRefusal")))
    )


def visit_of(slot: RemoteSlot, patient: PatientRef | str, door: Door) -> Visit:
    """Return what would tell a visit at that time of that patient."""
    number = patient if isinstance(patient, str) else patient.id
    lpu = slot.resource.location_id
    return Visit(lpu, number, slot.ticket, slot.begin, id_of(slot.resource, door.profile))


def _read(told: Iterable[Row]) -> Iterable[Told]:
    for row in told:
        number = row.get("IdAppointment", "")
        try:
            begin = times.moment(row.get("VisitStart", ""))
        except ValueError:
            raise LostError("a visit of the history that can't be read") from None
        if not is_id(number):
            raise LostError("a visit of the history without an id")
        yield Told(number, begin, row.get("DoctorRendingConsultation/IdDoc", ""))
