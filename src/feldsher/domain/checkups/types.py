"""What crosses the border of check-ups: programmes, for whom they are, and what one costs a person."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from uuid import UUID


class Sex(StrEnum):
    FEMALE = "f"
    MALE = "m"


class Why(StrEnum):
    """Why a service of a programme is not for this person here."""

    AGE = "age"
    SEX = "sex"
    BRANCH = "branch"


class PriceSource(StrEnum):
    """Who says what a programme costs: the clinic's editors, or a MIS by a service of its own."""

    OWN = "own"
    SERVICE = "service"


@dataclass(frozen=True, slots=True)
class Bounds:
    """For whom: full years, both included (None: no bound), and a sex (None: either)."""

    age_from: int | None = None
    age_to: int | None = None
    sex: Sex | None = None


@dataclass(frozen=True, slots=True)
class ItemCard:
    """A service of a programme, by its name in the directory."""

    id: UUID
    service_id: UUID
    name: str
    is_optional: bool
    bounds: Bounds


@dataclass(frozen=True, slots=True)
class ProgrammeCard:
    """A programme with its services in their order; `service_id` is the one by which a MIS sells it whole."""

    id: UUID
    slug: str
    name: str
    description: str
    bounds: Bounds
    not_for_pregnant: bool
    is_published: bool
    service_id: UUID | None
    items: tuple[ItemCard, ...]


@dataclass(frozen=True, slots=True)
class Band:
    """A stretch of ages that no rule of a programme tells apart; full years, `last` None is open."""

    first: int
    last: int | None


@dataclass(frozen=True, slots=True)
class Person:
    """All that a programme's rules ask of a person: the band of age by its first year, and the sex.

    None where no rule asks. Nothing here tells who it is.
    """

    age: int | None = None
    sex: Sex | None = None


@dataclass(frozen=True, slots=True)
class EstimateLine:
    """A service with its single price in roubles (None: nobody has said it; `is_from`: by the doctor)."""

    item: ItemCard
    amount: Decimal | None
    is_from: bool


@dataclass(frozen=True, slots=True)
class Excluded:
    item: ItemCard
    why: Why


@dataclass(frozen=True, slots=True)
class WholePrice:
    """What a programme costs whole in a branch on a day, by whom, and on which days (`until` exclusive).

    `is_from`: by the doctor, as its service in the price list.
    """

    amount: Decimal
    source: PriceSource
    since: date
    until: date | None
    is_from: bool = False


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a programme costs a person in a branch on `day`, in roubles.

    `mandatory` and `chosen` are what the person gets; `singles` is the sum of their single prices, None where
    one is not known. `total` is the price of the whole programme with the single prices of what was chosen
    (None where one of them is not known), or `singles` where the programme has no price. `is_…_from` of
    either: it depends on the doctor. `saving` is what the programme saves against single prices: negative
    where they cost less, None where a price that it comes of is unknown or depends on the doctor.
    `refusal`: why the programme is not for this person here; nothing else is to be told then.
    """

    day: date
    mandatory: tuple[EstimateLine, ...]
    chosen: tuple[EstimateLine, ...]
    excluded: tuple[Excluded, ...]
    whole: WholePrice | None
    singles: Decimal | None
    is_singles_from: bool
    total: Decimal | None
    is_total_from: bool
    saving: Decimal | None
    refusal: Why | None


@dataclass(frozen=True, slots=True)
class ProgrammeChange:
    """What an editor says of a programme."""

    name: str
    slug: str
    description: str = ""
    bounds: Bounds = Bounds()
    not_for_pregnant: bool = False
    is_published: bool = False
    service_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class OwnPrice:
    """An own price as editors see it; `location_id` None is everywhere."""

    location_id: UUID | None
    amount: Decimal
    since: date
    until: date | None
    author: str
