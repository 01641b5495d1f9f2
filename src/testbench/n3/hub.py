"""What each operation does and answers. HTTP is 200 whatever comes of it: Success says how it went."""

from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from testbench.n3.base import ERRORS, Base, N3Refusal
from testbench.n3.contract import NO_TYPE, Call, day
from testbench.n3.faults import FREE, REPORT, SET, Faults
from testbench.n3.model import DOCTORS, LPUS, Doctor, Lpu, Patient, Person, Speciality, Ticket, Visit, zone_of
from testbench.n3.wire import Members, Node, Result

TOKEN = "00000000-0000-4000-8000-0000000000a3"  # noqa: S105 - of a stand-in, printed in its docs
NO_PLACES = "Нет свободных талонов"
NOT_ATTACHED = "41"
"""The NotAvailableReasonCode of a doctor of another area."""


class Hub:
    """Thread-safe, as the base is."""

    def __init__(self, base: Base, faults: Faults, *, guid: str) -> None:
        self._base = base
        self._faults = faults
        self._guid = guid
        self._acts: dict[str, Callable[[Call], Result]] = {
            "GetLPUList": self._lpus,
            "GetSpesialityList": self._specialities,
            "GetDoctorList": self._doctors,
            FREE: self._free,
            "GetWorkingTime": self._working_time,
            "SearchTop10Patient": self._search,
            "AddNewPatient": self._add_patient,
            SET: self._set,
            "CreateClaimForRefusal": self._cancel,
            "GetPatientHistory": self._history,
            "GetErrorList": self._errors,
            REPORT: self._report,
        }

    def answer(self, call: Call) -> Result:
        """Do what the call asks; a refusal is an answer too. Raises BrokenCallError."""
        if call.values["guid"].lower() != self._guid:
            return failure(1)
        try:
            return self._acts[call.operation](call)
        except N3Refusal as refusal:
            return failure(refusal.number, refusal.text)

    # The directory.

    def _lpus(self, _: Call) -> Result:
        return Result({"ListLPU": [_clinic(lpu) for lpu in LPUS]})

    def _specialities(self, call: Call) -> Result:
        lpu, viewer = call.lpu(), self._viewer(call)
        found = dict.fromkeys(doctor.speciality for doctor in DOCTORS if doctor.lpu == lpu)
        return Result({
            "ListSpesiality": [
                Node("Spesiality", _speciality(one) | self._counts(
                    [doctor for doctor in DOCTORS if (doctor.lpu, doctor.speciality) == (lpu, one)], viewer
                ))
                for one in found
            ]
        })  # fmt: skip

    def _doctors(self, call: Call) -> Result:
        viewer = self._viewer(call)
        return Result({
            "Docs": [
                Node("Doctor", {
                    "AriaNumber": doctor.area or None, "Comment": "", "IdDoc": doctor.id,
                    "Name": doctor.name, "Snils": doctor.snils, **self._counts([doctor], viewer),
                })
                for doctor in DOCTORS
                if (doctor.lpu, doctor.speciality.id) == (call.lpu(), call.values["idSpesiality"])
            ]
        })  # fmt: skip

    def _counts(self, doctors: list[Doctor], viewer: Patient | None) -> Members:
        free = [
            ticket for doctor in doctors for ticket in self._base.free(doctor) if _is_let_in(viewer, doctor)
        ]
        count = str(len(free)) if self._base.rules.counts_tickets else "0"
        starts = sorted(_wall(ticket.start, ticket.doctor.lpu) for ticket in free)
        return {
            "CountFreeParticipantIE": count,
            "CountFreeTicket": count,
            "LastDate": starts[-1] if starts else None,
            "NearestDate": starts[0] if starts else None,
        }

    # Tickets.

    def _free(self, call: Call) -> Result:
        doctor, viewer = _doctor(call), self._viewer(call)
        if not _is_let_in(viewer, doctor):
            return Result({"ListAppointments": [], "NotAvailableReasonCode": NOT_ATTACHED})
        stale, shifted = self._faults.draw("stale_grid", FREE), self._faults.draw("wrong_zone", FREE)
        tickets = [
            ticket
            for ticket in self._base.free(doctor, stale=stale.delay if stale else 0.0)
            if _is_asked(call, ticket)
        ]
        if self._faults.draw("partial", FREE):
            tickets = tickets[::2]
        hours = timedelta(hours=shifted.hours if shifted else 0)
        rows = [self._appointment(ticket, hours) for ticket in tickets]
        return Result({"ListAppointments": rows, "NotAvailableReasonCode": None})

    def _appointment(self, ticket: Ticket, hours: timedelta) -> Node:
        lpu = ticket.doctor.lpu
        return Node("Appointment", {
            "Address": None,
            "IdAppointment": self._base.id_of(ticket),
            "Num": None,
            "Room": ticket.doctor.room,
            "VisitEnd": _wall(ticket.end + hours, lpu),
            "VisitStart": _wall(ticket.start + hours, lpu),
        })  # fmt: skip

    def _working_time(self, call: Call) -> Result:
        doctor = _doctor(call)
        days: dict[date, list[Ticket]] = {}
        free = {ticket for ticket in self._base.free(doctor) if _is_asked(call, ticket)}
        for ticket in self._base.printed(doctor):
            if _is_asked(call, ticket):
                days.setdefault(ticket.start.astimezone(zone_of(doctor.lpu)).date(), []).append(ticket)
        return Result({
            "WorkingTimeList": [
                Node("WorkingTime", {
                    "DenyCause": "" if free & set(tickets) else NO_PLACES,
                    "RecordableDay": "true" if free & set(tickets) else "false",
                    "VisitEnd": _wall(tickets[-1].end, doctor.lpu),
                    "VisitStart": _wall(tickets[0].start, doctor.lpu),
                })
                for tickets in days.values()
            ]
        })  # fmt: skip

    # Patients.

    def _viewer(self, call: Call) -> Patient | None:
        told = call.values.get("idPat")
        return self._base.patient(call.lpu(), told) if told else None

    def _search(self, call: Call) -> Result:
        told = dict(call.patient)
        birthday = day(told["Birthday"]) if told.get("Birthday") else None
        return Result(
            {"ListPatient": [_card(card) for card in self._base.search(call.lpu(), told, birthday)]}
        )

    def _add_patient(self, call: Call) -> Result:
        told = call.patient
        if not all(told.get(name) for name in ("Surname", "Name", "Birthday")):
            raise N3Refusal(4)
        names = told["Surname"], told["Name"], told.get("SecondName", "")
        person = Person(*names, day(told["Birthday"]), told.get("CellPhone", ""))
        made = self._base.add_patient(call.lpu(), person)
        return Result({"IdPat": made.id})

    # Visits.

    def _set(self, call: Call) -> Result:
        lpu, told = call.lpu(), call.values["idAppointment"]
        ticket = self._base.ticket(lpu, told)
        patient = self._base.patient(lpu, call.values["idPat"])
        if self._faults.draw("clerk_race", SET):
            self._race(ticket)
        previous = self._previous(call)
        self._examine(
            ticket, patient, has_referral=bool(call.values.get("doctorsReferral")), previous=previous
        )
        self._base.add(ticket, patient, "site", previous=previous)
        return Result({"Type": NO_TYPE})

    def _previous(self, call: Call) -> Visit | None:
        told = call.values.get("idAppointmentPrev")
        if not told:
            return None
        if not self._base.rules.moves:
            raise N3Refusal(99, "Перенос записи не поддерживается")
        return self._base.visit_of(call.lpu(), call.values["idPat"], told)

    def _examine(
        self, ticket: Ticket, patient: Patient, *, has_referral: bool, previous: Visit | None
    ) -> None:
        """Refuse a patient whom the doctor does not take. A place that is taken is told first, as in life."""
        doctor = ticket.doctor
        if ticket not in self._base.free(doctor):
            raise N3Refusal(39)
        if not _is_let_in(patient, doctor):
            raise N3Refusal(36)
        if doctor.age_from and _years(patient, ticket) < doctor.age_from:
            raise N3Refusal(34, f"Запись запрещена (только с {doctor.age_from} лет)")
        if doctor.needs_referral and not has_referral:
            raise N3Refusal(45)
        if previous is None and self._base.clashes(patient, ticket):
            raise N3Refusal(35)

    def _race(self, ticket: Ticket) -> None:
        """Let a registrar take the ticket this instant; somebody may have it already."""
        try:
            self._base.by_phone(ticket.doctor, ticket.start)
        except N3Refusal:
            return

    def _cancel(self, call: Call) -> Result:
        visit = self._base.visit_of(call.lpu(), call.values["idPat"], call.values["idAppointment"])
        self._base.cancel(visit.number)
        return Result()

    def _history(self, call: Call) -> Result:
        patient = self._base.patient(call.lpu(), call.values["idPat"])
        coming = [
            visit
            for visit in self._base.visits()
            if visit.patient == patient and visit.ticket.start > self._base.now()
        ]
        booked = [self._told(visit, "HistoryVisit") for visit in coming if visit.status == "booked"]
        refused = [self._told(visit, "HistoryRefusal") for visit in coming if visit.status == "cancelled"]
        told = refused if self._base.rules.tells_refusals else []
        return Result({"ListHistoryRefusal": told, "ListHistoryVisit": booked})

    def _told(self, visit: Visit, name: str) -> Node:
        doctor = visit.ticket.doctor
        return Node(name, {
            "DateCreatedAppointment": _wall(visit.written_at, doctor.lpu),
            "DoctorRendingConsultation": Node(
                "DoctorRendingConsultation", {"IdDoc": doctor.id, "Name": doctor.name, "Snils": doctor.snils}
            ),
            "IdAppointment": self._base.told_id(visit),
            "SpecialityRendingConsultation": Node("Speciality", _speciality(doctor.speciality)),
            "UserCreatedAppointment": Node("User", {"UserName": "-", "UserPosition": NO_TYPE}),
            "VisitStart": _wall(visit.ticket.start, doctor.lpu),
        })  # fmt: skip

    # The rest.

    def _errors(self, _: Call) -> Result:
        """Return the table of errors, which stands where a failure has its own."""
        return Result(errors=tuple(ERRORS.items()))

    def _report(self, call: Call) -> Result:
        told = {name: value for name, value in call.values.items() if value and name != "guid"}
        if not {"idLpu", "idPat", "idAppointment"} <= told.keys():
            raise N3Refusal(4)
        patient = self._base.patient(call.lpu(), told["idPat"])
        if not any(
            visit.patient == patient and self._base.told_id(visit) == told["idAppointment"]
            for visit in self._base.visits()
        ):
            raise N3Refusal(38)
        day(told["eventDatetime"])
        self._base.reports.append(told)
        return Result()


