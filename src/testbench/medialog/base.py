"""The base of МЕДИАЛОГ: schedules, visits, patients. Every write happens under one lock.

A visit overlaps another of the same doctor, in whichever schedule or branch. Whether the base itself refuses
such a visit is nobody's documented promise: `checks` False makes one that writes whatever it is told.
"""

import random
import threading
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Literal

from testbench.clock import Clock
from testbench.history import as_stood
from testbench.medialog.model import (
    CLINICS,
    DAYS,
    SUBJECTS,
    Clinic,
    Exam,
    Patient,
    Subject,
    Visit,
)
from testbench.refusal import Refusal

SUNDAY = 6
TAKEN = 0.2
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
BUSY = "Время занято"


@dataclass(frozen=True, slots=True)
class Cell:
    """A free cell of a schedule."""

    subject: Subject
    start: datetime
    minutes: int


@dataclass(frozen=True, slots=True)
class Person:
    surname: str
    name: str
    fathername: str
    phone: str


class Base:
    """Thread-safe."""

    def __init__(self, *, seed: int, clock: Clock, checks: bool = True) -> None:
        self._lock = threading.RLock()
        self._clock = clock
        self._checks = checks
        self.reset(seed)

    def reset(self, seed: int) -> None:
        with self._lock:
            self._visits: dict[str, list[Visit]] = {}
            self._patients: dict[str, Patient] = {}
            self._numbers = iter(range(40_001, 10_000_000))
            self._pids = iter(range(9_001, 10_000_000))
            self._fill(random.Random(seed))

    def _fill(self, draw: random.Random) -> None:
        """Put visits of the demo into the coming days."""
        person = Person("Посетителев", "Иван", "", "70000000001")
        for subject in SUBJECTS:
            for cell in self.cells(subject, self.today(subject), self.last_day(subject)):
                if draw.random() < TAKEN:
                    exam = subject.exams[0]
                    visit = self._put(subject, exam, cell.start, person, source="demo", pid="")
                    self._visits[visit.id] = [replace(visit, written_at=LONG_AGO)]

    def now(self) -> datetime:
        return self._clock()

    def today(self, subject: Subject) -> date:
        return self.now().astimezone(clinic_of(subject).zone).date()

    def last_day(self, subject: Subject) -> date:
        return self.today(subject) + timedelta(days=DAYS - 1)

    def patients(self) -> tuple[Patient, ...]:
        with self._lock:
            return tuple(self._patients.values())

    def visits(self, *, stale: float = 0.0) -> tuple[Visit, ...]:
        """Return every visit, or as they stood `stale` seconds ago."""
        with self._lock:
            return as_stood(self._visits.values(), self.now() - timedelta(seconds=stale) if stale else None)

    def works(self, subject: Subject, day: date) -> bool:
        is_planned = self.today(subject) <= day <= self.last_day(subject) and day.weekday() != SUNDAY
        return is_planned and subject.parity in {None, day.toordinal() % 2}

    def _all_cells(self, subject: Subject, first: date, last: date) -> Iterable[Cell]:
        zone = clinic_of(subject).zone
        for shift in range(max((last - first).days + 1, 0)):
            day = first + timedelta(days=shift)
            if not self.works(subject, day):
                continue
            for opens, closes in subject.hours:
                start = datetime.combine(day, opens, zone)
                while start + timedelta(minutes=subject.cell) <= datetime.combine(day, closes, zone):
                    yield Cell(subject, start.astimezone(UTC), subject.cell)
                    start += timedelta(minutes=subject.cell)

    def cells(self, subject: Subject, first: date, last: date, *, stale: float = 0.0) -> list[Cell]:
        """Return the free cells of the days, both included; past ones and taken ones are left out."""
        first, last = max(first, self.today(subject)), min(last, self.last_day(subject))
        taken = [visit for visit in self.visits(stale=stale) if self._is_in_the_way(visit, subject)]
        return [
            cell
            for cell in self._all_cells(subject, first, last)
            if cell.start > self.now()
            and not any(
                visit.start < cell.start + timedelta(minutes=cell.minutes) and cell.start < visit.end
                for visit in taken
            )
        ]

    def _is_in_the_way(self, visit: Visit, subject: Subject) -> bool:
        return visit.status == "booked" and subject_of(visit.subject).keeper == subject.keeper

    def add(
        self, subject: Subject, exam: Exam, start: datetime, person: Person, *, pid: str, comment: str
    ) -> Visit:
        """Write a visit of the site; its length is the visit kind's."""
        with self._lock:
            if self._checks:
                self._check(subject, start, exam.minutes)
            return self._put(subject, exam, start, person, source="site", pid=pid, comment=comment)

    def add_by_clerk(
        self,
        subject: Subject,
        start: datetime,
        minutes: int,
        person: Person,
        *,
        pid: str = "",
        force: bool = False,
    ) -> Visit:
        """Write a visit on the card of that PID, else on a new one of the person."""
        with self._lock:
            if not force:
                self._check(subject, start, minutes)
            return self._put(subject, Exam("", "", minutes), start, person, source="clerk", pid=pid)

    def _check(self, subject: Subject, start: datetime, minutes: int) -> None:
        day = start.astimezone(clinic_of(subject).zone).date()
        free = {cell.start for cell in self.cells(subject, day, day)}
        steps = range(0, minutes, subject.cell)
        if any(start + timedelta(minutes=step) not in free for step in steps):
            raise Refusal(BUSY, code="taken")

    def _put(
        self,
        subject: Subject,
        exam: Exam,
        start: datetime,
        person: Person,
        *,
        source: Literal["site", "clerk", "demo"],
        pid: str,
        comment: str = "",
    ) -> Visit:
        if not pid:
            pid = self.add_patient(person).pid
        visit = Visit(
            str(next(self._numbers)), subject.id, exam.id, start, exam.minutes, pid, "booked", source,
            self.now(), comment,
        )  # fmt: skip
        self._visits[visit.id] = [visit]
        return visit

    def add_patient(self, person: Person) -> Patient:
        """Make a card, always a new one: who wants an old one names its PID."""
        with self._lock:
            pid = str(next(self._pids))
            self._patients[pid] = Patient(pid, person.surname, person.name, person.fathername, person.phone)
            return self._patients[pid]

    def cancel(self, number: str) -> Visit:
        with self._lock:
            known = self.visit(number)
            if known.status == "cancelled":
                raise Refusal("Запись уже отменена", code="already_cancelled")
            visit = replace(known, status="cancelled", written_at=self.now())
            self._visits[number].append(visit)
            return visit

    def visit(self, number: str) -> Visit:
        with self._lock:
            if number not in self._visits:
                raise Refusal("Запись не найдена", code="not_found")
            return self._visits[number][-1]

    def race(self, subject: Subject, start: datetime, minutes: int) -> None:
        """Let a registrar take the time this instant; somebody may have it already."""
        person = Person("Звонков", "Тест", "", "70000000000")
        try:
            self.add_by_clerk(subject, start, minutes, person)
        except Refusal:
            return


def clinic_of(subject: Subject) -> Clinic:
    return next(clinic for clinic in CLINICS if clinic.code == subject.clinic)


def subject_of(number: str) -> Subject:
    for subject in SUBJECTS:
        if subject.id == number:
            return subject
    raise Refusal("Расписание не найдено", code="not_found")
