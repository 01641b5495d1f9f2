"""An invented clinic for the simulator: staff with shifts, patients with family names, visits of every day.

Everything follows from one seed. Family names come from one long-tailed list, so that some patients share a
name with staff by chance, as they do in a real clinic.
"""

import random
from bisect import bisect_left
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from feldsher.foundation.clocks import clinic_zone
from feldsher.foundation.watch import days
from feldsher.foundation.watch.ports import Facts

FAMILIES = [f"Фамильев{chr(1072 + n // 32)}{chr(1072 + n % 32)}" for n in range(900)]
WEIGHTS = [1 / (rank + 20) for rank in range(len(FAMILIES))]
PATIENTS = 20_000
BEFORE, AFTER = 14, 90
"""Days around a visit in which the desk has a reason to look, as in scheduling."""


@dataclass(frozen=True, slots=True)
class Worker:
    """`shift` is hours of the clinic's clock; `off` weekdays of rest; `first` the day of the simulation."""

    id: UUID
    role: str
    family: str
    shift: tuple[int, int]
    off: frozenset[int]
    duty: bool = False
    """Works on Sundays and holidays too, in turn with the others on duty."""
    first: int = 0

    def works(self, day: date, number: int, *, turn: bool) -> bool:
        if number < self.first:
            return False
        if days.is_rest(day):
            return self.duty and turn
        return day.weekday() not in self.off


@dataclass
class Clinic:
    """Patients, staff, and who comes when: `visits[n]` are (hour, doctor, patient) of the day n, in order."""

    start: date
    length: int
    rng: random.Random
    staff: list[Worker] = field(default_factory=list)
    patients: list[UUID] = field(default_factory=list)
    family: dict[UUID, str] = field(default_factory=dict)
    born: dict[UUID, datetime] = field(default_factory=dict)
    visits: dict[int, list[tuple[float, UUID, UUID]]] = field(default_factory=dict)
    panel: dict[UUID, list[UUID]] = field(default_factory=dict)
    bearers: Counter[str] = field(default_factory=Counter)
    comes: dict[UUID, list[int]] = field(default_factory=dict)
    """By patient, the sorted days of visits."""

    def day(self, number: int) -> date:
        return self.start + timedelta(days=number)

    def book(self, patient: UUID, number: int) -> None:
        """Let the patient come on a day, as somebody books them."""
        at = self.comes.setdefault(patient, [])
        at.insert(bisect_left(at, number), number)

    def namesakes(self, worker: Worker) -> list[UUID]:
        return [patient for patient in self.patients if self.family[patient] == worker.family]

    def strangers(self, count: int) -> list[UUID]:
        return self.rng.sample(self.patients, count)

    def facts(
        self, patients: Collection[UUID], *, at: datetime, staff: Mapping[UUID, str]
    ) -> dict[UUID, Facts]:
        """Answer as the domain does: the port of watch."""
        number = (at.astimezone(clinic_zone()).date() - self.start).days
        by_family: dict[str, set[UUID]] = {}
        for who, name in staff.items():
            by_family.setdefault(name.split()[0], set()).add(who)
        return {
            patient: Facts(
                created_at=self.born[patient],
                has_visit=self._has_visit(patient, number),
                kin=frozenset(by_family.get(self.family[patient], ())),
                commonness=self.bearers[self.family[patient]] / PATIENTS,
            )
            for patient in patients
        }

    def _has_visit(self, patient: UUID, number: int) -> bool:
        comes = self.comes.get(patient, [])
        first = bisect_left(comes, number - BEFORE)
        return first < len(comes) and comes[first] <= number + AFTER

    def load(self, number: int) -> float:
        """Return how busy a day is: Mondays, and one week of flu."""
        monday = 1.3 if self.day(number).weekday() == 0 else 1.0
        flu = 1.7 if 40 <= number < 47 else 1.0
        return monday * flu


def found(seed: int, *, start: date, length: int) -> Clinic:
    """Return a clinic with its staff, patients, and the visits of the days from -30 to two weeks after."""
    clinic = Clinic(start=start, length=length, rng=random.Random(seed))
    rng = clinic.rng
    epoch = datetime(start.year - 3, 1, 1, tzinfo=UTC)
    for _ in range(PATIENTS):
        patient = UUID(int=rng.getrandbits(128))
        clinic.patients.append(patient)
        clinic.family[patient] = rng.choices(FAMILIES, WEIGHTS)[0]
        clinic.born[patient] = epoch + timedelta(minutes=rng.randrange(60 * 24 * 365 * 3 - 60 * 24 * 40))
    clinic.bearers.update(clinic.family.values())
    clinic.staff = _staff(rng)
    for doctor in clinic.staff:
        if doctor.role == "attending_doctor":
            clinic.panel[doctor.id] = rng.sample(clinic.patients, 200)
    for number in range(-30, length + 14):
        _visits(clinic, number)
    return clinic


def _staff(rng: random.Random) -> list[Worker]:
    early, late, day = (8, 15), (14, 21), (9, 18)
    sunday, weekend = frozenset({6}), frozenset({5, 6})
    made = [
        *(("registrar", early, sunday, True, 0) for _ in range(3)),
        *(("registrar", late, sunday, True, 0) for _ in range(3)),
        ("registrar", early, sunday, False, 36),
        *(("call_centre", day, weekend, False, 0) for _ in range(2)),
        ("call_centre", (12, 21), frozenset({2, 3}), True, 0),
        ("call_centre", (21, 30), frozenset({1, 2, 4, 6}), False, 0),
        *(("attending_doctor", early, frozenset({rng.randrange(5), 5, 6}), False, 0) for _ in range(4)),
        *(("attending_doctor", late, frozenset({rng.randrange(5), 6}), True, 0) for _ in range(4)),
        ("head_of_department", day, weekend, False, 0),
        *(("nurse", shift, weekend, False, 0) for shift in (early, late)),
        ("insurance_desk", day, weekend, False, 0),
        ("chief_physician", day, weekend, False, 0),
    ]
    return [
        Worker(
            id=UUID(int=rng.getrandbits(128)),
            role=role,
            family=rng.choices(FAMILIES[:120], WEIGHTS[:120])[0],
            shift=shift,
            off=off,
            duty=duty,
            first=first,
        )
        for role, shift, off, duty, first in made
    ]


def at_work(clinic: Clinic, number: int) -> list[Worker]:
    """Return who works on a day; on Sundays and holidays those on duty take turns, half of them a time."""
    on_duty = [worker for worker in clinic.staff if worker.duty]
    turn = {worker.id for n, worker in enumerate(on_duty) if n % 2 == (number // 7) % 2}
    return [w for w in clinic.staff if w.works(clinic.day(number), number, turn=w.id in turn)]


def _visits(clinic: Clinic, number: int) -> None:
    rng = clinic.rng
    seen: list[tuple[float, UUID, UUID]] = []
    for doctor in at_work(clinic, number):
        if doctor.role != "attending_doctor":
            continue
        hours = doctor.shift[1] - doctor.shift[0]
        for _ in range(round(rng.gauss(14, 2) * clinic.load(number))):
            own = rng.random() < 0.75
            patient = rng.choice(clinic.panel[doctor.id] if own else clinic.patients)
            seen.append((doctor.shift[0] + rng.random() * hours, doctor.id, patient))
            clinic.book(patient, number)
    clinic.visits[number] = sorted(seen)
