"""An invented network: four branches in four zones, doctors with working intervals, price lists.

SCHEDIDENT is made of the day, so that yesterday's number means nothing today (contract §1.5).
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

DAYS = 14
EPOCH = date(2020, 1, 1)
IN_CLINIC, EITHER, ONLINE_ONLY = 0, 1, 3


@dataclass(frozen=True, slots=True)
class Branch:
    """A FILIAL; `timezone` is what TIMEZONE says, whole hours east of UTC."""

    id: int
    name: str
    zone: ZoneInfo
    timezone: int


@dataclass(frozen=True, slots=True)
class Hours:
    """Working hours of a day in minutes after midnight, with a break that the grid leaves out."""

    begin: int
    end: int
    mode: int = IN_CLINIC
    pause: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Doctor:
    id: int
    name: str
    department: int
    hours: dict[int, tuple[Hours, ...]]  # by FILIAL


@dataclass(frozen=True, slots=True)
class Interval:
    """A doctor's working interval on one day in one branch."""

    ident: int
    doctor: Doctor
    branch: Branch
    day: date
    hours: Hours


BRANCHES = (
    Branch(1, "Клиника на Вымышленной", ZoneInfo("Europe/Moscow"), 3),
    Branch(2, "Клиника на Придуманной", ZoneInfo("Europe/Kaliningrad"), 2),
    Branch(3, "Клиника на Небывалой", ZoneInfo("Asia/Novosibirsk"), 7),
    Branch(4, "Клиника на Примерной", ZoneInfo("Asia/Kamchatka"), 12),
)
DEPARTMENTS = {501: "Терапевт", 502: "Офтальмолог"}
SERVICES = {
    501: (
        (60001, "A01", "Приём терапевта", "1500.00"),
        (60002, "A02", "Повторный приём терапевта", "1200.00"),
    ),
    502: ((60003, "B01", "Приём офтальмолога", "1800.00"),),
}
_DAY = Hours(9 * 60, 17 * 60, pause=(13 * 60, 13 * 60 + 30))
_MORNING, _EVENING = Hours(8 * 60, 12 * 60), Hours(14 * 60, 18 * 60)
_ONLINE = Hours(18 * 60, 20 * 60, mode=ONLINE_ONLY)
DOCTORS = (
    Doctor(7001, "Вымыслова Анна Тестовна", 501, {1: (_DAY, _ONLINE)}),
    Doctor(7002, "Примеров Борис Образцович", 502, {1: (_MORNING,), 2: (_EVENING,)}),
    Doctor(7003, "Небылицына Вера Пробовна", 501, {2: (_DAY,)}),
    Doctor(7004, "Макетов Глеб Эскизович", 502, {3: (Hours(9 * 60, 17 * 60, mode=EITHER),)}),
    Doctor(7005, "Условный Денис", 501, {4: (_DAY,)}),
)


def branch_of(number: int) -> Branch | None:
    return next((branch for branch in BRANCHES if branch.id == number), None)


def intervals(branch: Branch, *, now: datetime, first: date, last: date) -> list[Interval]:
    """Return the intervals of a branch from its today on, for DAYS days."""
    today = now.astimezone(branch.zone).date()
    found = []
    for offset in range(DAYS):
        day = today + timedelta(days=offset)
        if not first <= day <= last:
            continue
        for doctor in DOCTORS:
            for number, hours in enumerate(doctor.hours.get(branch.id, ())):
                ident = ((day - EPOCH).days * 10_000 + doctor.id % 1000 * 10 + branch.id) * 10 + number
                found.append(Interval(ident, doctor, branch, day, hours))
    return found
