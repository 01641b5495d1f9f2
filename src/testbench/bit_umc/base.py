"""The information base: who is free when, and the documents that take time.

Every write happens under one lock, is checked there against all active documents and is on disk before it
is visible: a document is committed exactly once or not at all. A document is refused if it overlaps an
active one of the same employee (at whichever clinic) or of the same cabinet, or leaves the employee's
working time. What the contract leaves open (working time, past starts, documents marked for deletion) is
told in docs/modules/testbench.md.
"""

import threading
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Literal

from testbench.bit_umc.grid import tile
from testbench.bit_umc.journal import Journal
from testbench.bit_umc.model import (
    NOBODY,
    Clinic,
    Document,
    Employee,
    Network,
    Period,
    Person,
    Shift,
)
from testbench.clock import Clock
from testbench.refusal import Refusal

UNKNOWN_GUID = "Ошибка при получении уникального идентификатора заявки на основе GUID.\n"
NOT_WRITTEN = 'Не удалось записать документ "Заявка"'
STATUS_TITLES = {
    1: "Новая заявка с сайта",
    2: "Обработана",
    3: "Пациент пришел",
    4: "Пациент не пришел",
    5: "Отменена",
    6: "Резерв времени",
    9: "Зарезервирована",
}


@dataclass(frozen=True, slots=True)
class Rules:
    """Settings of the base. Minutes; `planning_step` 0 means that none is set."""

    planning_step: int = 30
    hold_minutes: int = 15
    match_clients: bool = False


@dataclass(frozen=True, slots=True)
class Visit:
    """What a caller asks to be written."""

    employee: str
    clinic: str
    start: datetime
    minutes: int
    person: Person = NOBODY
    client: str = ""
    cabinet: str = ""
    services: tuple[str, ...] = ()
    comment: str = ""


@dataclass(frozen=True, slots=True)
class Grid:
    """Free and busy time of one employee at one clinic over the days that were asked for."""

    clinic: Clinic
    employee: Employee
    free: tuple[Period, ...]
    busy: tuple[Period, ...]


