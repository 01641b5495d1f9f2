"""The clinic that the bench measures: 500 doctors, 28 days of 24 visits, so 336,000 times.

Everything follows from numbers, so that pgbench, the load and the mirror name the same doctors and times
without asking each other. The first two times of each day are booked from the start; holds take the others.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from feldsher.domain.scheduling.normaliser import NO_ROOM, DayKey, DayRow, Ticket
from feldsher.kernel.intervals import Interval, union

MIS = "bench"
BRANCHES = 3
DAYS = 28
VISIT = timedelta(minutes=30)
VISITS_A_DAY = 24
BOOKED_A_DAY = 2
TICKETS = 1_000_000
"""The first doctor of the mirror that holds tickets; nobody books there."""
_OPENS, _BREAK, _REOPENS, _CLOSES, _LATE = 6, 12, 13, 19, 20


@dataclass(frozen=True, slots=True)
class Clinic:
    """`doctors` is the size; `first` is the first UTC day: tomorrow, so that nothing passes meanwhile."""

    doctors: int
    first: date

    @classmethod
    def of(cls, doctors: int) -> "Clinic":
        return cls(doctors, datetime.now(tz=UTC).date() + timedelta(days=1))

    @property
    def slots(self) -> int:
        """How many times may be held; `slot` takes a number below it."""
        return self.doctors * DAYS * (VISITS_A_DAY - BOOKED_A_DAY)

    @property
    def days(self) -> int:
        """How many rows the mirror has."""
        return self.doctors * DAYS

    @property
    def midnight(self) -> datetime:
        return datetime.combine(self.first, datetime.min.time(), tzinfo=UTC)

    def slot(self, number: int) -> tuple[UUID, UUID, UUID, datetime]:
        """Return doctor, branch, service and start of a time; neighbours in number are different doctors."""
        doctor, rest = number % self.doctors, number // self.doctors
        day, visit = rest % DAYS, BOOKED_A_DAY + rest // DAYS
        # hold.sql says the same.
        start = self.midnight + timedelta(days=day, hours=_OPENS) + visit * VISIT
        if visit * VISIT >= timedelta(hours=_BREAK - _OPENS):
            start += timedelta(hours=_REOPENS - _BREAK)
        return doctor_id(doctor), branch_id(doctor), service_id(doctor), start

    def rows(self, *, changed_every: int = 0, turn: int = 0) -> dict[DayKey, DayRow]:
        """Return the mirror's rows as intervals; every `changed_every`th day ends later in odd turns."""
        rows: dict[DayKey, DayRow] = {}
        for doctor in range(self.doctors):
            for number in range(DAYS):
                day = self.midnight + timedelta(days=number)
                is_long = changed_every and turn % 2 and (doctor * DAYS + number) % changed_every == 0
                free = [_hours(day, _OPENS, _BREAK), _hours(day, _REOPENS, _LATE if is_long else _CLOSES)]
                busy = (_hours(day, _LATE, _LATE + 1),)
                rows[DayKey(doctor_id(doctor), day.date(), branch_id(doctor), NO_ROOM)] = DayRow(
                    free=tuple(free),
                    busy=busy,
                    work=union([*free, *busy]),
                    tickets=(),
                    step_minutes=None,
                    wall=("06:00-12:00", "13:00-19:00"),
                )
        return rows

    def ticket_rows(self, *, changed_every: int, turn: int) -> dict[DayKey, DayRow]:
        """Return the days of other doctors as tickets, 24 each: the heaviest form of a mirror."""
        rows: dict[DayKey, DayRow] = {}
        for doctor in range(self.doctors):
            for number in range(DAYS):
                day = self.midnight + timedelta(days=number)
                is_other = turn % 2 and (doctor * DAYS + number) % changed_every == 0
                tickets = tuple(
                    Ticket(_ticket_id(doctor, number, visit, is_other=bool(is_other)), start, start + VISIT)
                    for visit, start in enumerate(_starts(day))
                )
                rows[DayKey(doctor_id(TICKETS + doctor), day.date(), branch_id(doctor), NO_ROOM)] = DayRow(
                    free=(),
                    busy=(),
                    work=(),
                    tickets=tickets,
                    step_minutes=None,
                    wall=("06:00-12:00", "13:00-19:00"),
                )
        return rows

    def covered(self, *, tickets: bool = False) -> dict[tuple[UUID, UUID], tuple[date, date]]:
        last = self.first + timedelta(days=DAYS - 1)
        first = TICKETS if tickets else 0
        return {
            (doctor_id(first + doctor), branch_id(doctor)): (self.first, last)
            for doctor in range(self.doctors)
        }


def doctor_id(number: int) -> UUID:
    return _uuid(f"doctor {number}")


def branch_id(doctor: int) -> UUID:
    return _uuid(f"branch {doctor % BRANCHES}")


def service_id(doctor: int) -> UUID:
    """Return the doctor's default service; each has two more."""
    return _uuid(f"service {doctor % BRANCHES}")


def _uuid(name: str) -> UUID:
    """Return what `md5(name)::uuid` is in SQL: spread over all bits, as real keys are."""
    return UUID(hashlib.md5(name.encode(), usedforsecurity=False).hexdigest())


def _hours(day: datetime, first: int, last: int) -> Interval:
    return Interval(day + timedelta(hours=first), day + timedelta(hours=last))


def _starts(day: datetime) -> Iterator[datetime]:
    for first, last in ((_OPENS, _BREAK), (_REOPENS, _CLOSES)):
        start = day + timedelta(hours=first)
        while start < day + timedelta(hours=last):
            yield start
            start += VISIT


def _ticket_id(doctor: int, day: int, visit: int, *, is_other: bool) -> str:
    """Return an id like those of a MIS: 36 characters that repeat nowhere."""
    name = f"{doctor}/{day}/{visit}/{'other' if is_other and visit == 0 else ''}"
    return str(UUID(bytes=hashlib.blake2b(name.encode(), digest_size=16).digest()))
