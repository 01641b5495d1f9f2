"""An invented clinic in a base of 1С: two branches in two zones, five doctors, one of them in both branches.

Identifiers are fixed guids. Instants are aware everywhere; a wall time of the wire becomes one as soon as its
branch is known.
"""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Literal
from uuid import NAMESPACE_URL, uuid5
from zoneinfo import ZoneInfo

Status = Literal["booked", "cancelled"]
DAYS = 28
"""Days from today for which the base has a schedule."""


def guid(name: str) -> str:
    return str(uuid5(NAMESPACE_URL, f"https://1c.invented.example/{name}"))


@dataclass(frozen=True, slots=True)
class Branch:
    id: str
    name: str
    zone: ZoneInfo


@dataclass(frozen=True, slots=True)
class Service:
    """`minutes` 0: the catalogue has no length (00:00)."""

    id: str
    name: str
    code: str
    minutes: int
    roubles: Decimal


@dataclass(frozen=True, slots=True)
class Doctor:
    """`own_minutes` is the doctor's own length of the first of the services, 0 for none."""

    id: str
    name: str
    specialty: str
    snils: str
    services: tuple[Service, ...]
    own_minutes: int = 0
    is_public: bool = True
    is_deleted: bool = False


@dataclass(frozen=True, slots=True)
class Shift:
    """Hours of a doctor in a branch by the day's parity (0 even, 1 odd, None all); `cell` in minutes."""

    doctor: Doctor
    branch: Branch
    hours: tuple[tuple[time, time], ...]
    cell: int = 30
    parity: int | None = None


@dataclass(frozen=True, slots=True)
class Visit:
    """A document of the base; one without a doctor only closes its reference."""

    id: str
    number: str
    doctor: str
    branch: str
    start: datetime
    minutes: int
    status: Status
    source: Literal["site", "clerk", "demo"]
    reference: str = ""
    patient: str = ""
    comment: str = ""

    @property
    def end(self) -> datetime:
        return self.start + timedelta(minutes=self.minutes)


_WHOLE = ((time(9), time(13)), (time(14), time(18)))
_MORNING = ((time(9), time(13)),)
_EVENING = ((time(14), time(20)),)

NORTH = Branch(guid("branch/north"), "Поликлиника на Озёрной", ZoneInfo("Europe/Moscow"))
URAL = Branch(guid("branch/ural"), "Поликлиника на Рудной", ZoneInfo("Asia/Yekaterinburg"))
BRANCHES = (NORTH, URAL)
SPECIALTIES = {guid(f"specialty/{name}"): name for name in ("Терапия", "Неврология", "Офтальмология")}
_FIRST = Service(guid("service/1"), "Приём первичный", "А-01", 30, Decimal("2500.00"))
_AGAIN = Service(guid("service/2"), "Приём повторный", "А-02", 30, Decimal("1800.50"))
_LONG = Service(guid("service/3"), "Осмотр с заключением", "А-03", 60, Decimal(4000))
_BARE = Service(guid("service/4"), "Подбор очков", "А-04", 0, Decimal(3100))
SERVICES = (_FIRST, _AGAIN, _LONG, _BARE)
_USUAL = (_FIRST, _AGAIN, _LONG)
DOCTORS = (
    Doctor(guid("doctor/1"), "Лесная Вера Ильинична", "Терапия", "112-233-445 95", _USUAL),
    Doctor(guid("doctor/2"), "Полевой Борис Олегович", "Неврология", "", _USUAL, own_minutes=60),
    Doctor(guid("doctor/3"), "Речная Инна", "Терапия", "", _USUAL),
    Doctor(guid("doctor/4"), "Горный Семён Львович", "Офтальмология", "", (_BARE, _FIRST)),
    Doctor(guid("doctor/5"), "Тайный Глеб Глебович", "Терапия", "", _USUAL, is_public=False),
    Doctor(guid("doctor/6"), "Бывший Иван Иванович", "Терапия", "", _USUAL, is_deleted=True),
)
SHIFTS = (
    Shift(DOCTORS[0], NORTH, _WHOLE),
    Shift(DOCTORS[1], NORTH, _MORNING),
    Shift(DOCTORS[2], NORTH, _WHOLE, parity=0),
    Shift(DOCTORS[2], URAL, _EVENING, parity=1),
    Shift(DOCTORS[3], URAL, _WHOLE, cell=15),
    Shift(DOCTORS[4], NORTH, _WHOLE),
)