def failure(number: int, text: str = "") -> Result:
    return Result(errors=((number, text or ERRORS[number]),), is_success=False)


def _doctor(call: Call) -> Doctor:
    wanted = (call.lpu(), call.values["idDoc"])
    for doctor in DOCTORS:
        if (doctor.lpu, doctor.id) == wanted:
            return doctor
    raise N3Refusal(99, "Врач не найден")


def _is_let_in(patient: Patient | None, doctor: Doctor) -> bool:
    """Whether somebody sees the doctor's tickets; nobody in particular sees all."""
    return patient is None or not doctor.area or patient.person.area == doctor.area


def _is_asked(call: Call, ticket: Ticket) -> bool:
    """Whether a ticket lies between visitStart and visitEnd; a bare day as the end is not its whole day."""
    zone = zone_of(ticket.doctor.lpu)
    first, last = (_moment(call.values[name], zone) for name in ("visitStart", "visitEnd"))
    return first <= ticket.start <= last


def _moment(text: str, zone: ZoneInfo) -> datetime:
    day(text)
    return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)


def _wall(moment: datetime, lpu: int) -> str:
    return moment.astimezone(zone_of(lpu)).strftime("%Y-%m-%dT%H:%M:%S")


def _years(patient: Patient, ticket: Ticket) -> int:
    on, born = ticket.start.date(), patient.person.birthday
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))


