"""The base behind the hub: tickets, visits, patients. Every write happens under one lock."""

import random
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

from testbench.clock import Clock
from testbench.history import as_stood
from testbench.n3.model import DAYS, DOCTORS, Doctor, Patient, Person, Source, Ticket, Visit, zone_of
from testbench.refusal import Refusal

SUNDAY = 6
TAKEN = 0.2
TOP = 10
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
VISITOR = Person("Посетителев", "Иван", "", date(1970, 1, 1), "9000000001", area="7")
CALLER = Person("Звонков", "Тест", "", date(1970, 1, 1), "9000000002", area="7")


@dataclass(frozen=True, slots=True)
class Rules:
    """What differs between clinics.

    `own_ids`: the history names visits by the МИС's numbers, not tickets. `one_visit`: a patient with a
    coming visit to a doctor gets no second one.
    """

    own_ids: bool = False
    one_visit: bool = False
    moves: bool = True
    tells_refusals: bool = True
    counts_tickets: bool = True


class N3Refusal(Refusal):
    """Success=false with a code of the hub's table."""

    def __init__(self, number: int, text: str = "") -> None:
        super().__init__(text or ERRORS[number], code=_CODES.get(number, "refused"))
        self.number = number


ERRORS = {
    1: "Доступ запрещён",
    4: "Получен неполный набор данных",
    20: "Пациент с заданными параметрами не найден",
    33: "Врач не соответствует профилю пациента",
    34: "Запись запрещена",
    35: "Пациент имеет предстоящую запись к данному врачу",
    36: "Пациент не имеет прикрепления к данному врачебному участку",
    38: "Указан недопустимый идентификатор талона на запись",
    39: "Талон к врачу занят/заблокирован",
    41: "Нет сведений об участке прикрепления",
    45: "На приём к этому врачу нужно направление",
    75: "Талон с указанным номером не существует или уже отменён",
    99: "Прочее",
}
_CODES = {38: "not_found", 39: "taken", 75: "already_cancelled"}
Slot = tuple[int, str]
"""An LPU and a ticket's id there."""


