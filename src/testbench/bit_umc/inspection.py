"""The inspection API: what the base really holds, a registrar at the phone, and the switches of the faults.

Errors are JSON `{code, message}`. It carries invented people only and listens on loopback; it has no log-in.
"""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, ClassVar

from testbench.bit_umc import journal_page
from testbench.bit_umc.base import InformationBase, Visit
from testbench.bit_umc.faults import Fault, Faults
from testbench.bit_umc.grid import visit_minutes
from testbench.bit_umc.model import Document, Network, Person, Refusal
from testbench.bit_umc.web import Answer, Handler

STATUS_OF = {
    "taken": 409,
    "not_working": 409,
    "already_cancelled": 409,
    "unknown_guid": 404,
    "not_found": 404,
    "bad_json": 400,
}
Fields = dict[str, Any]


class Inspection:
    """The calls of the API as plain functions: fields in, JSON-ready value out, Refusal on error."""

    def __init__(self, base: InformationBase, faults: Faults, remake: Callable[[int], Network]) -> None:
        self._base = base
        self._faults = faults
        self._remake = remake
        self._posts: dict[str, Callable[[Fields], object]] = {
            "/_bench/book": self._book,
            "/_bench/cancel": self._cancel,
            "/_bench/mark": self._mark,
            "/_bench/faults": self._fault,
            "/_bench/reset": self._reset,
        }
        self._gets: dict[str, Callable[[], object]] = {
            "/_bench/state": self.state,
            "/_bench/faults": self.faults,
        }

    def get(self, route: str) -> object:
        if route not in self._gets:
            raise Refusal("no such address", code="not_found")
        return self._gets[route]()

    def post(self, route: str, fields: Fields) -> object:
        if route not in self._posts:
            raise Refusal("no such address", code="not_found")
        return self._posts[route](fields)

    def page(self, day: str) -> str:
        return journal_page.render(self._base, day)

    def state(self) -> object:
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

    def faults(self) -> object:
        return {"faults": self._faults.listing()}

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
        employee = self._base.employee(_word(fields, "resource"))
        start = _instant(fields, "start")
        if "end" in fields:
            minutes = int((_instant(fields, "end") - start) / timedelta(minutes=1))
        else:
            minutes = _whole(fields, "minutes", default=0) or visit_minutes(
                norms=None,
                duration=0,
                doctor_default=employee.default_minutes,
                planning_step=self._base.rules.planning_step,
            )
        if minutes <= 0:
            raise Refusal("a visit must end after it starts", code="invalid")
        visit = Visit(
            employee=employee.uid,
            clinic=_word(fields, "location", default="") or self._place(employee.uid, start),
            start=start,
            minutes=minutes,
            person=Person(
                *_names(_word(fields, "name", default="Звонков Тест")),
                phone=_word(fields, "phone", default="+70000000000"),
            ),
        )
        return self._booking(self._base.book_by_clerk(visit, force=_yes(fields, "force")))

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
        return self._booking(self._base.cancel(_word(fields, "id"), reason="Регистратура"))

    def _mark(self, fields: Fields) -> object:
        return self._booking(self._base.mark(_word(fields, "id"), arrived=_yes(fields, "arrived")))

    def _fault(self, fields: Fields) -> object:
        self._faults.put(
            Fault(
                name=_word(fields, "name"),
                probability=_number(fields, "probability", default=1.0, most=1.0),
                times=_whole(fields, "times", default=None),
                operation=_word(fields, "operation", default="") or None,
                delay=_number(fields, "delay", default=0.0, most=3600.0),
                hours=_whole(fields, "hours", default=3, least=-24) or 0,
            )
        )
        return self.faults()

    def _reset(self, fields: Fields) -> object:
        seed = _whole(fields, "seed", default=1) or 0
        self._base.reset(self._remake(seed))
        self._faults.reset(seed)
        return {"seed": seed}


def _word(fields: Fields, name: str, *, default: str | None = None) -> str:
    value = fields.get(name, default)
    if not isinstance(value, str) or (default is None and not value):
        raise Refusal(f"{name} must be a string", code="invalid")
    return value


def _names(full: str) -> tuple[str, str, str]:
    parts = [*full.split(maxsplit=2), "", "", ""]
    return parts[0], parts[1], parts[2]


def _instant(fields: Fields, name: str) -> datetime:
    try:
        moment = datetime.fromisoformat(_word(fields, name))
    except ValueError as error:
        raise Refusal(f"{name} must be an ISO 8601 instant", code="invalid") from error
    if moment.tzinfo is None:
        raise Refusal(f"{name} must carry a UTC offset", code="invalid")
    return moment


def _whole(fields: Fields, name: str, *, default: int | None, least: int = 0) -> int | None:
    value = fields.get(name, default)
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool) or value < least:
        raise Refusal(f"{name} must be a whole number from {least}", code="invalid")
    return value


def _number(fields: Fields, name: str, *, default: float, most: float) -> float:
    value = fields.get(name, default)
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value <= most:
        raise Refusal(f"{name} must be a number from 0 to {most:g}", code="invalid")
    return float(value)


def _yes(fields: Fields, name: str) -> bool:
    value = fields.get(name, False)
    if not isinstance(value, bool):
        raise Refusal(f"{name} must be true or false", code="invalid")
    return value


def inspection_handler(inspection: Inspection) -> type[Handler]:
    """Return the handler of the inspection port."""
    return type("BoundInspectionHandler", (InspectionHandler,), {"inspection": inspection})


class InspectionHandler(Handler):
    """JSON under /_bench/, a page for people at /."""

    inspection: ClassVar[Inspection]

    def do_GET(self) -> None:  # noqa: N802 - named by http.server
        if self.route == "/":
            page = self.inspection.page(journal_page.asked_day(self.query)).encode()
            self._page(Answer(200, "text/html; charset=utf-8", page))
        elif self.route == "/journal.css":
            self._page(Answer(200, "text/css; charset=utf-8", journal_page.STYLE.encode()))
        else:
            self._json(lambda: self.inspection.get(self.route))

    def do_POST(self) -> None:  # noqa: N802 - named by http.server
        body = self.body()
        if body is not None:
            self._json(lambda: self.inspection.post(self.route, _fields(body)))

    def _page(self, answer: Answer) -> None:
        policy = "default-src 'none'; style-src 'self'; form-action 'none'; frame-ancestors 'none'"
        self.respond(answer, Content_Security_Policy=policy, X_Content_Type_Options="nosniff")

    def _json(self, act: Callable[[], object]) -> None:
        try:
            status, value = 200, act()
        except Refusal as refusal:
            status = STATUS_OF.get(refusal.code, 422)
            value = {"code": refusal.code, "message": refusal.text.strip()}
        body = json.dumps(value, ensure_ascii=False).encode()
        self.respond(Answer(status, "application/json; charset=utf-8", body))


def _fields(body: bytes) -> Fields:
    try:
        fields = json.loads(body or b"{}")
    except (ValueError, RecursionError) as error:
        raise Refusal("the body is not JSON", code="bad_json") from error
    if not isinstance(fields, dict):
        raise Refusal("the body must be a JSON object", code="bad_json")
    return fields
