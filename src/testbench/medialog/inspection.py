"""The inspection API: what the base really holds, a registrar at the phone, and the switches of the faults.

Errors are JSON `{code, message}`. It carries invented people only and listens on loopback; it has no log-in.
"""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, ClassVar

from testbench.bit_umc.web import Answer, Handler
from testbench.medialog.base import Base, Person, clinic_of, subject_of
from testbench.medialog.faults import Fault, Faults
from testbench.medialog.model import CLINICS, SUBJECTS, Refusal, Subject, Visit

STATUS_OF = {"taken": 409, "already_cancelled": 409, "not_found": 404, "bad_json": 400}
Fields = dict[str, Any]


class Inspection:
    """The calls of the API as plain functions: fields in, JSON-ready value out, Refusal on error."""

    def __init__(self, base: Base, faults: Faults) -> None:
        self._base = base
        self._faults = faults
        self.gets: dict[str, Callable[[], object]] = {
            "/_bench/state": self._state,
            "/_bench/faults": lambda: {"faults": self._faults.listing()},
        }
        self.posts: dict[str, Callable[[Fields], object]] = {
            "/_bench/book": self._book,
            "/_bench/cancel": lambda fields: self._told(self._base.cancel(str(fields.get("id", "")))),
            "/_bench/faults": self._fault,
            "/_bench/reset": self._reset,
            "/_bench/patient": self._patient,
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
        start = _instant(fields, "start")
        minutes = fields.get("minutes", 30)
        if "end" in fields:
            minutes = int((_instant(fields, "end") - start) / timedelta(minutes=1))
        if not isinstance(minutes, int) or isinstance(minutes, bool) or minutes <= 0:
            raise Refusal("minutes must be a whole number above zero", code="invalid")
        subject = self._subject(str(fields.get("resource", "")), fields.get("location"), start)
        person = Person("Звонков", "Тест", "", str(fields.get("phone", "70000000000")))
        is_forced = fields.get("force") is True
        return self._told(self._base.add_by_clerk(subject, start, minutes, person, force=is_forced))

    def _subject(self, keeper: str, location: object, start: datetime) -> Subject:
        """Return the schedule of a doctor where they work at that time, else their first one."""
        own = [
            subject
            for subject in SUBJECTS
            if keeper in {subject.keeper, subject.id} and location in {None, subject.clinic}
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
        names = [str(fields.get(name, "")) for name in ("surname", "name", "fathername", "phone")]
        return {"id": self._base.add_patient(Person(*names)).pid}

    def _fault(self, fields: Fields) -> object:
        try:
            fault = Fault(**fields)
        except TypeError as error:
            raise Refusal("a fault has other fields", code="invalid") from error
        self._faults.put(fault)
        return {"faults": self._faults.listing()}

    def _reset(self, fields: Fields) -> object:
        seed = int(fields.get("seed", 1))
        self._base.reset(seed)
        self._faults.reset(seed)
        return {"seed": seed}


def _instant(fields: Fields, name: str) -> datetime:
    try:
        moment = datetime.fromisoformat(str(fields.get(name, "")))
    except ValueError as error:
        raise Refusal(f"{name} must be an ISO 8601 instant", code="invalid") from error
    if moment.tzinfo is None:
        raise Refusal(f"{name} must carry a UTC offset", code="invalid")
    return moment


def inspection_handler(inspection: Inspection) -> type[Handler]:
    """Return the handler of the inspection port."""
    return type("BoundInspectionHandler", (InspectionHandler,), {"inspection": inspection})


class InspectionHandler(Handler):
    inspection: ClassVar[Inspection]

    def do_GET(self) -> None:  # noqa: N802 - named by http.server
        act = self.inspection.gets.get(self.route)
        self._json(act or _nowhere)

    def do_POST(self) -> None:  # noqa: N802 - named by http.server
        body = self.body()
        if body is None:
            return
        act = self.inspection.posts.get(self.route)
        self._json(_nowhere if act is None else lambda: act(_fields(body)))

    def _json(self, act: Callable[[], object]) -> None:
        try:
            status, value = 200, act()
        except Refusal as refusal:
            status = STATUS_OF.get(refusal.code, 422)
            value = {"code": refusal.code, "message": refusal.text}
        body = json.dumps(value, ensure_ascii=False).encode()
        self.respond(Answer(status, "application/json; charset=utf-8", body))


def _nowhere() -> object:
    raise Refusal("no such address", code="not_found")


def _fields(body: bytes) -> Fields:
    try:
        fields = json.loads(body or b"{}")
    except (ValueError, RecursionError) as error:
        raise Refusal("the body is not JSON", code="bad_json") from error
    if not isinstance(fields, dict):
        raise Refusal("the body must be a JSON object", code="bad_json")
    return fields