def _speciality(one: Speciality) -> Members:
    return {"FerIdSpesiality": one.fer_id, "IdSpesiality": one.id, "NameSpesiality": one.name}


def _clinic(lpu: Lpu) -> Node:
    return Node("Clinic", {
        "Description": "", "District": None, "IdLPU": str(lpu.id),
        "IsActive": "true" if lpu.is_active else "false", "LPUFullName": lpu.full_name,
        "LPUShortName": lpu.short_name, "LPUType": "1", "Oid": None, "PartOf": None,
    })  # fmt: skip


def _card(card: Patient) -> Node:
    person = card.person
    return Node("Patient", {
        "AriaNumber": person.area or None, "Birthday": f"{person.birthday}T00:00:00",
        "CellPhone": person.phone, "HomePhone": None, "IdPat": card.id, "Name": person.name,
        "SecondName": person.second_name or None, "Surname": person.surname,
    })  # fmt: skip


def empty(call: Call) -> Result:
    """Return a success with nothing in it; of what writes, a result without even Success."""
    lists: dict[str, tuple[str, ...]] = {
        "GetLPUList": ("ListLPU",),
        "GetSpesialityList": ("ListSpesiality",),
        "GetDoctorList": ("Docs",),
        FREE: ("ListAppointments",),
        "GetWorkingTime": ("WorkingTimeList",),
        "SearchTop10Patient": ("ListPatient",),
        "GetPatientHistory": ("ListHistoryRefusal", "ListHistoryVisit"),
        "GetErrorList": (),
    }
    names: Iterable[str] | None = lists.get(call.operation)
    return Result(is_bare=True) if names is None else Result({name: [] for name in names})
