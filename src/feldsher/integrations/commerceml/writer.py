"""Writes visits as orders of CommerceML 2.x, as sites have always sent them to 1С.

It is windows-1251 and has no namespace. Elements stand in the order of the schema. There is no patient: 1С
wants a buyer, and gets the same one in every order.
"""

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Final, cast
from zoneinfo import ZoneInfo

from lxml import etree

from feldsher.domain.accounting.types import VisitDocument
from feldsher.domain.scheduling.types import State
from feldsher.integrations.commerceml.parsing import ROOT, Element
from feldsher.kernel.formats import MOSCOW

ENCODING: Final = "windows-1251"
SCHEMA: Final = "2.09"
BUYER_ID: Final = "feldsher-patient"
_BUYER: Final = "Пациент (запись с сайта)"
_STATUSES: Final = {
    State.BOOKED: "Записан",
    State.ARRIVED: "Пришёл",
    State.FULFILLED: "Принят",
    State.CANCELLED: "Отменена",
    State.NOSHOW: "Не пришёл",
}
_FINAL: Final = {State.FULFILLED, State.CANCELLED, State.NOSHOW}
_CANCELLED: Final = {State.CANCELLED, State.NOSHOW}
_LONGEST: Final = 255
_FORBIDDEN: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What may stand in no XML."""


def write_documents(documents: Iterable[VisitDocument], *, at: datetime) -> bytes:
    """Return a whole file; `at` is an aware instant. Letters outside of windows-1251 become references."""
    made = at.astimezone(ZoneInfo(MOSCOW))
    root = etree.Element(ROOT, {"ВерсияСхемы": SCHEMA, "ДатаФормирования": f"{made:%Y-%m-%dT%H:%M:%S}"})
    for each in documents:
        _write(etree.SubElement(root, "Документ"), each)
    return cast("bytes", etree.tostring(root, encoding=ENCODING, xml_declaration=True))


def _write(element: Element, told: VisitDocument) -> None:
    amount = f"{told.amount or 0:.2f}"
    for name, value in (
        ("Ид", str(told.id)),
        ("Номер", str(told.number)),
        ("Дата", told.day.isoformat()),
        ("ХозОперация", "Заказ товара"),
        ("Роль", "Продавец"),
        ("Валюта", "RUB"),
        ("Курс", "1"),
        ("Сумма", amount),
    ):
        _add(element, name, value)
    buyer = etree.SubElement(etree.SubElement(element, "Контрагенты"), "Контрагент")
    for name, value in (
        ("Ид", BUYER_ID),
        ("Наименование", _BUYER),
        ("ПолноеНаименование", _BUYER),
        ("Роль", "Покупатель"),
    ):
        _add(buyer, name, value)
    _write_item(etree.SubElement(etree.SubElement(element, "Товары"), "Товар"), told, amount)
    _write_values(element, _values(told))


def _write_item(element: Element, told: VisitDocument, amount: str) -> None:
    _add(element, "Ид", told.item.id)
    _add(element, "Наименование", told.item.name)
    _add(element, "БазоваяЕдиница", "шт", {"Код": "796", "НаименованиеПолное": "Штука"})
    _write_values(element, (("ВидНоменклатуры", "Услуга"), ("ТипНоменклатуры", "Услуга")))
    _add(element, "ЦенаЗаЕдиницу", amount)
    _add(element, "Количество", "1")
    _add(element, "Сумма", amount)


def _values(told: VisitDocument) -> tuple[tuple[str, str], ...]:
    found = (
        ("Статус заказа", f"[{told.state.value}] {_STATUSES[told.state]}"),
        ("Отменен", str(told.state in _CANCELLED).lower()),
        ("Финальный статус", str(told.state in _FINAL).lower()),
        ("Дата изменения статуса", f"{told.changed_on.isoformat()} 00:00:00"),
        ("Организация", told.organization),
        ("Филиал", told.branch),
        ("Исполнитель", told.doctor_id),
    )
    return tuple((name, value) for name, value in found if value)


def _write_values(element: Element, values: Iterable[tuple[str, str]]) -> None:
    listed = etree.SubElement(element, "ЗначенияРеквизитов")
    for name, value in values:
        one = etree.SubElement(listed, "ЗначениеРеквизита")
        _add(one, "Наименование", name)
        _add(one, "Значение", value)


def _add(element: Element, name: str, value: str, attributes: dict[str, str] | None = None) -> None:
    etree.SubElement(element, name, attributes or {}).text = _FORBIDDEN.sub(" ", value)[:_LONGEST]
