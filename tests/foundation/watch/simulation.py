"""Days of a clinic as the journal tells them: what ordinary staff do, and what seven others do among them.

The rows are those that the product writes, in its own form and order: a look at a list or at one patient is
two rows, of the visit and of the person; refusals, exports and prints are one. It is a part of the tests, not
of the testbench, because it speaks no wire: it writes what `audit.services` writes, and answers a port.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from uuid import UUID

from django.db import connection

from feldsher.foundation.audit.services import _values
from feldsher.foundation.audit.types import Access, Actor, ActorKind, Result
from feldsher.foundation.clocks import clinic_zone
from foundation.watch.people import Clinic, Worker, at_work

PAGE = 50
IN_CARE = {"attending_doctor": "team", "head_of_department": "dept", "nurse": "dept"}
Event = tuple[datetime, Access]
_COLUMNS = """at, trace, actor_kind, actor, role, on_behalf, device, network, matrix_column,
    what, patients, ids, fields, row_count, purpose, relation, result, reason"""
_DRAFT = f"CREATE TEMPORARY TABLE simulated AS SELECT {_COLUMNS} FROM audit_access WITH NO DATA"  # noqa: S608
_COPY = f"COPY simulated ({_COLUMNS}) FROM STDIN"
_INSERT = f"INSERT INTO audit_access ({_COLUMNS}) SELECT {_COLUMNS} FROM simulated"  # noqa: S608 - fixed names


@dataclass(frozen=True, slots=True)
class Shift:
    """One person's day at work; hours are those of the clinic's clock, past 24 on the next day."""

    clinic: Clinic
    worker: Worker
    number: int

    @property
    def rng(self) -> random.Random:
        return self.clinic.rng

    def at(self, hour: float) -> datetime:
        midnight = datetime.combine(self.clinic.day(self.number), time(), clinic_zone())
        return midnight + timedelta(hours=hour)

    def some_hour(self) -> float:
        return self.rng.uniform(*self.worker.shift)

    def looks(self, hour: float, patients: Sequence[UUID], *, relation: str = "") -> Iterator[Event]:
        """Yield the two rows of a look at one patient or at a list."""
        for column, what in (("A", "appointment"), ("K", "person")):
            yield self._row(hour, column, what, patients, "see_visits", relation=relation)

    def exports(
        self, hour: float, patients: Sequence[UUID], *, purpose: str = "export_register"
    ) -> Iterator[Event]:
        yield self._row(hour, "I", "register", patients, purpose)

    def is_refused(self, hour: float) -> Iterator[Event]:
        yield self._row(hour, "A", "appointment", (), "see_past_visits", result=Result.REFUSED)

    def _row(
        self,
        hour: float,
        column: str,
        what: str,
        patients: Sequence[UUID],
        purpose: str,
        *,
        relation: str = "",
        result: Result = Result.ALLOWED,
    ) -> Event:
        refused = result is Result.REFUSED
        access = Access(
            actor=Actor(ActorKind.STAFF, str(self.worker.id), role="" if refused else self.worker.role),
            column=column,
            what=what,
            patients=tuple(patients),
            ids=tuple(patients),
            fields=(),
            purpose=purpose,
            relation=relation or IN_CARE.get(self.worker.role, "role"),
            result=result,
            reason="forbidden" if refused else "",
        )
        return self.at(hour), access


def ordinary_day(clinic: Clinic, number: int) -> Iterator[Event]:
    """Yield what everybody at work does on a day, unordered."""
    working = at_work(clinic, number)
    desk = [worker for worker in working if worker.role == "registrar"]
    for worker in working:
        shift = Shift(clinic, worker, number)
        yield from _slips(shift)
        match worker.role:
            case "registrar":
                yield from _registrar(shift, desk)
            case "call_centre":
                yield from _call_centre(shift)
            case "attending_doctor":
                yield from _doctor(shift)
            case "insurance_desk":
                yield from _insurance(shift)
            case "chief_physician":
                yield from _one_by_one(shift, clinic.strangers(clinic.rng.randint(3, 9)))
            case _:
                yield from _ward(shift)


def _slips(shift: Shift) -> Iterator[Event]:
    """A refusal now and then; seldom somebody finds a page closed and tries it again and again."""
    rng = shift.rng
    for _ in range(8 if rng.random() < 0.01 else int(rng.random() < 0.2)):
        yield from shift.is_refused(shift.some_hour())


def _registrar(shift: Shift, desk: list[Worker]) -> Iterator[Event]:
    """Lists all day, who comes to the counter, who rings up; in the afternoon reminders, down a list."""
    clinic, rng, worker = shift.clinic, shift.rng, shift.worker
    today = [patient for _, _, patient in clinic.visits[shift.number]]
    for hour in range(*worker.shift):
        for _ in range(rng.randint(1, 3)):
            yield from _list(shift, hour + rng.random(), today)
    counters = max(1, sum(other.shift == worker.shift for other in desk))
    for hour, _, patient in clinic.visits[shift.number]:
        if worker.shift[0] <= hour < worker.shift[1] and rng.random() < 1 / counters:
            yield from shift.looks(hour - rng.uniform(0, 0.3), [patient])
    yield from _walk_ins(shift, round(rng.uniform(3, 9) * clinic.load(shift.number)), books=0.7)
    for _ in range(rng.randint(3, 12) if today else 0):
        yield from shift.exports(shift.some_hour(), [rng.choice(today)], purpose="print_visit")
    if worker.shift[0] > 12 and rng.random() < 0.5:
        yield from _reminders(shift)


def _reminders(shift: Shift) -> Iterator[Event]:
    """Ring up tomorrow's patients in the order of the list, with a person's pauses."""
    tomorrow = [patient for _, _, patient in shift.clinic.visits[shift.number + 1]][:40]
    hour = shift.worker.shift[0] + 1.0
    yield from _list(shift, hour, tomorrow)
    for patient in tomorrow:
        hour += shift.rng.lognormvariate(4.7, 0.7) / 3600
        yield from shift.looks(hour, [patient])


def _call_centre(shift: Shift) -> Iterator[Event]:
    rng, clinic = shift.rng, shift.clinic
    is_night = shift.worker.shift[1] > 24
    calls = round((12 if is_night else rng.gauss(55, 8)) * clinic.load(shift.number))
    soon = [p for ahead in range(1, 8) for _, _, p in clinic.visits[min(shift.number + ahead, clinic.length)]]
    for _ in range(round(calls * 0.55) if soon else 0):
        yield from shift.looks(shift.some_hour(), [rng.choice(soon)])
    yield from _walk_ins(shift, round(calls * 0.45), books=0.8)


def _walk_ins(shift: Shift, count: int, *, books: float) -> Iterator[Event]:
    """Look up people who came or rang by themselves: most of them book, some only ask."""
    clinic, rng = shift.clinic, shift.rng
    for patient in clinic.strangers(count):
        if rng.random() < books:
            clinic.book(patient, shift.number + rng.randint(0, 14))
        yield from shift.looks(shift.some_hour(), [patient])


def _doctor(shift: Shift) -> Iterator[Event]:
    clinic, rng, worker = shift.clinic, shift.rng, shift.worker
    mine = [(hour, patient) for hour, doctor, patient in clinic.visits[shift.number] if doctor == worker.id]
    yield from _list(shift, worker.shift[0] + 0.02, [patient for _, patient in mine])
    for hour, patient in mine:
        yield from shift.looks(hour, [patient])
    yield from _one_by_one(shift, rng.sample(clinic.panel[worker.id], rng.randint(2, 8)))
    for patient in clinic.strangers(rng.randint(1, 2)) if rng.random() < 0.03 else ():
        yield from shift.looks(shift.some_hour(), [patient], relation="bg")


def _ward(shift: Shift) -> Iterator[Event]:
    """A nurse or the head of the department, among those who come today."""
    today = [patient for _, _, patient in shift.clinic.visits[shift.number]]
    yield from _list(shift, shift.some_hour(), today)
    yield from _one_by_one(shift, shift.rng.sample(today, min(len(today), shift.rng.randint(15, 40))))


def _insurance(shift: Shift) -> Iterator[Event]:
    """A register a day, at the end of a month one of twice the size."""
    rng, clinic = shift.rng, shift.clinic
    size = rng.randint(150, 450) * (2 if (clinic.day(shift.number) + timedelta(days=1)).day == 1 else 1)
    yield from shift.exports(shift.some_hour(), clinic.strangers(size))
    past = [p for back in range(1, 6) for _, _, p in clinic.visits[shift.number - back]]
    yield from _one_by_one(shift, rng.sample(past, min(len(past), rng.randint(15, 30))))


def _list(shift: Shift, hour: float, patients: Sequence[UUID]) -> Iterator[Event]:
    if patients:
        page = shift.rng.randrange((len(patients) - 1) // PAGE + 1)
        yield from shift.looks(hour, list(dict.fromkeys(patients[page * PAGE : (page + 1) * PAGE])))


def _one_by_one(shift: Shift, patients: Sequence[UUID]) -> Iterator[Event]:
    for patient in patients:
        yield from shift.looks(shift.some_hour(), [patient])


# What is injected ------------------------------------------------------------------------------------------


def curious_registrar(shift: Shift) -> Iterator[Event]:
    """Opens thirty patients of no concern within a day, some of them colleagues or their families."""
    clinic = shift.clinic
    names = {worker.family for worker in clinic.staff if worker.id != shift.worker.id}
    colleagues = [patient for patient in clinic.patients if clinic.family[patient] in names]
    chosen = [*clinic.rng.sample(colleagues, 4), *clinic.strangers(26)]
    yield from _one_by_one(shift, chosen)


def bulk_scraper(shift: Shift) -> Iterator[Event]:
    """Opens a patient a second for ten minutes."""
    begin = shift.some_hour()
    for second, patient in enumerate(shift.clinic.strangers(600)):
        yield from shift.looks(begin + second / 3600, [patient])


def slow_scraper(shift: Shift) -> Iterator[Event]:
    """Opens a patient without a visit every five minutes for eight hours, between the day's work."""
    clinic = shift.clinic
    at = shift.at(12)
    facts = clinic.facts(clinic.patients, at=at, staff={})
    idle = [patient for patient in clinic.patients if not facts[patient].has_visit]
    for n, patient in enumerate(clinic.rng.sample(idle, 96)):
        yield from shift.looks(shift.worker.shift[0] + n / 12 + clinic.rng.uniform(0, 0.01), [patient])