class InformationBase:
    """Thread-safe. `network` is replaced as a whole by `reset`."""

    def __init__(self, network: Network, *, journal: Journal, clock: Clock, rules: Rules) -> None:
        self._lock = threading.RLock()
        self._network = network
        self._journal = journal
        self._clock = clock
        self._brought: set[tuple[str, date]] = set()
        self.rules = rules

    @property
    def network(self) -> Network:
        return self._network

    def now(self) -> datetime:
        return self._clock()

    def reset(self, network: Network) -> None:
        with self._lock:
            self._network = network
            self._journal.clear()
            self._brought.clear()

    def clinic(self, uid: str) -> Clinic:
        for clinic in self._network.clinics:
            if clinic.uid == uid:
                return clinic
        raise Refusal("Не найдена клиника по GUID", code="unknown_clinic")

    def employee(self, uid: str) -> Employee:
        for employee in self._network.employees:
            if employee.uid == uid:
                return employee
        raise Refusal("Не найден сотрудник по GUID", code="unknown_employee")

    def norm(self, employee: Employee, clinic: str, service: str) -> int:
        """Return the minutes of a service: the employee's own norm, else the catalogue's."""
        for own in employee.services:
            if own.uid == service and own.minutes:
                return own.minutes
        for item in self._network.items(clinic):
            if item.uid == service and not item.folder:
                return item.minutes
        raise Refusal("Не найдена номенклатура по GUID", code="unknown_service")

    def _bring(self) -> None:
        """Take in the visits that the network has for the days now in sight."""
        now = self.now()
        for clinic in self._network.clinics:
            for day in self._network.days(clinic, now):
                if (clinic.uid, day) not in self._brought:
                    self._brought.add((clinic.uid, day))
                    for document in self._network.visits(clinic.uid, day):
                        self._journal.found(document)

    def _shifts(self, clinic: Clinic, first: date, last: date) -> Iterable[Shift]:
        for day in self._network.days(clinic, self.now()):
            if first <= day <= last:
                yield from self._network.shifts(clinic.uid, day)

    def _documents(self, stale: float | None) -> tuple[Document, ...]:
        if stale is None:
            return self._journal.all()
        return self._journal.as_of(self.now() - timedelta(seconds=stale))

    def schedule(
        self,
        first: date,
        last: date,
        *,
        clinic: str = "",
        employees: frozenset[str] = frozenset(),
        stale: float | None = None,
    ) -> list[Grid]:
        """Return a grid per clinic and employee that works there in [first, last].

        `stale` (seconds) shows the documents as they stood that long ago. A clinic or an employee that the
        base doesn't know matches nothing: the answer is then empty, as in the live system.
        """
        with self._lock:
            self._bring()
            visits: dict[str, list[Period]] = {}
            for document in self._documents(stale):
                if document.occupies:
                    period = Period(document.start, document.end, "")
                    visits.setdefault(document.employee, []).append(period)
            return self._grids(
                first, last, clinic, employees, lambda shift: tile(shift, visits.get(shift.employee, ()))
            )

    def enlargement(self, first: date, last: date) -> list[Grid]:
        """Return one period a day, earliest start to latest end: breaks and visits are NOT taken out."""
        with self._lock:
            grids = self._grids(
                first,
                last,
                "",
                frozenset(),
                lambda shift: ((Period(shift.start, shift.end, shift.kind),), ()),
            )
        return [replace(grid, free=_widest(grid.free)) for grid in grids]

    def _grids(
        self,
        first: date,
        last: date,
        only_clinic: str,
        only_employees: frozenset[str],
        cut: Callable[[Shift], tuple[tuple[Period, ...], tuple[Period, ...]]],
    ) -> list[Grid]:
        known = {employee.uid: employee for employee in self._network.employees}
        grids: list[Grid] = []
        for clinic in self._network.clinics:
            if only_clinic and clinic.uid != only_clinic:
                continue
            rows: dict[str, Grid] = {}
            for shift in self._shifts(clinic, first, last):
                if only_employees and shift.employee not in only_employees:
                    continue
                free, busy = cut(shift)
                row = rows.get(shift.employee) or Grid(clinic, known[shift.employee], (), ())
                rows[shift.employee] = replace(row, free=row.free + free, busy=row.busy + busy)
            grids += sorted(rows.values(), key=lambda row: row.employee.full_name)
        return grids

    def reserve(self, visit: Visit) -> Document:
        """Hold time; raises Refusal when it overlaps."""
        with self._lock:
            return self._write(self._draft(visit, uid=str(uuid.uuid4()), state="reserved", source="site"))

    def book(self, visit: Visit, *, guid: str = "", duplicate_client: bool = False) -> Document:
        """Write a visit; with `guid` the existing document is edited as a whole and keeps its identifier."""
        with self._lock:
            draft = self._draft(visit, uid=guid or str(uuid.uuid4()), state="booked", source="site")
            if guid:
                known = self.document(guid)
                if known.state == "cancelled":
                    raise Refusal(f"{NOT_WRITTEN}. Документ помечен на удаление.", code="marked_deleted")
                draft = replace(draft, source=known.source, processed=known.processed, client=known.client)
            client = visit.client or draft.client or self._client(visit.person, duplicate=duplicate_client)
            return self._write(replace(draft, client=client))

    def put_on_waiting_list(self, visit: Visit) -> Document:
        """Note a wish. It occupies nothing."""
        with self._lock:
            draft = self._draft(visit, uid=str(uuid.uuid4()), state="booked", source="site")
            document = replace(draft, kind="waiting", client=self._client(visit.person, duplicate=False))
            self._journal.write(document)
            return document

    def book_by_clerk(self, visit: Visit, *, force: bool = False) -> Document:
        """Write what a registrar heard by phone; `force` overbooks."""
        with self._lock:
            draft = self._draft(visit, uid=str(uuid.uuid4()), state="booked", source="clerk")
            client = self._client(visit.person, duplicate=False)
            return self._write(replace(draft, processed=True, client=client), force=force)

    def race(self, visit: Visit, *, guid: str = "") -> None:
        """Let a registrar take the time this instant, over the caller's reserve if there is one."""
        with self._lock:
            held = self._journal.get(guid)
            if held is not None and held.state == "reserved":
                self._journal.write(
                    replace(held, state="cancelled", written_at=self.now(), reason="Регистратура")
                )
            try:
                self.book_by_clerk(replace(visit, person=Person("Звонков", "Тест", "", "+70000000000")))
            except Refusal:
                return  # somebody has it already, which is what the race is for

    def cancel(self, guid: str, *, reason: str = "") -> Document:
        """Mark for deletion; a second cancel is refused, as an unknown identifier is."""
        with self._lock:
            known = self.document(guid)
            if known.state == "cancelled":
                raise Refusal(UNKNOWN_GUID, code="already_cancelled")
            document = replace(known, state="cancelled", reason=reason, written_at=self.now())
            self._journal.write(document)
            return document

    def mark(self, guid: str, *, arrived: bool) -> Document:
        """Let the registrar process a visit, or note that the patient comes (told once the visit began)."""
        with self._lock:
            known = self.document(guid)
            document = replace(known, processed=True, arrived=arrived, written_at=self.now())
            self._journal.write(document)
            return document

    def expire_reserves(self) -> int:
        """Cancel the reserves that outlived their time (the scheduled job); return how many."""
        with self._lock:
            deadline = self.now() - timedelta(minutes=self.rules.hold_minutes)
            overdue = [
                document
                for document in self._journal.all()
                if document.state == "reserved" and document.written_at <= deadline
            ]
            for document in overdue:
                self.cancel(document.uid, reason="Отмена просроченных броней")
            return len(overdue)

    def document(self, guid: str) -> Document:
        with self._lock:
            self._bring()
            document = self._journal.get(guid)
        if document is None:
            raise Refusal(UNKNOWN_GUID, code="unknown_guid")
        return document

    def documents(self) -> tuple[Document, ...]:
        with self._lock:
            self._bring()
            return self._journal.all()

    def status(self, guid: str, *, reserve_code: int = 6) -> tuple[int, str]:
        """Return code and title, computed at this moment (contract §3.1, statuses)."""
        return self.status_of(self.document(guid), reserve_code=reserve_code)

    def status_of(self, document: Document, *, reserve_code: int = 6) -> tuple[int, str]:
        if document.state == "cancelled":
            code = 5
        elif document.state == "reserved":
            code = reserve_code
        elif document.arrived and document.start <= self.now():
            code = 3
        elif document.kind == "visit" and document.end <= self.now():
            code = 4
        else:
            code = 2 if document.processed else 1
        return code, STATUS_TITLES[code]

    def person_of(self, client: str) -> Person:
        """Return the person on a client's card."""
        for document in self.documents():
            if document.client == client:
                return document.person
        raise Refusal("Не найден клиент по GUID", code="unknown_client")

    def _draft(
        self,
        visit: Visit,
        *,
        uid: str,
        state: Literal["reserved", "booked"],
        source: Literal["site", "clerk"],
    ) -> Document:
        self._bring()
        return Document(
            uid=uid,
            employee=self.employee(visit.employee).uid,
            clinic=self.clinic(visit.clinic).uid,
            start=visit.start,
            end=visit.start + timedelta(minutes=visit.minutes),
            state=state,
            source=source,
            written_at=self.now(),
            person=visit.person,
            client=visit.client,
            cabinet=visit.cabinet,
            services=visit.services,
            comment=visit.comment,
        )

    def _client(self, person: Person, *, duplicate: bool) -> str:
        if self.rules.match_clients and not duplicate:
            for document in self._journal.all():
                if document.client and _same(document.person, person):
                    return document.client
        return str(uuid.uuid4())

    def _write(self, document: Document, *, force: bool = False) -> Document:
        if not force:
            self._check(document)
        self._journal.write(document)
        return document

    def _check(self, document: Document) -> None:
        zone = self.clinic(document.clinic).zone
        for other in self._journal.all():
            if other.uid == document.uid or not other.occupies:
                continue
            if other.start >= document.end or document.start >= other.end:
                continue
            if other.employee == document.employee:
                raise Refusal(
                    f"{NOT_WRITTEN}. Сотрудник занят"
                    f" {other.start.astimezone(zone):%d.%m.%Y %H:%M} - {other.end.astimezone(zone):%H:%M}.",
                    code="taken",
                )
            if document.cabinet and other.cabinet == document.cabinet:
                raise Refusal(f"{NOT_WRITTEN}. Кабинет занят.", code="taken")
        if not self._works(document):
            raise Refusal(f"{NOT_WRITTEN}. Сотрудник не работает в указанное время.", code="not_working")

    def _works(self, document: Document) -> bool:
        clinic = self.clinic(document.clinic)
        day = document.start.astimezone(clinic.zone).date()
        return any(
            shift.employee == document.employee
            and shift.start <= document.start
            and document.end <= shift.end
            and all(pause.end <= document.start or document.end <= pause.start for pause in shift.breaks)
            for shift in self._shifts(clinic, day - timedelta(days=1), day)
        )


def _widest(periods: tuple[Period, ...]) -> tuple[Period, ...]:
    days: dict[date, Period] = {}
    for period in periods:
        day = period.start.date()
        known = days.get(day, period)
        days[day] = Period(min(known.start, period.start), max(known.end, period.end), period.kind)
    return tuple(days[day] for day in sorted(days))


def _same(one: Person, other: Person) -> bool:
    def key(person: Person) -> tuple[str, str]:
        return "".join(filter(str.isdigit, person.phone)), person.full_name.casefold()

    return key(one) == key(other)
