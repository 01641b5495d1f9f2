"""What a price list shows: lines of one branch on one day."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID


@dataclass(frozen=True, slots=True)
class PriceLine:
    """A service with its price in roubles in a branch.

    `amount` None: nobody has said it («цена уточняется»). `is_from`: it depends on the doctor, and `amount`
    is the least that somebody has said. `code` is of the nomenclature of medical services, empty where it is
    not known. `since` and `until` are the dates of the price (`until` is the first day without it).
    `is_given`: an open doctor gives it in the branch, so that it may be booked with them. `key` is the name
    as searches compare it.
    """

    service_id: UUID
    name: str
    key: str
    code: str
    amount: Decimal | None
    is_from: bool
    since: date | None
    until: date | None
    is_given: bool


@dataclass(frozen=True, slots=True)
class PriceSection:
    """Lines under one heading, by name; an empty `name`: no system and no editor has put them anywhere."""

    name: str
    lines: tuple[PriceLine, ...]


@dataclass(frozen=True, slots=True)
class PricePage:
    """A branch's price list on `day`. `since` is the day of the newest price in all of it, None for no price.

    `sections` hold what was searched for, `size` counts the lines of the whole list.
    """

    day: date
    since: date | None
    sections: tuple[PriceSection, ...]
    size: int
