"""Reads a price list of CommerceML 2.x, a record at a time (`parsing`)."""

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import BinaryIO, Final

from feldsher.domain.directory.errors import BadPriceListError
from feldsher.domain.directory.types.price_list import (
    Good,
    GoodsGroup,
    ListHead,
    ListKind,
    Offer,
    OfferedPrice,
    PriceListRecord,
    PriceType,
    Warehouse,
)
from feldsher.integrations.commerceml.parsing import (
    YES,
    Element,
    UnreadableError,
    children,
    elements,
    local,
    number,
    said_in,
    text_of,
)

_LISTS: Final = {
    "Каталог": ListKind.GOODS,
    "ПакетПредложений": ListKind.OFFERS,
    "ИзмененияПакетПредложений": ListKind.OFFERS,
}
_CHANGES: Final = "СодержитТолькоИзменения"
_NO: Final = {"false", "0", "ложь"}
_DELETED: Final = "Удален"


def read(stream: BinaryIO) -> Iterator[PriceListRecord]:
    """Yield what a file holds, in its order. Raises BadPriceListError; the caller undoes what it has done."""
    try:
        for name, element in elements(stream, heads=_LISTS, records=_READ):
            if name in _LISTS:
                yield _head(element, name)
            else:
                yield from _READ[name](element)
    except UnreadableError as error:
        raise BadPriceListError(str(error), sentence=error.sentence) from None


def _head(element: Element, name: str) -> ListHead:
    """Read the head of a list: full only where it says so itself."""
    said = (element.get(_CHANGES) or "").strip().casefold()
    is_full = said in _NO and name != "ИзмененияПакетПредложений"
    return ListHead(_LISTS[name], is_full=is_full)


def _group(element: Element, parent_id: str | None = None) -> Iterator[GoodsGroup]:
    parts = children(element)
    group = GoodsGroup(text_of(parts.get("Ид")), text_of(parts.get("Наименование")), parent_id)
    yield group
    for inner in parts.get("Группы", ()):
        yield from _group(inner, group.id)


def _price_type(element: Element) -> Iterator[PriceType]:
    parts = children(element)
    yield PriceType(
        text_of(parts.get("Ид")), text_of(parts.get("Наименование")), text_of(parts.get("Валюта"))
    )


def _warehouse(element: Element) -> Iterator[Warehouse]:
    parts = children(element)
    yield Warehouse(text_of(parts.get("Ид")), text_of(parts.get("Наименование")))


def _good(element: Element) -> Iterator[Good]:
    parts = children(element)
    said = said_in(parts.get("ЗначенияРеквизитов"))
    yield Good(
        id=text_of(parts.get("Ид")),
        name=text_of(parts.get("Наименование")),
        article=text_of(parts.get("Артикул")),
        code=text_of(parts.get("Код")) or said.get("Код", ""),
        kind=said.get("ТипНоменклатуры", ""),
        barcode=text_of(parts.get("Штрихкод")),
        group_ids=tuple(filter(None, map(text_of, parts.get("Группы", ())))),
        is_deleted=_is_deleted(element, parts),
    )


def _offer(element: Element) -> Iterator[Offer]:
    parts = children(element)
    stocks = [*_stocks(element), *_stocks(parts.get("Склады"))]
    for rest in parts.get("Остатки", ()):
        stocks += [stock for each in rest for stock in _stock(each)]
    yield Offer(
        id=text_of(parts.get("Ид")),
        name=text_of(parts.get("Наименование")),
        article=text_of(parts.get("Артикул")),
        prices=tuple(map(_price, parts.get("Цены", ()))),
        quantity=number(text_of(parts.get("Количество"))),
        stocks=tuple(stocks),
        is_deleted=_is_deleted(element, parts),
    )


def _price(element: Element) -> OfferedPrice:
    parts = children(element)
    return OfferedPrice(
        text_of(parts.get("ИдТипаЦены")),
        number(text_of(parts.get("ЦенаЗаЕдиницу"))),
        text_of(parts.get("Валюта")),
    )


def _stocks(element: Element | None) -> Iterator[tuple[str, Decimal]]:
    """Yield what an element's own rows «Склад» say."""
    for child in element if element is not None else ():
        if local(child) == "Склад":
            yield from _stock(child)


def _stock(element: Element) -> Iterator[tuple[str, Decimal]]:
    """Yield warehouse and quantity: by attributes, or by elements as newer builds have them."""
    parts = children(element)
    warehouse = (element.get("ИдСклада") or "").strip() or text_of(parts.get("Ид"))
    quantity = number((element.get("КоличествоНаСкладе") or "").strip() or text_of(parts.get("Количество")))
    if warehouse and quantity is not None:
        yield warehouse, quantity


def _is_deleted(element: Element, parts: dict[str, Element]) -> bool:
    status = (element.get("Статус") or text_of(parts.get("Статус"))).strip()
    return status == _DELETED or text_of(parts.get("ПометкаУдаления")).casefold() in YES


_READ: Final[dict[str, Callable[[Element], Iterator[PriceListRecord]]]] = {
    "Группа": _group,
    "ТипЦены": _price_type,
    "Склад": _warehouse,
    "Товар": _good,
    "Предложение": _offer,
}
