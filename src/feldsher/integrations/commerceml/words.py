"""Reads what 1С says of orders: «Документ» by «Документ», in a «Контейнер» of schema 3 too (`parsing`)."""

from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal
from typing import BinaryIO, Final

from feldsher.domain.accounting.errors import BadWordsError
from feldsher.domain.accounting.types import Word
from feldsher.integrations.commerceml.parsing import (
    YES,
    Element,
    UnreadableError,
    children,
    elements,
    number,
    said_in,
    text_of,
)

_DOCUMENT: Final = "Документ"
ORDER: Final = "заказ товара"
"""The operation of an order; payments and shipments that newer builds send beside it are none."""
_KOPECK, _LARGEST = Decimal("0.01"), Decimal(10) ** 12


def read_words(stream: BinaryIO) -> Iterator[Word]:
    """Yield what a file says of orders. Raises BadWordsError; the caller undoes what it has done."""
    try:
        for _, element in elements(stream, heads=(), records=(_DOCUMENT,)):
            parts = children(element)
            if text_of(parts.get("ХозОперация")).casefold() in {ORDER, ""}:
                yield _word(parts)
    except UnreadableError as error:
        raise BadWordsError(str(error), sentence=error.sentence) from None


def _word(parts: dict[str, Element]) -> Word:
    said = said_in(parts.get("ЗначенияРеквизитов"))
    return Word(
        id=text_of(parts.get("Ид")),
        number=text_of(parts.get("Номер")),
        amount=_amount(text_of(parts.get("Сумма"))),
        number_there=said.get("Номер по 1С", "") or text_of(parts.get("Номер1С")),
        status=said.get("Статус заказа", ""),
        is_cancelled=any(said.get(name, "").casefold() in YES for name in ("Отменен", "ПометкаУдаления")),
    )


def _amount(text: str) -> Decimal | None:
    amount = number(text)
    if amount is None or not abs(amount) < _LARGEST:
        return None
    return amount.quantize(_KOPECK, rounding=ROUND_HALF_UP)
