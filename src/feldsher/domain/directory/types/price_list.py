"""A price list as another system exports it: goods and offers in the order of its file, and what came of it.

Goods are what is sold, offers say for how much; an offer may be a variant of a good. Nothing here is of 1С
alone: an identifier is the other system's own string, a price belongs to one of its types of prices.
"""

from dataclasses import dataclass, field, replace
from decimal import Decimal
from enum import StrEnum
from typing import Final
from uuid import UUID

VARIANT: Final = "#"
"""Stands between a good's id and its variant's in the id of an offer."""


class ListKind(StrEnum):
    """What a list names."""

    GOODS = "goods"
    OFFERS = "offers"


@dataclass(frozen=True, slots=True)
class ListHead:
    """Comes before the lines of a list. Only a full one takes away what it does not name."""

    kind: ListKind
    is_full: bool


@dataclass(frozen=True, slots=True)
class GoodsGroup:
    """A folder of goods; `parent_id` None stands at the top."""

    id: str
    name: str
    parent_id: str | None


@dataclass(frozen=True, slots=True)
class PriceType:
    """A kind of price («Розничная») and its currency as the other system writes it."""

    id: str
    name: str
    currency: str


@dataclass(frozen=True, slots=True)
class Warehouse:
    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Good:
    """A good or a service. `kind` is the other system's word («Услуга»), empty where it says none."""

    id: str
    name: str
    article: str = ""
    code: str = ""
    kind: str = ""
    barcode: str = ""
    group_ids: tuple[str, ...] = ()
    is_deleted: bool = False


@dataclass(frozen=True, slots=True)
class OfferedPrice:
    """What one unit costs by a type of prices; `amount` None is what was sent and is no number."""

    type_id: str
    amount: Decimal | None
    currency: str


@dataclass(frozen=True, slots=True)
class Offer:
    """What is offered: a good, or a variant of it (`good#variant`). `stocks` are quantities by warehouse."""

    id: str
    name: str
    article: str = ""
    prices: tuple[OfferedPrice, ...] = ()
    quantity: Decimal | None = None
    stocks: tuple[tuple[str, Decimal], ...] = ()
    is_deleted: bool = False

    @property
    def good_id(self) -> str:
        """The good of which it is a variant; empty where it is the good itself."""
        good, mark, variant = self.id.partition(VARIANT)
        return good if mark and variant else ""


PriceListRecord = ListHead | GoodsGroup | PriceType | Warehouse | Good | Offer


@dataclass(frozen=True, slots=True)
class PriceListTerms:
    """How one source's list is read here.

    `source` is its name, the mark of its prices. `branches` says which type of prices (its name or id) holds
    in which branch (None: everywhere); empty: the list has one type, and it holds everywhere. `ids_of` names
    the MIS that calls a service by the same id as the list, empty for none.
    """

    source: str
    branches: dict[str, UUID | None] = field(default_factory=dict)
    ids_of: str = ""


@dataclass(frozen=True, slots=True)
class PriceListReport:
    """What one file did. `priced` prices began, `ended` ended; `full` are the lists that it has whole."""

    lines: int
    priced: int
    ended: int
    unknown: int
    full: frozenset[ListKind] = frozenset()
    warnings: tuple[str, ...] = ()

    def followed_by(self, later: "PriceListReport") -> "PriceListReport":
        """Return what both did, as of the later one."""
        return replace(
            self,
            priced=self.priced + later.priced,
            ended=self.ended + later.ended,
            unknown=later.unknown,
            warnings=self.warnings + later.warnings,
        )


class LineState(StrEnum):
    """What a line of a price list means here."""

    UNKNOWN = "unknown"
    BOUND = "bound"
    IGNORED = "ignored"


@dataclass(frozen=True, slots=True)
class PriceListLine:
    """An open line of a price list for whoever says what it means.

    `amounts` are roubles by the name of their type. `service` is what it means, by id and name, `bound_by`
    the login of who said so, empty where its code or id does.
    """

    id: UUID
    source: str
    name: str
    article: str
    code: str
    state: LineState
    amounts: tuple[tuple[str, Decimal], ...]
    service: tuple[UUID, str] | None = None
    bound_by: str = ""
