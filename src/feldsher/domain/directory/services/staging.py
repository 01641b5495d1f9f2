"""What a file of a price list says, row by row, in two temporary tables: goods and offers."""

from decimal import Decimal
from typing import Any, Final

from django.db.backends.utils import CursorWrapper
from psycopg.types.json import Jsonb

from feldsher.domain.directory.services.prices import usable_amount
from feldsher.domain.directory.services.records import ID_LENGTH
from feldsher.domain.directory.services.tables import copy_rows, make_table
from feldsher.domain.directory.text import tidy
from feldsher.domain.directory.types.price_list import (
    Good,
    ListHead,
    ListKind,
    Offer,
    OfferedPrice,
    PriceListRecord,
    PriceType,
)

_GOODS: Final = {
    "number": "int8",
    "value": "text",
    "name": "text",
    "article": "text",
    "article_key": "text",
    "code": "text",
    "code_key": "text",
    "is_service": "bool",
    "is_deleted": "bool",
}
_OFFERS: Final = {
    "number": "int8",
    "value": "text",
    "good": "text",
    "name": "text",
    "article": "text",
    "article_key": "text",
    "amounts": "jsonb",
    "is_deleted": "bool",
}
_BATCH: Final = 2000
_NAME, _CODE = 500, 100
_SERVICES: Final = {"", "услуга", "работа"}
"""What 1С calls a line that is a service; where it says nothing, staff decide."""
_ROUBLES: Final = {"", "rub", "rur", "643", "810", "руб", "руб.", "рубль", "₽"}


def code_key(code: str) -> str:
    """Return a code for comparison: «Б- 130005» and «б-130005» are one."""
    return "".join(code.split()).casefold()


class Staging:
    """Fills the tables `staged_goods` and `staged_offers` of a transaction; `finish` writes the last rows."""

    def __init__(self, cursor: CursorWrapper) -> None:
        self._cursor: Any = cursor
        self._goods: list[tuple[object, ...]] = []
        self._offers: list[tuple[object, ...]] = []
        self.types: dict[str, tuple[str, str]] = {}
        """Name and currency of each type of prices, by its id."""
        self.full: dict[ListKind, bool] = {}
        """The lists of the file; True where every part of it said that it is whole."""
        self.has_prices = False
        self.goods = self.offers = self.strange_prices = self.foreign_prices = self.nameless = 0
        make_table(cursor, "staged_goods", _GOODS)
        make_table(cursor, "staged_offers", _OFFERS)

    def add(self, record: PriceListRecord) -> None:
        match record:
            case Good():
                self._good(record)
            case Offer():
                self._offer(record)
            case PriceType():
                if _is_usable(record.id):
                    self.types[record.id] = (tidy(record.name, limit=200), tidy(record.currency, limit=10))
            case ListHead():
                self.full[record.kind] = record.is_full and self.full.get(record.kind, True)

    def finish(self) -> None:
        self._flush("staged_goods", _GOODS, self._goods)
        self._flush("staged_offers", _OFFERS, self._offers)
        self._cursor.execute("ANALYZE pg_temp.staged_goods; ANALYZE pg_temp.staged_offers")

    def warnings(self) -> list[str]:
        counted = {
            "lines have no usable id and were left out": self.nameless,
            "prices are no amount and were left out": self.strange_prices,
            "prices are in another currency and were left out": self.foreign_prices,
        }
        return [f"{count} {words}" for words, count in counted.items() if count]

    def _good(self, good: Good) -> None:
        if not _is_usable(good.id):
            self.nameless += 1
            return
        self.goods += 1
        article, code = tidy(good.article, limit=_CODE), tidy(good.code, limit=_CODE)
        is_service = good.kind.casefold() in _SERVICES
        name = tidy(good.name, limit=_NAME)
        row = (self.goods, good.id, name, article, code_key(article), code, code_key(code), is_service)
        self._goods.append((*row, good.is_deleted))
        if len(self._goods) == _BATCH:
            self._flush("staged_goods", _GOODS, self._goods)

    def _offer(self, offer: Offer) -> None:
        if not _is_usable(offer.id):
            self.nameless += 1
            return
        self.offers += 1
        self.has_prices = self.has_prices or bool(offer.prices)
        article = tidy(offer.article, limit=_CODE)
        amounts = {
            price.type_id: str(found) for price in offer.prices if (found := self._amount(price)) is not None
        }
        name = tidy(offer.name, limit=_NAME)
        row = (self.offers, offer.id, offer.good_id, name, article, code_key(article), Jsonb(amounts))
        self._offers.append((*row, offer.is_deleted))
        if len(self._offers) == _BATCH:
            self._flush("staged_offers", _OFFERS, self._offers)

    def _amount(self, price: OfferedPrice) -> Decimal | None:
        """Return roubles, or None for what is not kept; a type that no list has named yet is kept by its id.

        Zero is an amount: it reads «цена уточняется».
        """
        currency = price.currency or self.types.get(price.type_id, ("", ""))[1]
        if currency.casefold() not in _ROUBLES:
            self.foreign_prices += 1
            return None
        amount = usable_amount(price.amount) if price.amount is not None else None
        if amount is None or not _is_usable(price.type_id):
            self.strange_prices += 1
            return None
        self.types.setdefault(price.type_id, ("", ""))
        return amount

    def _flush(self, table: str, columns: dict[str, str], rows: list[tuple[object, ...]]) -> None:
        copy_rows(self._cursor, table, columns, rows)
        rows.clear()


def _is_usable(value: str) -> bool:
    return 0 < len(value) <= ID_LENGTH and "\0" not in value
