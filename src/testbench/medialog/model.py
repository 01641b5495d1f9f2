"""What the base of the clinic consists of, and an invented network of two branches in two zones.

Instants are aware everywhere; a wall time of the wire becomes one as soon as its branch is known.
"""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

Status = Literal["booked", "cancelled"]
DAYS = 28
"""Days from today for which the base has a schedule."""


@dataclass(frozen=True, slots=True)
class Clinic:
    code: str
    name: str
    zone: ZoneInfo


@dataclass(frozen=True, slots=True)
class Exam:
    """A visit kind; it alone says how long a visit lasts."""

    id: str
    name: str
    minutes: int


@dataclass(frozen=True, slots=True)
class Subject:
    """A schedule: hours of work by the day's parity (0 even, 1 odd, None every day), cut into cells."""

    id: str
    clinic: str
    model: str
    medecin: str
    name: str
    specialty: str
    exams: tuple[Exam, ...]
    hours: tuple[tuple[time, time], ...]
    cell: int = 30
    parity: int | None = None

    @property
    def keeper(self) -> str:
        """Who can be in one place at a time: the doctor, else the schedule itself."""
        return self.medecin or f"subj-{self.id}"


@dataclass(frozen=True, slots=True)
class Patient:
    pid: str
    surname: str
    name: str
    fathername: str
    phone: str


@dataclass(frozen=True, slots=True)
class Visit:
    id: str
    subject: str
    exam: str
    start: datetime
    minutes: int
    pid: str
    status: Status
    source: Literal["site", "clerk", "demo"]
    written_at: datetime
    comment: str = ""

    @property
    def end(self) -> datetime:
        return self.start + timedelta(minutes=self.minutes)


_WHOLE = ((time(9), time(13)), (time(13, 30), time(17)))
_MORNING = ((time(9), time(13)),)
_EVENING = ((time(14), time(18)),)
_THERAPY = (
    Exam("701", "Приём терапевта", 30),
    Exam("702", "Приём терапевта с осмотром", 60),
)
_HEART = (Exam("703", "Приём кардиолога", 30), Exam("704", "Суточное наблюдение, установка", 60))
_ECHO = (Exam("705", "ЭхоКГ", 30),)
_EYES = (Exam("706", "Проверка зрения", 15), Exam("707", "Подбор очков", 45))
_SCAN = (Exam("708", "УЗИ брюшной полости", 30),)

CLINICS = (
    Clinic("C1", "Клиника на Проезжей", ZoneInfo("Europe/Moscow")),
    Clinic("C2", "Клиника на Заводской", ZoneInfo("Asia/Yekaterinburg")),
)
MODELS = {"1": "Врачи", "2": "Кабинеты"}
SUBJECTS = (
    Subject("501", "C1", "1", "11", "Пробная Анна Тестовна", "Терапия", _THERAPY, _WHOLE, parity=0),
    Subject("502", "C1", "1", "12", "Образцов Пётр Ильич", "Кардиология", _HEART, _MORNING),
    Subject("503", "C1", "2", "12", "Образцов Пётр Ильич", "Кардиология", _ECHO, _EVENING),
    Subject("504", "C1", "1", "13", "Условная Вера", "Офтальмология", _EYES, _WHOLE, cell=15),
    Subject("601", "C2", "1", "11", "Пробная Анна Тестовна", "Терапия", _THERAPY, _WHOLE, parity=1),
    Subject("602", "C2", "1", "14", "Макетов Олег Львович", "Кардиология", _HEART[:1], _WHOLE),
    Subject("603", "C2", "2", "", "Кабинет УЗИ", "Диагностика", _SCAN, _WHOLE),
)
