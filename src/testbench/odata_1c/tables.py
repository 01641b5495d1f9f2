"""What is published: the entity sets of the base with their fields, keys and rows, as 1С shows them.

Types are those of OData v3; `Ref` is a guid that refers to a row of a catalogue, whose presentation 1С sorts
it by. Int64 goes out as text, a length as a time of the year 1, an enumeration as its name.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from testbench.odata_1c.base import Base, branch_of
from testbench.odata_1c.model import BRANCHES, DOCTORS, SERVICES, SPECIALTIES, Service, Visit, guid

Row = dict[str, Any]
NOBODY = "00000000-0000-0000-0000-000000000000"
RETAIL, STAFF = guid("price/retail"), guid("price/staff")
NAMES = {one.id: one.name for group in (BRANCHES, DOCTORS, SERVICES) for one in group} | SPECIALTIES
STATES = {"booked": "Записан", "cancelled": "Отменена"}
_CATALOGUE = {
    "Ref_Key": "Ref", "DataVersion": "String", "DeletionMark": "Boolean", "Predefined": "Boolean",
    "PredefinedDataName": "String", "Code": "String", "Description": "String",
}  # fmt: skip
_LENGTH = "DateTime"


@dataclass(frozen=True, slots=True)
class Entity:
    """`kind` is the group of operations that its reading belongs to; `slices` are dimensions of SliceLast."""

    fields: dict[str, str]
    key: tuple[str, ...]
    rows: Callable[[Base], Iterator[Row]]
    kind: str = "directory"
    slices: tuple[str, ...] = ()


def _catalogue(number: str, name: str, code: str, *, is_deleted: bool = False) -> Row:
    return {
        "Ref_Key": number, "DataVersion": "AAAAAAAAAAE=", "DeletionMark": is_deleted, "Predefined": False,
        "PredefinedDataName": "", "Code": code, "Description": name,
    }  # fmt: skip


def _branches(_: Base) -> Iterator[Row]:
    for number, branch in enumerate(BRANCHES, 1):
        yield _catalogue(branch.id, branch.name, f"{number:09}")


def _specialties(_: Base) -> Iterator[Row]:
    for number, (key, name) in enumerate(SPECIALTIES.items(), 1):
        yield _catalogue(key, name, f"{number:09}")


def _doctors(_: Base) -> Iterator[Row]:
    for number, one in enumerate(DOCTORS, 1):
        yield _catalogue(one.id, one.name, f"{number:09}", is_deleted=one.is_deleted) | {
            "Специальность_Key": guid(f"specialty/{one.specialty}"),
            "СНИЛС": one.snils,
            "ПоказыватьНаСайте": one.is_public,
        }


def _given(_: Base) -> Iterator[Row]:
    for doctor in DOCTORS:
        for number, service in enumerate(doctor.services, 1):
            own = doctor.own_minutes if number == 1 else 0
            yield {
                "Ref_Key": doctor.id, "LineNumber": str(number), "Услуга_Key": service.id,
                "Длительность": _length(own),
            }  # fmt: skip


def _services(_: Base) -> Iterator[Row]:
    folder = guid("service/folder")
    other = {"Parent_Key": NOBODY, "Артикул": "", "Услуга": False, "Длительность": _length(0)}
    yield _catalogue(folder, "Приёмы", "000000001") | other | {"IsFolder": True}
    yield _catalogue(guid("service/glove"), "Перчатки", "000000009") | other | {"IsFolder": False}
    for number, one in enumerate(SERVICES, 2):
        yield _catalogue(one.id, one.name, f"{number:09}") | {
            "IsFolder": False, "Parent_Key": folder, "Артикул": one.code, "Услуга": True,
            "Длительность": _length(one.minutes),
        }  # fmt: skip


def _prices(base: Base) -> Iterator[Row]:
    """Tell an old price, the one in force, and one of the day after tomorrow; prices of the staff beside."""
    today = datetime.combine(base.today(BRANCHES[0]), datetime.min.time())
    for one in SERVICES:
        for days, factor in ((-90, 0.5), (-30, 1.0), (2, 2.0)):
            yield _price(one, today + timedelta(days=days), RETAIL, float(one.roubles) * factor)
        yield _price(one, today - timedelta(days=5), STAFF, 1.0)


def _price(one: Service, when: datetime, kind: str, roubles: float) -> Row:
    return {
        "Period": when.isoformat(), "Номенклатура_Key": one.id, "ВидЦены_Key": kind,
        "Цена": int(roubles) if roubles == int(roubles) else roubles,
    }  # fmt: skip


def _work(base: Base) -> Iterator[Row]:
    for one in base.stretches():
        yield {
            "Дата": f"{one.day}T00:00:00",
            "Врач_Key": one.shift.doctor.id,
            "Филиал_Key": one.shift.branch.id,
            "ВремяНачала": f"0001-01-01T{one.begin}",
            "ВремяОкончания": f"0001-01-01T{one.end}",
            "ВидВремени": "Перерыв" if one.is_break else "Прием",
        }


def _visits(base: Base) -> Iterator[Row]:
    for one in base.visits():
        if not one.doctor:
            continue
        yield {
            "Ref_Key": one.id, "DataVersion": "AAAAAAAAAAE=", "DeletionMark": False, "Number": one.number,
            "Date": _wall(one, one.start), "Posted": True, "Врач_Key": one.doctor, "Филиал_Key": one.branch,
            "ДатаНачала": _wall(one, one.start), "ДатаОкончания": _wall(one, one.end),
            "Статус": STATES[one.status], "Комментарий": one.comment,
        }  # fmt: skip


def _cells(base: Base) -> Iterator[Row]:
    """Cut the same hours into cells with a state; what a visit touches is taken."""
    standing = [one for one in base.visits() if one.status == "booked"]
    for stretch in base.stretches():
        shift, zone = stretch.shift, stretch.shift.branch.zone
        taken = [one for one in standing if one.doctor == shift.doctor.id]
        step = timedelta(minutes=shift.cell)
        begin = datetime.combine(stretch.day, stretch.begin)
        while begin + step <= datetime.combine(stretch.day, stretch.end):
            start = begin.replace(tzinfo=zone).astimezone(UTC)
            is_taken = any(one.start < start + step and start < one.end for one in taken)
            state = "НеПринимает" if stretch.is_break else "Занято" if is_taken else "Свободно"
            yield {
                "Начало": begin.isoformat(), "Окончание": (begin + step).isoformat(), "Состояние": state,
                "Врач_Key": shift.doctor.id, "Филиал_Key": shift.branch.id,
            }  # fmt: skip
            begin += step


def _wall(visit: Visit, instant: datetime) -> str:
    zone = branch_of(visit.branch).zone
    return instant.astimezone(zone).replace(tzinfo=None).isoformat(timespec="seconds")


def _length(minutes: int) -> str:
    return f"0001-01-01T{minutes // 60:02}:{minutes % 60:02}:00"


PLACE = {"Врач_Key": "Ref", "Филиал_Key": "Ref"}
ENTITIES = {
    "Catalog_Филиалы": Entity(_CATALOGUE, ("Ref_Key",), _branches),
    "Catalog_Специальности": Entity(_CATALOGUE, ("Ref_Key",), _specialties),
    "Catalog_Врачи": Entity(
        _CATALOGUE | {"Специальность_Key": "Ref", "СНИЛС": "String", "ПоказыватьНаСайте": "Boolean"},
        ("Ref_Key",),
        _doctors,
    ),
    "Catalog_Врачи_Услуги": Entity(
        {"Ref_Key": "Ref", "LineNumber": "Int64", "Услуга_Key": "Ref", "Длительность": _LENGTH},
        ("Ref_Key", "LineNumber"),
        _given,
    ),
    "Catalog_Номенклатура": Entity(
        _CATALOGUE
        | {
            "IsFolder": "Boolean", "Parent_Key": "Ref", "Артикул": "String", "Услуга": "Boolean",
            "Длительность": _LENGTH,
        },
        ("Ref_Key",),
        _services,
    ),
    "InformationRegister_ЦеныНоменклатуры": Entity(
        {"Period": "DateTime", "Номенклатура_Key": "Ref", "ВидЦены_Key": "Ref", "Цена": "Double"},
        ("Period", "Номенклатура_Key", "ВидЦены_Key"),
        _prices,
        slices=("Номенклатура_Key", "ВидЦены_Key"),
    ),
    "InformationRegister_ГрафикРаботыВрачей": Entity(
        {"Дата": "DateTime", **PLACE, "ВремяНачала": "DateTime", "ВремяОкончания": "DateTime",
         "ВидВремени": "String"},
        ("Дата", "Врач_Key", "Филиал_Key", "ВремяНачала"),
        _work,
        kind="schedule",
    ),
    "Document_ЗаписьНаПрием": Entity(
        {
            "Ref_Key": "Ref", "DataVersion": "String", "DeletionMark": "Boolean", "Number": "String",
            "Date": "DateTime", "Posted": "Boolean", **PLACE, "ДатаНачала": "DateTime",
            "ДатаОкончания": "DateTime", "Статус": "String", "Комментарий": "String",
        },
        ("Ref_Key",),
        _visits,
        kind="schedule",
    ),
    "InformationRegister_ЯчейкиРасписания": Entity(
        {"Начало": "DateTime", **PLACE, "Окончание": "DateTime", "Состояние": "String"},
        ("Начало", "Врач_Key", "Филиал_Key"),
        _cells,
        kind="schedule",
    ),
}  # fmt: skip
