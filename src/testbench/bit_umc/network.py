"""The demo network, small or large: invented, and the same for the same seed on any machine.

Identifiers are uuid5 of names and don't depend on the seed, so that `overlay.json` can name them; the seed
decides shifts and the visits that are already there. A day's shifts depend on (seed, doctor, date) alone:
restarting tomorrow changes no day that was there today.
"""

import random
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import lru_cache
from zoneinfo import ZoneInfo

from testbench.bit_umc import demo_data, large
from testbench.bit_umc.grid import tile
from testbench.bit_umc.model import (
    ZERO_UID,
    Clinic,
    Document,
    Employee,
    Item,
    MainService,
    Period,
    Person,
    Shift,
)

NAMESPACE = uuid.UUID("0f5a2a3e-6d0b-5c0e-9b65-6f656c646672")
DAYS = 14
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
URAL_FACTOR = Decimal("0.9")
NORMAL_MINUTES = 30
NEWCOMER = 6  # each sixth doctor
EVENING = 14  # an evening shift has no lunch
SUNDAY = 6
DAY_OFF = 0.15
TAKEN = 0.25
SHOW_UP = 0.8


def uid(kind: str, name: str) -> str:
    return str(uuid.uuid5(NAMESPACE, f"{kind}:{name}"))


WORK_UID = uid("time", "Работа")
LUNCH_UID = uid("time", "Обед")


@dataclass(frozen=True, slots=True)
class Post:
    """Where a doctor works on which days: even and odd ones when he has two branches.

    A newcomer has no lunch hours entered and no patients yet, so nothing of his time is busy.
    """

    employee: Employee
    clinics: tuple[str, ...]
    newcomer: bool


