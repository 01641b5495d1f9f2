"""A network loaded from recorded replies, its dates moved so that the earliest is today.

The folder has `clinics/`, `employees/`, `nomenclature/` and `schedule/` with `success.xml` each. A busy
period without a kind of time becomes somebody's visit, one with a kind a break; together with the free
periods they make up the working time again. On top of that the base works as always.
"""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

from lxml import etree

from testbench.bit_umc.model import (
    Clinic,
    Document,
    Employee,
    Item,
    MainService,
    Period,
    Person,
    Shift,
)

NAMESPACE = uuid.UUID("7d6f8f0e-3c6d-5b77-8f1d-7265706c6179")
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
MAX_FILE = 50_000_000
S1 = "{S1}"
S2 = "{S2}"


class UnreadableRepliesError(ValueError):
    """The folder lacks a reply or one of them isn't what its name says."""


class RecordedNetwork:
    """What was recorded, moved to today. Each clinic has the same catalogue: one reply was recorded."""

    def __init__(self, folder: Path, *, zone: ZoneInfo, now: datetime) -> None:
        self._clinics = tuple(
            Clinic(_value(row, "УИД"), _value(row, "Наименование"), zone)
            for row in _load(folder, "clinics").iterfind(f"{S1}Клиника")
        )
        self._items = tuple(_item(row) for row in _load(folder, "nomenclature").iterfind(f"{S2}Каталог"))
        employees = {
            employee.uid: employee
            for employee in map(_employee, _load(folder, "employees").iterfind(f"{S2}Сотрудник"))
        }
        rows = list(_load(folder, "schedule").iterfind(f"{S1}ГрафикДляСайта"))
        for row in rows:
            _set_default_minutes(employees, row)
        self._employees = tuple(employees.values())
        self._shifts: dict[tuple[str, date], tuple[Shift, ...]] = {}
        self._visits: dict[tuple[str, date], tuple[Document, ...]] = {}
        self._arrange(rows, zone, now.astimezone(zone).date())
        if not self._clinics:
            raise UnreadableRepliesError(f"{folder}: no clinics were recorded")

    @property
    def clinics(self) -> tuple[Clinic, ...]:
        return self._clinics

    @property
    def employees(self) -> tuple[Employee, ...]:
        return self._employees

    def items(self, clinic: str) -> tuple[Item, ...]:
        return self._items if any(row.uid == clinic for row in self._clinics) else ()

    def days(self, clinic: Clinic, now: datetime) -> Sequence[date]:
        del now  # a recording has the days that it has
        return sorted(day for uid, day in self._shifts if uid == clinic.uid)

    def shifts(self, clinic: str, day: date) -> tuple[Shift, ...]:
        return self._shifts.get((clinic, day), ())

    def visits(self, clinic: str, day: date) -> tuple[Document, ...]:
        return self._visits.get((clinic, day), ())

    def _arrange(self, rows: Iterable["etree._Element"], zone: ZoneInfo, today: date) -> None:
        recorded = [
            (_value(row, "СотрудникID"), period, free) for row in rows for period, free in _periods(row)
        ]
        if not recorded:
            return
        moved = today - min(
            datetime.fromisoformat(_value(period, "Дата")).date() for _, period, _ in recorded
        )
        days: dict[tuple[str, str, date], list[tuple[Period, bool]]] = {}
        for employee, row, free in recorded:
            start = (datetime.fromisoformat(_value(row, "ВремяНачала")) + moved).replace(tzinfo=zone)
            end = (datetime.fromisoformat(_value(row, "ВремяОкончания")) + moved).replace(tzinfo=zone)
            key = (_value(row, "Клиника"), employee, start.date())
            days.setdefault(key, []).append((Period(start, end, _value(row, "ВидВремени")), free))
        for (clinic, employee, day), periods in days.items():
            periods.sort(key=lambda pair: pair[0].start)
            place = (clinic, day)
            self._shifts[place] = self._shifts.get(place, ()) + tuple(_shifts(clinic, employee, day, periods))
            self._visits[place] = self._visits.get(place, ()) + tuple(
                _visit(clinic, employee, period) for period, free in periods if not free and not period.kind
            )