def night_reader(shift: Shift) -> Iterator[Event]:
    """Works by day, and reads some twenty patients after one in the night."""
    for patient in shift.clinic.strangers(shift.rng.randint(14, 24)):
        yield from shift.looks(shift.rng.uniform(1, 4), [patient])


def namesake_reader(shift: Shift) -> Iterator[Event]:
    """Opens everybody of the own family name, ten at most."""
    yield from _one_by_one(shift, shift.clinic.namesakes(shift.worker)[:10])


def exporter(shift: Shift) -> Iterator[Event]:
    """A registrar who takes lists along."""
    for _ in range(4):
        yield from shift.exports(shift.some_hour(), shift.clinic.strangers(200))


def guesser(shift: Shift) -> Iterator[Event]:
    """Tries addresses and ids that are not for them."""
    begin = shift.some_hour()
    for n in range(40):
        yield from shift.is_refused(begin + n / 80)


INJECTED = {
    "curious registrar": curious_registrar,
    "bulk scraper": bulk_scraper,
    "slow scraper": slow_scraper,
    "night reader": night_reader,
    "namesake reader": namesake_reader,
    "exporter": exporter,
    "guesser": guesser,
}


def write(events: Sequence[Event]) -> None:
    """Put the events into the journal as the application's role, in their order.

    By a table beside it: COPY writes into none that has row security.
    """
    connection.ensure_connection()
    with connection.connection.cursor() as cursor:
        cursor.execute(_DRAFT)
        with cursor.copy(_COPY) as copy:
            for at, access in events:
                copy.write_row(_values(access, at, "simulated"))
        cursor.execute(_INSERT)
        cursor.execute("DROP TABLE simulated")
