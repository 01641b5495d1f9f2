"""What the operations do with the information base, whatever the wire (contract §3.1).

An operation takes the parameters as they came, dates as ISO 8601, and returns plain values. The wires
(`soap_wire`, `http_wire`) give them the shapes of the live services. Refusal is the base's own "no";
BadParameterError means that the call itself was wrong.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta

from testbench.bit_umc.base import Grid, InformationBase, Visit
from testbench.bit_umc.faults import Faults
from testbench.bit_umc.grid import visit_minutes
from testbench.bit_umc.model import Call, Clinic, Employee, Item, Person
from testbench.refusal import Refusal

NO_EXCHANGE = "Не обнаружена настройка обмена с сайтом для данной клиники!"
CYRILLIC_CLINIC = "Сlinic"  # the first letter is Cyrillic: some bases were published with this typo


class BadParameterError(Exception):
    """A parameter is missing or isn't of its type."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


@dataclass(frozen=True, slots=True)
class Shown:
    """A schedule to be shown; `hours` shifts each wall time (the fault `wrong_zone`)."""

    grids: tuple[Grid, ...]
    only_free: bool
    hours: int


class Operations:
    def __init__(self, base: InformationBase, faults: Faults) -> None:
        self._base = base
        self._faults = faults

    def clinics(self) -> tuple[Clinic, ...]:
        return self._base.network.clinics

    def employees(self) -> tuple[Employee, ...]:
        return self._base.network.employees

    def catalogue(self, clinic: str) -> tuple[Item, ...]:
        """Return the items with the prices of a clinic; raises Refusal for a clinic without a setting."""
        if clinic not in {row.uid for row in self._base.network.clinics}:
            raise Refusal(NO_EXCHANGE, code="no_exchange")
        return self._base.network.items(clinic)

    def schedule(self, call: Call, *, filters: Mapping[str, str]) -> Shown:
        """Show the days from StartDate to FinishDate; `filters` are those that this operation heeds."""
        first, last = _moment(call, "StartDate").date(), _moment(call, "FinishDate").date()
        clinic, employees = clinic_of(filters), frozenset(_list(filters.get("Employees", "")))
        stale = self._faults.draw("stale_grid", call.operation)
        if call.operation == "GetEnlargementSchedule":
            grids = [
                grid
                for grid in self._base.enlargement(first, last)
                if clinic in {"", grid.clinic.uid} and (not employees or grid.employee.uid in employees)
            ]
        else:
            delay = stale.delay if stale else None
            grids = self._base.schedule(first, last, clinic=clinic, employees=employees, stale=delay)
        if self._faults.draw("partial", call.operation):
            grids = self._thin(grids)
        shifted = self._faults.draw("wrong_zone", call.operation)
        only_free = filters.get("OnlyFreeTime", "").lower() in {"true", "1", "истина"}
        return Shown(tuple(grids), only_free, shifted.hours if shifted else 0)

    def reserve(self, call: Call, *, explicit: bool) -> str:
        """Hold time and return the УИД; `explicit` says whether the operation can tell the length."""
        visit = self._visit(call, explicit=explicit)
        if self._faults.draw("clerk_race", call.operation):
            self._base.race(visit)
        return self._base.reserve(visit).uid

    def book(self, call: Call, *, explicit: bool) -> str:
        """Write a visit, over the document GUID if there is one, and return its УИД."""
        guid = call.values.get("GUID", "")
        visit = self._visit(call, explicit=explicit)
        if self._faults.draw("clerk_race", call.operation):
            self._base.race(visit, guid=guid)
        duplicate = self._faults.draw("duplicate_clients", call.operation)
        return self._base.book(visit, guid=guid, duplicate_client=duplicate is not None).uid

    def answers_ok(self, call: Call) -> bool:
        """Say whether a booking is answered by the bare word."""
        return self._faults.draw("bare_ok", call.operation) is not None

    def put_on_waiting_list(self, call: Call) -> str:
        return self._base.put_on_waiting_list(self._visit(call, explicit=False)).uid

    def cancel(self, call: Call) -> None:
        self._base.cancel(_required(call, "GUID"), reason=call.values.get("Reason", ""))

    def status(self, call: Call) -> tuple[int, str]:
        code = 9 if self._faults.draw("reserve_status_9", call.operation) else 6
        return self._base.status(_required(call, "GUID"), reserve_code=code)

    def _thin(self, grids: list[Grid]) -> list[Grid]:
        """Lose about half of the doctors (never none, never all of several) and a day of the last one."""
        kept = [grid for grid in grids[1:] if self._faults.sample(0.5)]
        if not kept:
            kept = grids[-1:]
        for grid in kept[-1:]:
            lost = {period.start.date() for period in grid.free[-1:]}
            free = tuple(period for period in grid.free if period.start.date() not in lost)
            busy = tuple(period for period in grid.busy if period.start.date() not in lost)
            kept[-1] = replace(grid, free=free, busy=busy)
        return kept

    def _visit(self, call: Call, *, explicit: bool) -> Visit:
        """Read who, where, when and how long."""
        values = call.values
        employee = self._base.employee(_required(call, "EmployeeID"))
        clinic = self._base.clinic(clinic_of(values))
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


def clinic_of(values: Mapping[str, str]) -> str:
    return values.get("Clinic", "") or values.get(CYRILLIC_CLINIC, "")


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
