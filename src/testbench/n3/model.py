"""What the hub knows, and an invented region of two clinics in two zones, beside others that are not ours.

Ids of doctors and patients count within their LPU: doctor 17 of one is another person than doctor 17 of the
next. Instants are aware everywhere; a wall time of the wire becomes one as soon as its LPU is known.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

Source = Literal["site", "clerk", "demo"]
DAYS = 28
"""Days from the start for which there are tickets."""


@dataclass(frozen=True, slots=True)
class Lpu:
    """A clinic of the region; 77 and 78 are not ours and have no doctors here."""

    id: int
    full_name: str
    short_name: str
    zone: ZoneInfo
    is_active: bool = True


@dataclass(frozen=True, slots=True)
class Speciality:
    id: str
    fer_id: str
    name: str


@dataclass(frozen=True, slots=True)
class Doctor:
    """Works `hours` on the days of his parity (0 even, 1 odd, None every day but Sunday).

    `area`: only patients of that area are let in, everybody else does not see his tickets. `age_from` and
    `needs_referral` are told at SetAppointment alone.
    """

    id: str
    lpu: int
    speciality: Speciality
    name: str
    snils: str
    hours: tuple[tuple[time, time], ...]
    minutes: int
    room: str
    parity: int | None = None
    area: str = ""
    age_from: int = 0
    needs_referral: bool = False

    @property
    def key(self) -> str:
        return f"{self.id}@{self.lpu}"


@dataclass(frozen=True, slots=True)
class Ticket:
    """A place in a doctor's schedule. Its id is the hub's to change: see `Base.swap`."""

    doctor: Doctor
    start: datetime
    minutes: int

    @property
    def end(self) -> datetime:
        return self.start + timedelta(minutes=self.minutes)


@dataclass(frozen=True, slots=True)
class Person:
    surname: str
    name: str
    second_name: str
    birthday: date
    phone: str
    area: str = ""


@dataclass(frozen=True, slots=True)
class Patient:
    """A card of one LPU."""

    id: str
    lpu: int
    person: Person


@dataclass(frozen=True, slots=True)
class Visit:
    """A ticket that somebody has, or had. `number` is the МИС's own."""

    number: str
    ticket: Ticket
    patient: Patient
    status: Literal["booked", "cancelled"]
    source: Source
    written_at: datetime


THERAPY = Speciality("11", "97", "Терапия")
HEART = Speciality("12", "29", "Кардиология")
EYES = Speciality("13", "49", "Офтальмология")
CHILDREN = Speciality("14", "68", "Педиатрия")
FAMILY = Speciality("15", "110", "Общая практика")
SURGERY = Speciality("st-9", "109", "Хирургия")
_WHOLE = ((time(9), time(13)), (time(13, 30), time(17)))
_MORNING = ((time(8), time(12)),)
_EVENING = ((time(14), time(18)),)

LPUS = (
    Lpu(1, "Поликлиника на Липовой улице", "Поликлиника на Липовой", ZoneInfo("Europe/Moscow")),
    Lpu(2, "Поликлиника на Озёрной улице", "Поликлиника на Озёрной", ZoneInfo("Asia/Yekaterinburg")),
    Lpu(77, "Больница соседнего города", "Соседняя больница", ZoneInfo("Europe/Moscow")),
    Lpu(78, "Закрытая поликлиника", "Закрытая", ZoneInfo("Europe/Moscow"), is_active=False),
)
DOCTORS = (
    Doctor("17", 1, THERAPY, "Пробная Анна Тестовна", "001-001-001 01", _WHOLE, 15, "101", parity=0),
    Doctor("18", 1, HEART, "Образцов Пётр Ильич", "001-001-001 02", _WHOLE, 30, "205"),
    Doctor("19", 1, EYES, "Условная Вера", "001-001-001 03", _WHOLE, 20, "", needs_referral=True),
    Doctor("20", 1, FAMILY, "Участков Семён Львович", "001-001-001 04", _EVENING, 15, "102", area="7"),
    Doctor("17", 2, SURGERY, "Макетов Олег Львович", "001-001-001 05", _WHOLE, 30, "3", age_from=18),
    Doctor("21", 2, THERAPY, "Пробная Анна Тестовна", "001-001-001 01", _WHOLE, 15, "5", parity=1),
    Doctor("23", 2, HEART, "Сердцев Илья Романович", "001-001-001 07", _WHOLE, 30, "6"),
    Doctor("22", 2, CHILDREN, "Детская Мария Игоревна", "001-001-001 06", _MORNING, 20, "5"),
)


def zone_of(lpu: int) -> ZoneInfo:
    """Return the zone of the wall clocks in an LPU; LookupError for an unknown one."""
    return {known.id: known.zone for known in LPUS}[lpu]
