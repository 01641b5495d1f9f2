"""Orders as an invented base of 1С keeps them: it reads a site's documents and says what became of each."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from xml.sax.saxutils import escape

from lxml import etree

ENCODING = "windows-1251"


@dataclass(frozen=True, slots=True)
class Order:
    """One document: `values` are its «ЗначенияРеквизитов» by name, `items` ids, names and sums."""

    id: str
    number: str
    day: str
    amount: Decimal
    buyer: str
    items: tuple[tuple[str, str, Decimal], ...]
    values: dict[str, str]

    @property
    def is_cancelled(self) -> bool:
        return self.values.get("Отменен") == "true"


@dataclass(frozen=True, slots=True)
class Said:
    """What the base says of an order: its own number, status and sum; `operation` is of payments too."""

    id: str
    number: str = ""
    number_there: str = ""
    status: str = "К выполнению"
    amount: str = "0.00"
    is_cancelled: bool = False
    is_deleted: bool = False
    operation: str = "Заказ товара"


def read_orders(body: bytes) -> list[Order]:
    """Read a site's answer as 1С does; raises lxml's XMLSyntaxError."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    return [_order(each) for each in etree.fromstring(body, parser).iter("Документ")]


def _order(element: "etree._Element") -> Order:
    said = {
        each.findtext("Наименование", ""): each.findtext("Значение", "")
        for each in element.iterfind("ЗначенияРеквизитов/ЗначениеРеквизита")
    }
    return Order(
        id=element.findtext("Ид", ""),
        number=element.findtext("Номер", ""),
        day=element.findtext("Дата", ""),
        amount=Decimal(element.findtext("Сумма", "")),
        buyer=element.findtext("Контрагенты/Контрагент/Наименование", ""),
        items=tuple(
            (each.findtext("Ид", ""), each.findtext("Наименование", ""), Decimal(each.findtext("Сумма", "")))
            for each in element.iterfind("Товары/Товар")
        ),
        values=said,
    )


def statuses_file(said: Iterable[Said], *, encoding: str = ENCODING, is_held: bool = False) -> bytes:
    """Return a file of words; `is_held`: each document in a «Контейнер», as schema 3 has them."""
    begin, end = ("<Контейнер>", "</Контейнер>") if is_held else ("", "")
    documents = "".join(f"{begin}{_document(each)}{end}" for each in said)
    return (
        f'<?xml version="1.0" encoding="{encoding}"?>\n'
        '<КоммерческаяИнформация ВерсияСхемы="2.09" ДатаФормирования="2026-11-26T14:45:41">'
        f"{documents}</КоммерческаяИнформация>"
    ).encode(encoding)


def _document(said: Said) -> str:
    values = {
        "Номер по 1С": said.number_there,
        "Дата по 1С": "2026-11-26T14:45:41",
        "ПометкаУдаления": str(said.is_deleted).lower(),
        "Проведен": "true",
        "Отменен": str(said.is_cancelled).lower(),
        "Статус заказа": said.status,
    }
    listed = "".join(
        f"<ЗначениеРеквизита><Наименование>{name}</Наименование><Значение>{escape(value)}</Значение>"
        "</ЗначениеРеквизита>"
        for name, value in values.items()
    )
    return (
        f"<Документ><Ид>{escape(said.id)}</Ид><Номер>{escape(said.number)}</Номер><Дата>2026-11-26</Дата>"
        f"<ХозОперация>{said.operation}</ХозОперация><Роль>Продавец</Роль><Валюта>RUB</Валюта><Курс>1</Курс>"
        f"<Сумма>{said.amount}</Сумма><Время>14:45:41</Время>"
        f"<ЗначенияРеквизитов>{listed}</ЗначенияРеквизитов></Документ>"
    )
