"""Reads CommerceML 2.x a record at a time, whatever the size of the file.

The tree is cut behind the reader: at any moment it holds one record and its ancestors. Elements are known by
their local names, because old builds of 1С write no namespace. An XSD is no gate: builds differ, and what is
not known is passed over. Hostile files: a document type is refused, so that there are no entities; depth, and
the length of one text, are bounded by libxml2 (256 and 10 MB), the parts of one record here; how long the
file may be is for the caller to bound.
"""

from collections.abc import Callable, Iterator
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import BinaryIO, Final

from lxml import etree

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

ROOT: Final = "КоммерческаяИнформация"
MOST_PARTS: Final = 100_000
"""Elements of one record: the deepest tree of groups that a real base has is a tenth of it."""
_LISTS: Final = {
    "Каталог": ListKind.GOODS,
    "ПакетПредложений": ListKind.OFFERS,
    "ИзмененияПакетПредложений": ListKind.OFFERS,
}
_CHANGES: Final = "СодержитТолькоИзменения"
_YES: Final = {"true", "1", "истина"}
_NO: Final = {"false", "0", "ложь"}
_DELETED: Final = "Удален"

_NOT_XML = "Файл обрывается или испорчен: это не\u00a0XML. Ничего не\u00a0изменилось; выгрузите его ещё раз."
_NOT_COMMERCEML = (
    "Это не\u00a0CommerceML: в\u00a0начале файла нет «КоммерческаяИнформация». Ничего не\u00a0изменилось."
)
_DOCUMENT_TYPE = "В\u00a0файле есть DOCTYPE: 1С его не\u00a0пишет. Ничего не\u00a0изменилось."
_TOO_MANY = "Одна запись файла слишком велика. Ничего не\u00a0изменилось; проверьте выгрузку."

Element = etree._Element  # noqa: SLF001 - lxml has no public name for its own type


def read(stream: BinaryIO) -> Iterator[PriceListRecord]:
    """Yield what a file holds, in its order. Raises BadPriceListError; the caller undoes what it has done."""
    try:
        yield from _records(stream)
    except etree.XMLSyntaxError:
        raise BadPriceListError("not XML", sentence=_NOT_XML) from None


def _records(stream: BinaryIO) -> Iterator[PriceListRecord]:
    events = etree.iterparse(
        stream,
        events=("start", "end"),
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        remove_comments=True,
        remove_pis=True,
        huge_tree=False,
    )
    depth = inside = parts = 0
    for event, element in events:
        if event == "start":
            depth += 1
            if inside:
                parts += 1
                if parts > MOST_PARTS:
                    raise BadPriceListError("a record of too many parts", sentence=_TOO_MANY)
                continue
            name = local(element)
            if depth == 1:
                _check_root(element, name)
            elif name in _LISTS:
                yield _head(element, name)
            elif name in _READ:
                inside, parts = depth, 0
        else:
            if depth == inside:
                yield from _READ[local(element)](element)
                inside = 0
            if not inside:
                _forget(element)
            depth -= 1


def _check_root(element: Element, name: str) -> None:
    if element.getroottree().docinfo.doctype:  # type: ignore[attr-defined]  # the stubs leave it out
        raise BadPriceListError("a document type", sentence=_DOCUMENT_TYPE)
    if name != ROOT:
        raise BadPriceListError("no CommerceML", sentence=_NOT_COMMERCEML)


def _forget(element: Element) -> None:
    """Take a finished element out of the tree, so that what was read is not kept."""
    parent = element.getparent()
    element.clear()
    if parent is not None:
        parent.remove(element)


def local(element: Element) -> str:
    """Return the name of an element without its namespace."""
    return _local(element.tag)


@lru_cache(maxsize=512)
def _local(tag: str) -> str:
    return tag.rpartition("}")[2]


def text_of(element: Element | None) -> str:
    """Return the text without the blanks around it: 1С writes codes such as «796 »."""
    return (element.text or "").strip() if element is not None else ""


def _head(element: Element, name: str) -> ListHead:
    """Read the head of a list: full only where it says so itself."""
    said = (element.get(_CHANGES) or "").strip().casefold()
    is_full = said in _NO and name != "ИзмененияПакетПредложений"
    return ListHead(_LISTS[name], is_full=is_full)


def _children(element: Element) -> dict[str, Element]:
    """Return the children by name; the first of a name counts."""
    found: dict[str, Element] = {}
    for child in element:
        found.setdefault(local(child), child)
    return found


def _group(element: Element, parent_id: str | None = None) -> Iterator[GoodsGroup]:
    parts = _children(element)
    group = GoodsGroup(text_of(parts.get("Ид")), text_of(parts.get("Наименование")), parent_id)
    yield group
    for inner in parts.get("Группы", ()):
        yield from _group(inner, group.id)


def _price_type(element: Element) -> Iterator[PriceType]:
    parts = _children(element)
    yield PriceType(
        text_of(parts.get("Ид")), text_of(parts.get("Наименование")), text_of(parts.get("Валюта"))
    )


def _warehouse(element: Element) -> Iterator[Warehouse]:
    parts = _children(element)
    yield Warehouse(text_of(parts.get("Ид")), text_of(parts.get("Наименование")))


def _good(element: Element) -> Iterator[Good]:
    parts = _children(element)
    said = {
        text_of(each.get("Наименование")): text_of(each.get("Значение"))
        for each in map(_children, parts.get("ЗначенияРеквизитов", ()))
    }
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
    parts = _children(element)
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
    parts = _children(element)
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
    parts = _children(element)
    warehouse = (element.get("ИдСклада") or "").strip() or text_of(parts.get("Ид"))
    quantity = number((element.get("КоличествоНаСкладе") or "").strip() or text_of(parts.get("Количество")))
    if warehouse and quantity is not None:
        yield warehouse, quantity


def _is_deleted(element: Element, parts: dict[str, Element]) -> bool:
    status = (element.get("Статус") or text_of(parts.get("Статус"))).strip()
    return status == _DELETED or text_of(parts.get("ПометкаУдаления")).casefold() in _YES


def number(text: str) -> Decimal | None:
    """Return a number as 1С writes it («1 719,50» too), or None."""
    plain = "".join(text.split()).replace(",", ".")
    try:
        value = Decimal(plain) if plain else None
    except InvalidOperation:
        return None
    return value if value is not None and value.is_finite() else None


_READ: Final[dict[str, Callable[[Element], Iterator[PriceListRecord]]]] = {
    "Группа": _group,
    "ТипЦены": _price_type,
    "Склад": _warehouse,
    "Товар": _good,
    "Предложение": _offer,
}
