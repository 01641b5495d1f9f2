"""What the base really holds, and a registrar at the phone."""

from datetime import datetime

from testbench.inspection import Fields, Inspection, instant, minutes_of, whole, word, yes
from testbench.medialog.base import Base, Person, clinic_of, subject_of
from testbench.medialog.faults import Faults
from testbench.medialog.model import CLINICS, SUBJECTS, Subject, Visit
from testbench.refusal import Refusal

USUAL_MINUTES = 30


class ClinicInspection(Inspection):
    def __init__(self, base: Base, faults: Faults) -> None:
        super().__init__(faults)
        self._base = base
        self._gets["state"] = self._state
        self._posts |= {
            "book": self._book,
            "cancel": self._cancel,
            "patient": self._patient,
            "reset": self._reset,
        }

    def _state(self) -> object:
        visits = sorted(self._base.visits(), key=lambda visit: (visit.start, visit.id))
        return {
            "resources": [
                {"id": one.keeper, "schedule": one.id, "name": one.name, "location": one.clinic}
                for one in SUBJECTS
            ],
            "locations": [
                {"id": clinic.code, "name": clinic.name, "zone": clinic.zone.key} for clinic in CLINICS
            ],
            "bookings": [self._told(visit) for visit in visits],
            "patients": [
                {"id": card.pid, "name": f"{card.surname} {card.name}", "phone": card.phone}
                for card in self._base.patients()
            ],
        }

    def _told(self, visit: Visit) -> Fields:
        subject = subject_of(visit.subject)
        zone = clinic_of(subject).zone
        return {
            "id": visit.id,
            "resource": subject.keeper,
            "schedule": subject.id,
            "location": subject.clinic,
            "start": visit.start.astimezone(zone).isoformat(),
            "end": visit.end.astimezone(zone).isoformat(),
            "status": visit.status,
            "client_ref": visit.comment or None,
            "source": visit.source,
            "exam": visit.exam or None,
            "client": visit.pid,
        }

    def _book(self, fields: Fields) -> object:
        start = instant(fields, "start")
        minutes = minutes_of(fields, start=start) or USUAL_MINUTES
        subject = self._subject(word(fields, "resource"), word(fields, "location", default=""), start)
        person = Person("Звонков", "Тест", "", word(fields, "phone", default="70000000000"))
        pid = word(fields, "client", default="")
        visit = self._base.add_by_clerk(subject, start, minutes, person, pid=pid, force=yes(fields, "force"))
        return self._told(visit)

    def _cancel(self, fields: Fields) -> object:
        return self._told(self._base.cancel(word(fields, "id")))

    def _subject(self, keeper: str, location: str, start: datetime) -> Subject:
        """Return the schedule of a doctor where they work at that time, else their first one."""
        own = [
            subject
            for subject in SUBJECTS
            if keeper in {subject.keeper, subject.id} and location in {"", subject.clinic}
        ]
        if not own:
            raise Refusal("no such resource", code="not_found")
        for subject in own:
            day = start.astimezone(clinic_of(subject).zone).date()
            if any(cell.start == start for cell in self._base.cells(subject, day, day)):
                return subject
        return own[0]

    def _patient(self, fields: Fields) -> object:
        """Make a card, as a registrar does."""
        names = [word(fields, name, default="") for name in ("surname", "name", "fathername", "phone")]
        return {"id": self._base.add_patient(Person(*names)).pid}

    def _reset(self, fields: Fields) -> object:
        seed = whole(fields, "seed", default=1)
        self._base.reset(seed)
        self._faults.reset(seed)
        return {"seed": seed}