def _load(folder: Path, name: str) -> "etree._Element":
    path = folder / name / "success.xml"
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        if path.stat().st_size > MAX_FILE:
            raise UnreadableRepliesError(f"{path}: too large")
        return etree.fromstring(path.read_bytes(), parser)
    except (OSError, etree.XMLSyntaxError) as error:
        raise UnreadableRepliesError(f"{path}: {error}") from error


def _value(row: "etree._Element", name: str) -> str:
    space = etree.QName(row).namespace
    return (row.findtext(f"{{{space}}}{name}") or "").strip()


def _length(text: str) -> int:
    moment = datetime.fromisoformat(text)
    return moment.hour * 60 + moment.minute


def _item(row: "etree._Element") -> Item:
    return Item(
        uid=_value(row, "UID"),
        name=_value(row, "Наименование"),
        kind=_value(row, "Вид"),
        parent=_value(row, "Родитель"),
        price=Decimal(_value(row, "Цена") or 0),
        minutes=_length(_value(row, "Продолжительность")),
        article=_value(row, "Артикул"),
        unit=_value(row, "БазоваяЕдиницаИзмерения"),
        folder=_value(row, "ЭтоПапка") == "true",
    )


def _employee(row: "etree._Element") -> Employee:
    return Employee(
        uid=_value(row, "UID"),
        surname=_value(row, "Фамилия"),
        name=_value(row, "Имя"),
        fathername=_value(row, "Отчество"),
        specialty=_value(row, "Специализация"),
        organisation=_value(row, "Организация"),
        services=tuple(
            MainService(_value(own, "UID"), _length(_value(own, "Продолжительность")))
            for own in row.iterfind(f"{S2}ОсновныеУслуги/{S2}ОсновнаяУслуга")
        ),
        about=_value(row, "КраткоеОписание"),
    )


def _set_default_minutes(employees: dict[str, Employee], row: "etree._Element") -> None:
    uid = _value(row, "СотрудникID")
    if uid not in employees:
        surname, name, fathername = [*_value(row, "СотрудникФИО").split(maxsplit=2), "", "", ""][:3]
        employees[uid] = Employee(
            uid, surname, name, fathername, _value(row, "Специализация"), _value(row, "Клиника")
        )
    minutes = _length(_value(row, "ДлительностьПриема"))
    employees[uid] = replace(employees[uid], default_minutes=minutes)


def _periods(row: "etree._Element") -> Iterable[tuple["etree._Element", bool]]:
    for name, free in (("СвободноеВремя", True), ("ЗанятоеВремя", False)):
        for period in row.iterfind(f"{S1}ПериодыГрафика/{S1}{name}/{S1}ПериодГрафика"):
            yield period, free


def _shifts(clinic: str, employee: str, day: date, periods: list[tuple[Period, bool]]) -> Iterable[Shift]:
    """Join what touches into shifts; time between pieces is not working time."""
    pieces: list[list[tuple[Period, bool]]] = []
    for pair in periods:
        if pieces and pieces[-1][-1][0].end >= pair[0].start:
            pieces[-1].append(pair)
        else:
            pieces.append([pair])
    for piece in pieces:
        yield Shift(
            employee=employee,
            clinic=clinic,
            day=day,
            start=piece[0][0].start,
            end=max(period.end for period, _ in piece),
            kind=next((period.kind for period, free in piece if free), ""),
            breaks=tuple(period for period, free in piece if not free and period.kind),
        )


def _visit(clinic: str, employee: str, period: Period) -> Document:
    name = f"{clinic}:{employee}:{period.start.isoformat()}"
    return Document(
        uid=str(uuid.uuid5(NAMESPACE, name)),
        employee=employee,
        clinic=clinic,
        start=period.start.astimezone(UTC),
        end=period.end.astimezone(UTC),
        state="booked",
        source="demo",
        written_at=LONG_AGO,
        person=Person("Пациентов", "Записан", "", "+70000000000"),
        client=str(uuid.uuid5(NAMESPACE, f"client:{name}")),
        processed=True,
    )
