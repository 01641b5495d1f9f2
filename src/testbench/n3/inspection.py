"""What the base really holds, and a registrar at the phone."""

from datetime import date

from testbench.inspection import Fields, Inspection, instant, whole, word
from testbench.n3.base import Base
from testbench.n3.faults import Faults
from testbench.n3.model import DOCTORS, LPUS, Doctor, Person, Visit, zone_of
from testbench.refusal import Refusal


class ClinicInspection(Inspection):
    """`refused` are what the contract of the service refused to hear."""

    def __init__(self, base: Base, faults: Faults, refused: list[str]) -> None:
        super().__init__(faults)
        self._base = base
        self._refused = refused
        self._gets["state"] = self._state
        self._posts |= {
            "book": self._book,
            "cancel": self._cancel,
            "patient": self._patient,
            "swap": self._swap,
            "reset": self._reset,
        }

    def _state(self) -> object:
        visits = sorted(self._base.visits(), key=lambda visit: (visit.ticket.start, visit.number))
        return {
            "resources": [
                {"id": doctor.key, "name": doctor.name, "location": str(doctor.lpu)} for doctor in DOCTORS
            ],
            "locations": [
                {"id": str(lpu.id), "name": lpu.short_name, "zone": lpu.zone.key} for lpu in LPUS
            ],
            "bookings": [self._told(visit) for visit in visits],
            "patients": [
                {
                    "id": card.id,
                    "location": str(card.lpu),
                    "name": f"{card.person.surname} {card.person.name}",
                    "phone": card.person.phone,
                }
                for card in self._base.patients()
            ],
            "reports": self._base.reports,
            "refused": self._refused,
        }  # fmt: skip

    def _told(self, visit: Visit) -> Fields:
        ticket = visit.ticket
        zone = zone_of(ticket.doctor.lpu)
        return {
            "id": visit.number,
            "resource": ticket.doctor.key,
            "location": str(ticket.doctor.lpu),
            "start": ticket.start.astimezone(zone).isoformat(),
            "end": ticket.end.astimezone(zone).isoformat(),
            "status": visit.status,
            "client_ref": None,
            "source": visit.source,
            "ticket": self._base.id_of(ticket),
            "client": visit.patient.id,
        }

    def _book(self, fields: Fields) -> object:
        """Give the ticket that begins then to somebody; its length is its own."""
        doctor, start = _doctor(word(fields, "resource")), instant(fields, "start")
        return self._told(self._base.by_phone(doctor, start, card=word(fields, "client", default="")))

    def _cancel(self, fields: Fields) -> object:
        return self._told(self._base.cancel(word(fields, "id")))

    def _patient(self, fields: Fields) -> object:
        """Make a card, as a registrar does."""
        try:
            birthday = date.fromisoformat(word(fields, "birthday"))
        except ValueError as error:
            raise Refusal("birthday must be a day", code="invalid") from error
        surname, name, second_name, phone, area = (
            word(fields, key, default="") for key in ("surname", "name", "second_name", "phone", "area")
        )
        person = Person(surname, name, second_name, birthday, phone, area)
        return {"id": self._base.add_patient(whole(fields, "lpu"), person).id}

    def _swap(self, fields: Fields) -> object:
        """Let two tickets exchange their ids, as after a schedule was printed anew."""
        self._base.swap(whole(fields, "lpu"), word(fields, "one"), word(fields, "other"))
        return {}

    def _reset(self, fields: Fields) -> object:
        seed = whole(fields, "seed", default=1)
        self._base.reset(seed)
        self._faults.reset(seed)
        self._refused.clear()
        return {"seed": seed}


def _doctor(key: str) -> Doctor:
    for doctor in DOCTORS:
        if doctor.key == key:
            return doctor
    raise Refusal("no such resource", code="not_found")
