"""The operations of the web service over the information base (contract §3.1).

An operation takes the parameters as they came and returns the string that goes into `m:return`. A refusal of
the base becomes the answer in the shape that the live service has for that operation; BadParameter becomes a
SOAP fault.
"""

from collections.abc import Callable
from datetime import datetime, time, timedelta

from testbench.bit_umc import reply
from testbench.bit_umc.base import Grid, InformationBase, Visit
from testbench.bit_umc.faults import Faults
from testbench.bit_umc.grid import visit_minutes
from testbench.bit_umc.model import Person, Refusal
from testbench.bit_umc.soap import Call

NO_EXCHANGE = "Не обнаружена настройка обмена с сайтом для данной клиники!"
OK = "Ok"
CYRILLIC_CLINIC = "Сlinic"  # the first letter is Cyrillic: some bases were published with this typo


class BadParameterError(Exception):
    """A parameter is missing or isn't of its type."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.text = f"Ошибка преобразования данных XDTO: параметр {name}"


class Operations:
    def __init__(self, base: InformationBase, faults: Faults) -> None:
        self._base = base
        self._faults = faults
        self._table: dict[str, Callable[[Call], str]] = {
            "GetListClinic": self._clinics,
            "GetListEmployees": self._employees,
            "GetNomenclatureAndPrices": self._catalogue,
            "GetEnlargementSchedule": self._schedule,
            "GetSchedule": self._schedule,
            "GetSchedule20": self._schedule,
            "GetReserve": self._reserve,
            "Reservation": self._reserve,
            "BookAnAppointment": self._book,
            "BookAnAppointmentWithParams": self._book,
            "BookAnAppointmentWithClient": self._book,
            "FastBookAnAppointment": self._waiting,
            "CancelBookAnAppointment": self._cancel,
            "GetAppointmentStatus": self._status,
        }

    def find(self, name: str) -> Callable[[Call], str] | None:
        return self._table.get(name)

    def _clinics(self, _: Call) -> str:
        return reply.as_xml(reply.clinics(self._base.network.clinics))

    def _employees(self, _: Call) -> str:
        return reply.as_xml(reply.employees(self._base.network.employees), reply.S2)

    def _catalogue(self, call: Call) -> str:
        clinic = _first(call.values, "GUID", "Clinic", CYRILLIC_CLINIC)
        if clinic not in {row.uid for row in self._base.network.clinics}:
            return reply.outcome(ok=False, error=NO_EXCHANGE)
        return reply.as_xml(reply.catalogue(self._base.network.items(clinic)), reply.S2)

    def _schedule(self, call: Call) -> str:
        first, last = _moment(call, "StartDate").date(), _moment(call, "FinishDate").date()
        params = call.params if call.operation == "GetSchedule20" else {}
        kind = params.get("Format", "")
        if kind not in reply.FORMATS:
            raise BadParameterError("Format")
        stale = self._faults.draw("stale_grid", call.operation)
        if call.operation == "GetEnlargementSchedule":
            grids = self._base.enlargement(first, last)
        else:
            grids = self._base.schedule(
                first,
                last,
                clinic=_first(params, "Clinic", CYRILLIC_CLINIC),
                employees=frozenset(_list(params.get("Employees", ""))),
                stale=stale.delay if stale else None,
            )
        if self._faults.draw("partial", call.operation):
            grids = self._thin(grids)
        shifted = self._faults.draw("wrong_zone", call.operation)
        only_free = params.get("OnlyFreeTime", "").lower() in {"true", "1", "истина"}
        tree = reply.schedule(grids, only_free=only_free, hours=shifted.hours if shifted else 0)
        return reply.render(tree, kind)

    def _thin(self, grids: list[Grid]) -> list[Grid]:
        """Lose about half of the doctors (never none, never all of several) and a day of the last one."""
        kept = [grid for grid in grids[1:] if self._faults.sample(0.5)]
        if not kept:
            kept = grids[-1:]
        for grid in kept[-1:]:
            lost = {period.start.date() for period in grid.free[-1:]}
            free = tuple(period for period in grid.free if period.start.date() not in lost)
            busy = tuple(period for period in grid.busy if period.start.date() not in lost)
            kept[-1] = Grid(grid.clinic, grid.employee, free, busy)
        return kept

    def _reserve(self, call: Call) -> str:
        try:
            visit = self._visit(call, explicit=call.operation == "Reservation")
            if self._faults.draw("clerk_race", call.operation):
                self._base.race(visit)
            document = self._base.reserve(visit)
        except Refusal as refusal:
            return reply.outcome(ok=False, error=refusal.text)
        return reply.outcome(ok=True, uid=document.uid)

    def _book(self, call: Call) -> str:
        guid = call.values.get("GUID", "")
        try:
            visit = self._visit(call, explicit=call.operation != "BookAnAppointment")
            if self._faults.draw("clerk_race", call.operation):
                self._base.race(visit, guid=guid)
            duplicate = self._faults.draw("duplicate_clients", call.operation)
            document = self._base.book(visit, guid=guid, duplicate_client=duplicate is not None)
        except Refusal as refusal:
            if call.operation == "BookAnAppointment":
                return refusal.text
            return reply.outcome(ok=False, error=refusal.text)
        if self._faults.draw("bare_ok", call.operation):
            return OK
        return reply.outcome(ok=True, uid=document.uid)

    def _waiting(self, call: Call) -> str:
        try:
            document = self._base.put_on_waiting_list(self._visit(call, explicit=False))
        except Refusal as refusal:
            return reply.outcome(ok=False, error=refusal.text)
        return reply.outcome(ok=True, uid=document.uid)

    def _cancel(self, call: Call) -> str:
        try:
            self._base.cancel(_required(call, "GUID"), reason=call.values.get("Reason", ""))
        except Refusal as refusal:
            return reply.done(ok=False, error=refusal.text)
        return reply.done(ok=True)

    def _status(self, call: Call) -> str:
        code = 9 if self._faults.draw("reserve_status_9", call.operation) else 6
        try:
            return reply.status(*self._base.status(_required(call, "GUID"), reserve_code=code))
        except Refusal as refusal:
            return refusal.text

    def _visit(self, call: Call, *, explicit: bool) -> Visit:
        """Read who, where and when; `explicit` says whether the operation can tell the length at all."""
        values = call.values
        employee = self._base.employee(_required(call, "EmployeeID"))
        clinic = self._base.clinic(_first(values, "Clinic", CYRILLIC_CLINIC))
        day, hour = _moment(call, "Date").date(), _clock(call, "TimeBegin")
        services = _list(call.params.get("Services", "") or values.get("Service", ""))
        asked = call.params.get("Duration", "") or values.get("Duration", "")
        norms = None
        if explicit and services:
            lengths = [self._base.norm(employee, clinic.uid, service) for service in services]
            kind = call.params.get("DurationType", "") or values.get("DurationType", "")
            norms = lengths if kind == "ServiceDuration" else None
        minutes = visit_minutes(
            norms=norms,
            duration=_minutes(asked) if explicit and asked else 0,
            doctor_default=employee.default_minutes,
            planning_step=self._base.rules.planning_step,
        )
        client = values.get("Client", "") if call.operation == "BookAnAppointmentWithClient" else ""
        return Visit(
            employee=employee.uid,
            clinic=clinic.uid,
            start=datetime.combine(day, hour, clinic.zone),
            minutes=minutes,
            person=self._base.person_of(client) if client else _person(call),
            client=client,
            cabinet=values.get("EquipmentCabinet", "") or call.params.get("EquipmentCabinet", ""),
            services=services,
            comment=values.get("Comment", ""),
        )


def _person(call: Call) -> Person:
    values = call.values
    return Person(
        surname=values.get("PatientSurname", ""),
        name=values.get("PatientName", ""),
        fathername=values.get("PatientFatherName", ""),
        phone=values.get("Phone", ""),
        email=values.get("Email", ""),
        address=values.get("Address", ""),
        birthday=call.params.get("Birthday", ""),
    )


def _required(call: Call, name: str) -> str:
    value = call.values.get(name, "")
    if not value:
        raise BadParameterError(name)
    return value


def _first(values: dict[str, str], *names: str) -> str:
    return next((values[name] for name in names if values.get(name)), "")


def _list(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(";") if part.strip())


def _moment(call: Call, name: str) -> datetime:
    try:
        return datetime.fromisoformat(_required(call, name))
    except ValueError as error:
        raise BadParameterError(name) from error


def _clock(call: Call, name: str) -> time:
    return _moment(call, name).time()


def _minutes(text: str) -> int:
    try:
        moment = datetime.fromisoformat(text).time()
    except ValueError as error:
        raise BadParameterError("Duration") from error
    return timedelta(hours=moment.hour, minutes=moment.minute) // timedelta(minutes=1)