class Base:
    """Thread-safe."""

    def __init__(self, *, seed: int, clock: Clock, rules: Rules) -> None:
        self._lock = threading.RLock()
        self._clock = clock
        self.rules = rules
        self.reset(seed)

    def reset(self, seed: int) -> None:
        with self._lock:
            self._tickets: dict[Slot, Ticket] = {}
            self._ids: dict[Ticket, str] = {}
            self._of: dict[str, list[Ticket]] = {doctor.key: [] for doctor in DOCTORS}
            self._visits: dict[str, list[Visit]] = {}
            self._patients: dict[tuple[int, str], Patient] = {}
            self._numbers = iter(range(50_001, 10_000_000))
            self._cards = iter(range(9_001, 10_000_000))
            self.reports: list[dict[str, str]] = []
            self._print()
            self._fill(random.Random(seed))

    def _print(self) -> None:
        """Make the tickets of every doctor, numbered within their LPU as in life: long and dull."""
        numbers: dict[int, int] = {}
        for doctor in DOCTORS:
            for ticket in _planned(doctor, self.today(doctor)):
                numbers[doctor.lpu] = numbers.get(doctor.lpu, 0) + 1
                number = f"{numbers[doctor.lpu]:020}"
                self._tickets[doctor.lpu, number] = ticket
                self._ids[ticket] = number
                self._of[doctor.key].append(ticket)

    def _fill(self, draw: random.Random) -> None:
        """Give some tickets of the coming days away."""
        for doctor in DOCTORS:
            card = self.add_patient(doctor.lpu, VISITOR)
            for ticket in self._of[doctor.key]:
                if draw.random() < TAKEN:
                    visit = self._put(ticket, card, "demo")
                    self._visits[visit.number] = [replace(visit, written_at=LONG_AGO)]

    def now(self) -> datetime:
        return self._clock()

    def today(self, doctor: Doctor) -> date:
        return self.now().astimezone(zone_of(doctor.lpu)).date()

    def id_of(self, ticket: Ticket) -> str:
        with self._lock:
            return self._ids[ticket]

    def ticket(self, lpu: int, number: str) -> Ticket:
        with self._lock:
            if (lpu, number) not in self._tickets:
                raise N3Refusal(38)
            return self._tickets[lpu, number]

    def swap(self, lpu: int, one: str, other: str) -> None:
        """Let two ids denote each other's tickets, as after a schedule was printed anew."""
        with self._lock:
            first, second = self.ticket(lpu, one), self.ticket(lpu, other)
            self._tickets[lpu, one], self._tickets[lpu, other] = second, first
            self._ids[first], self._ids[second] = other, one

    def patients(self) -> tuple[Patient, ...]:
        with self._lock:
            return tuple(self._patients.values())

    def patient(self, lpu: int, number: str) -> Patient:
        with self._lock:
            if (lpu, number) not in self._patients:
                raise N3Refusal(20)
            return self._patients[lpu, number]

    def add_patient(self, lpu: int, person: Person) -> Patient:
        """Make a card, always a new one."""
        with self._lock:
            made = Patient(f"p-{next(self._cards)}", lpu, person)
            self._patients[lpu, made.id] = made
            return made

    def search(self, lpu: int, told: Mapping[str, str], birthday: date | None) -> list[Patient]:
        """Return at most ten cards whose names begin as told, in the order in which they were made."""
        names = ("Surname", "Name", "SecondName")
        wanted = [told.get(name, "").casefold() for name in names]
        if not any(wanted) and birthday is None:
            raise N3Refusal(4)
        with self._lock:
            found = [card for card in self._patients.values() if card.lpu == lpu]
        return [
            card
            for card in found
            if birthday in {None, card.person.birthday}
            and card.person.surname.casefold().startswith(wanted[0])
            and card.person.name.casefold().startswith(wanted[1])
            and card.person.second_name.casefold().startswith(wanted[2])
        ][:TOP]

    def visits(self, *, stale: float = 0.0) -> tuple[Visit, ...]:
        """Return every visit, or as they stood `stale` seconds ago."""
        with self._lock:
            return as_stood(self._visits.values(), self.now() - timedelta(seconds=stale) if stale else None)

    def printed(self, doctor: Doctor) -> tuple[Ticket, ...]:
        """Return all tickets of a doctor, in order."""
        with self._lock:
            return tuple(self._of[doctor.key])

    def free(self, doctor: Doctor, *, stale: float = 0.0) -> list[Ticket]:
        """Return the tickets of a doctor that nobody has, past ones left out."""
        taken = {visit.ticket for visit in self.visits(stale=stale) if visit.status == "booked"}
        with self._lock:
            return [
                ticket for ticket in self._of[doctor.key] if ticket not in taken and ticket.start > self.now()
            ]

    def clashes(self, patient: Patient, ticket: Ticket) -> bool:
        """Whether another visit of the patient is in the ticket's way."""
        coming = [
            visit.ticket
            for visit in self.visits()
            if visit.status == "booked" and visit.patient == patient and visit.ticket.start > self.now()
        ]
        return any(
            (other.start < ticket.end and ticket.start < other.end)
            or (self.rules.one_visit and other.doctor == ticket.doctor)
            for other in coming
        )

    def add(
        self, ticket: Ticket, patient: Patient, source: Source, *, previous: Visit | None = None
    ) -> Visit:
        """Give the ticket away, and take the `previous` one back with it."""
        with self._lock:
            if any(visit.status == "booked" and visit.ticket == ticket for visit in self.visits()):
                raise N3Refusal(39)
            if previous is not None:
                self.cancel(previous.number)
            return self._put(ticket, patient, source)

    def by_phone(self, doctor: Doctor, start: datetime, *, card: str = "") -> Visit:
        """Give a ticket to somebody at the phone: to whom the card is, else to a stranger."""
        with self._lock:
            ticket = next((ticket for ticket in self._of[doctor.key] if ticket.start == start), None)
            if ticket is None:
                raise N3Refusal(38)
            patient = self.patient(doctor.lpu, card) if card else self.add_patient(doctor.lpu, CALLER)
            return self.add(ticket, patient, "clerk")

    def _put(self, ticket: Ticket, patient: Patient, source: Source) -> Visit:
        visit = Visit(str(next(self._numbers)), ticket, patient, "booked", source, self.now())
        self._visits[visit.number] = [visit]
        return visit

    def cancel(self, number: str) -> Visit:
        with self._lock:
            known = self._visits[number][-1] if number in self._visits else None
            if known is None or known.status == "cancelled":
                raise N3Refusal(75)
            visit = replace(known, status="cancelled", written_at=self.now())
            self._visits[number].append(visit)
            return visit

    def visit_of(self, lpu: int, patient: str, told: str, *, is_booked: bool = True) -> Visit:
        """Return the patient's visit that an id denotes now, by the rule of this МИС."""
        with self._lock:
            for visit in reversed(self.visits()):
                mine = (visit.patient.lpu, visit.patient.id) == (lpu, patient)
                if mine and self.told_id(visit) == told and (visit.status == "booked") is is_booked:
                    return visit
            raise N3Refusal(75)

    def told_id(self, visit: Visit) -> str:
        """Return how the history calls a visit."""
        return f"v-{visit.number}" if self.rules.own_ids else self.id_of(visit.ticket)


def _planned(doctor: Doctor, today: date) -> Iterator[Ticket]:
    for shift in range(DAYS):
        day = today + timedelta(days=shift)
        if day.weekday() == SUNDAY or doctor.parity not in {None, day.toordinal() % 2}:
            continue
        for opens, closes in doctor.hours:
            start = datetime.combine(day, opens, zone_of(doctor.lpu))
            while start + timedelta(minutes=doctor.minutes) <= datetime.combine(
                day, closes, zone_of(doctor.lpu)
            ):
                yield Ticket(doctor, start.astimezone(UTC), doctor.minutes)
                start += timedelta(minutes=doctor.minutes)