class DemoNetwork:
    """Three branches in two time zones; 14 days from today, and yesterday for what has passed."""

    def __init__(self, seed: int, *, is_large: bool = False) -> None:
        self._seed = seed
        self._is_large = is_large
        self._keys = {uid("clinic", key): key for key, _, _ in demo_data.CLINICS}
        self._clinics = tuple(
            Clinic(uid("clinic", key), name, ZoneInfo(zone)) for key, name, zone in demo_data.CLINICS
        )
        lines = large.services() if is_large else demo_data.SERVICES
        self._services = {name: _services(name, text) for name, text in lines.items()}
        self._posts = tuple(self._hire())
        surname, name, fathername, specialty = demo_data.WITHOUT_SCHEDULE
        extra = Employee(uid("employee", surname), surname, name, fathername, specialty, ZERO_UID)
        self._employees = tuple(
            sorted((*(post.employee for post in self._posts), extra), key=lambda row: row.full_name)
        )
        self._items = {clinic.uid: tuple(self._catalogue(self._keys[clinic.uid])) for clinic in self._clinics}

    @property
    def clinics(self) -> tuple[Clinic, ...]:
        return self._clinics

    @property
    def employees(self) -> tuple[Employee, ...]:
        return self._employees

    def items(self, clinic: str) -> tuple[Item, ...]:
        return self._items.get(clinic, ())

    def days(self, clinic: Clinic, now: datetime) -> Sequence[date]:
        today = now.astimezone(clinic.zone).date()
        return [today + timedelta(days=offset) for offset in range(-1, DAYS)]

    @lru_cache(maxsize=256)  # noqa: B019 - networks live as long as the process or until a reset
    def shifts(self, clinic: str, day: date) -> tuple[Shift, ...]:
        zone = next(row.zone for row in self._clinics if row.uid == clinic)
        rows = []
        for post in self._posts:
            here = uid("clinic", post.clinics[day.toordinal() % len(post.clinics)])
            if here == clinic:
                shift = self._shift(post, clinic, day, zone)
                if shift is not None:
                    rows.append(shift)
        return tuple(rows)

    @lru_cache(maxsize=256)  # noqa: B019 - as above
    def visits(self, clinic: str, day: date) -> tuple[Document, ...]:
        idle = {post.employee.uid for post in self._posts if post.newcomer}
        return tuple(
            visit
            for shift in self.shifts(clinic, day)
            if shift.employee not in idle
            for visit in self._visits_of(shift)
        )

    def _draw(self, *parts: object) -> random.Random:
        return random.Random("|".join(str(part) for part in (self._seed, *parts)))

    def _hire(self) -> list[Post]:
        posts: list[Post] = []
        for specialty, doctors in large.doctors() if self._is_large else demo_data.DOCTORS:
            for place, (surname, name, fathername, clinics, minutes) in enumerate(doctors):
                items = self._services[specialty]
                if self._is_large:
                    items = tuple(items[number] for number in large.given(len(items), place, len(doctors)))
                services = tuple(
                    MainService(item.uid, item.minutes + 10 if minutes and position == 0 else 0)
                    for position, item in enumerate(items)
                )
                employee = Employee(
                    uid=uid("employee", f"{surname} {name} {fathername}"),
                    surname=surname,
                    name=name,
                    fathername=fathername,
                    specialty=specialty,
                    organisation=uid("clinic", clinics[0]) if len(clinics) == 1 else ZERO_UID,
                    services=services,
                    default_minutes=minutes,
                )
                posts.append(Post(employee, clinics, len(posts) % NEWCOMER == NEWCOMER - 1))
        return posts

    def _shift(self, post: Post, clinic: str, day: date, zone: ZoneInfo) -> Shift | None:
        employee = post.employee
        draw = self._draw(employee.uid, "shift", day)
        if day.weekday() == SUNDAY or draw.random() < DAY_OFF:
            return None
        opening, hours = draw.choice(((8, 8), (9, 9), (10, 8), (EVENING, 6)))
        start = datetime.combine(day, time(opening), zone)
        end = start + timedelta(hours=hours)
        breaks: tuple[Period, ...] = ()
        if opening != EVENING and not post.newcomer:
            pause = start + timedelta(hours=hours // 2)
            breaks = (Period(pause, pause + timedelta(minutes=NORMAL_MINUTES), LUNCH_UID),)
        return Shift(employee.uid, clinic, day, start, end, WORK_UID, breaks)

    def _visits_of(self, shift: Shift) -> list[Document]:
        draw = self._draw(shift.employee, "visits", shift.day)
        free, _ = tile(shift, ())
        visits = []
        for period in free:
            start = period.start
            while start + timedelta(minutes=NORMAL_MINUTES) <= period.end:
                end = start + timedelta(minutes=NORMAL_MINUTES)
                if draw.random() < TAKEN:
                    visits.append(self._visit(shift, start, end, draw))
                start = end
        return visits

    def _visit(self, shift: Shift, start: datetime, end: datetime, draw: random.Random) -> Document:
        name = f"{self._seed}:{shift.employee}:{start.isoformat()}"
        person = Person(
            draw.choice(demo_data.PATIENT_SURNAMES),
            draw.choice(demo_data.PATIENT_NAMES),
            "",
            f"+7000{draw.randrange(10**7):07}",
        )
        return Document(
            uid=uid("visit", name),
            employee=shift.employee,
            clinic=shift.clinic,
            start=start.astimezone(UTC),
            end=end.astimezone(UTC),
            state="booked",
            source="demo",
            written_at=LONG_AGO,
            person=person,
            client=uid("client", name),
            processed=True,
            arrived=draw.random() < SHOW_UP,
        )

    def _catalogue(self, clinic: str) -> list[Item]:
        factor = URAL_FACTOR if clinic == "ural" else Decimal(1)
        rows: list[Item] = []
        for name, services in self._services.items():
            rows.append(Item(uid("folder", name), name, "", folder=True, price=Decimal(0)))
            rows += [_priced(item, factor) for item in services]
        stock = Item(uid("folder", "Материалы"), "Материалы", "", folder=True)
        rows.append(stock)
        for name, unit, article, price in demo_data.MATERIALS:
            rows.append(
                Item(
                    uid("item", name),
                    name,
                    "Материал",
                    parent=stock.uid,
                    price=Decimal(price),
                    article=article,
                    unit=unit,
                )
            )
        for name, article, price in demo_data.SETS:
            rows.append(Item(uid("item", name), name, "Набор", price=Decimal(price), article=article))
        return rows


def _services(specialty: str, lines: str) -> tuple[Item, ...]:
    rows = []
    for line in lines.strip().splitlines():
        name, minutes, price = line.split("|")
        rows.append(
            Item(
                uid("item", name),
                name,
                "Услуга",
                parent=uid("folder", specialty),
                price=Decimal(price),
                minutes=int(minutes),
            )
        )
    return tuple(rows)


def _priced(item: Item, factor: Decimal) -> Item:
    price = (item.price * factor / 10).to_integral_value() * 10
    return Item(item.uid, item.name, item.kind, item.parent, price, item.minutes)
