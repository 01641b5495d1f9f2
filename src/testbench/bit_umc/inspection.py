"""What the information base really holds, and a registrar at the phone; a journal of visits for people."""

from collections.abc import Callable
from datetime import datetime
from typing import ClassVar

from testbench.bit_umc import journal_page
from testbench.bit_umc.base import InformationBase, Visit
from testbench.bit_umc.faults import Faults
from testbench.bit_umc.grid import visit_minutes
from testbench.bit_umc.model import Document, Network, Person
from testbench.inspection import (
    Fields,
    Inspection,
    InspectionHandler,
    instant,
    minutes_of,
    whole,
    word,
    yes,
)
from testbench.web import CSS, HTML, Answer


class ClinicInspection(Inspection):
    def __init__(self, base: InformationBase, faults: Faults, remake: Callable[[int], Network]) -> None:
        super().__init__(faults)
        self._base = base
        self._remake = remake
        self._gets["state"] = self._state
        self._posts |= {
            "book": self._book,
            "cancel": self._cancel,
            "mark": self._mark,
            "reset": self._reset,
        }

    def page(self, day: str) -> str:
        return journal_page.render(self._base, day)

    def _state(self) -> object:
        documents = sorted(self._base.documents(), key=lambda document: (document.start, document.uid))
        return {
            "resources": [
                {"id": employee.uid, "name": employee.full_name, "location": employee.organisation}
                for employee in self._base.network.employees
            ],
            "locations": [
                {"id": clinic.uid, "name": clinic.name, "zone": clinic.zone.key}
                for clinic in self._base.network.clinics
            ],
            "bookings": [self._booking(document) for document in documents if document.kind == "visit"],
            "waiting": [self._booking(document) for document in documents if document.kind == "waiting"],
        }

    def _booking(self, document: Document) -> Fields:
        zone = self._base.clinic(document.clinic).zone
        code, title = self._base.status_of(document)
        return {
            "id": document.uid,
            "resource": document.employee,
            "location": document.clinic,
            "start": document.start.astimezone(zone).isoformat(),
            "end": document.end.astimezone(zone).isoformat(),
            "status": document.state,
            "client_ref": document.comment or None,
            "source": document.source,
            "mis_status": {"code": code, "title": title},
            "patient": {"name": document.person.full_name, "phone": document.person.phone},
            "client": document.client or None,
            "cabinet": document.cabinet or None,
            "services": list(document.services),
        }

    def _book(self, fields: Fields) -> object:
        employee = self._base.employee(word(fields, "resource"))
        start = instant(fields, "start")
        minutes = minutes_of(fields, start=start) or visit_minutes(
            norms=None,
            duration=0,
            doctor_default=employee.default_minutes,
            planning_step=self._base.rules.planning_step,
        )
        visit = Visit(
            employee=employee.uid,
            clinic=word(fields, "location", default="") or self._place(employee.uid, start),
            start=start,
            minutes=minutes,
            person=Person(
                *_names(word(fields, "name", default="Звонков Тест")),
                phone=word(fields, "phone", default="+70000000000"),
            ),
        )
        return self._booking(self._base.book_by_clerk(visit, force=yes(fields, "force")))

    def _place(self, employee: str, start: datetime) -> str:
        """Return the clinic where the employee works that day, else his own, else the first one."""
        for clinic in self._base.network.clinics:
            day = start.astimezone(clinic.zone).date()
            for grid in self._base.schedule(day, day, clinic=clinic.uid, employees=frozenset({employee})):
                return grid.clinic.uid
        own = self._base.employee(employee).organisation
        known = [clinic.uid for clinic in self._base.network.clinics]
        return own if own in known else known[0]

    def _cancel(self, fields: Fields) -> object:
        return self._booking(self._base.cancel(word(fields, "id"), reason="Регистратура"))

    def _mark(self, fields: Fields) -> object:
        return self._booking(self._base.mark(word(fields, "id"), arrived=yes(fields, "arrived")))

    def _reset(self, fields: Fields) -> object:
        seed = whole(fields, "seed", default=1)
        self._base.reset(self._remake(seed))
        self._faults.reset(seed)
        return {"seed": seed}


def _names(full: str) -> tuple[str, str, str]:
    parts = [*full.split(maxsplit=2), "", "", ""]
    return parts[0], parts[1], parts[2]


class JournalHandler(InspectionHandler):
    """The inspection API, and a page for people at /."""

    inspection: ClassVar[ClinicInspection]

    def do_GET(self) -> None:  # noqa: N802 - named by http.server
        if self.route == "/":
            page = self.inspection.page(journal_page.asked_day(self.query)).encode()
            self._page(Answer(200, HTML, page))
        elif self.route == "/journal.css":
            self._page(Answer(200, CSS, journal_page.STYLE.encode()))
        else:
            super().do_GET()

    def _page(self, answer: Answer) -> None:
        policy = "default-src 'none'; style-src 'self'; form-action 'none'; frame-ancestors 'none'"
        self.respond(answer, Content_Security_Policy=policy, X_Content_Type_Options="nosniff")
