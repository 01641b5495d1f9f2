"""What crosses the border of accounting: documents that go out, words that come back, differences."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from feldsher.domain.scheduling.types import State


class DifferenceKind(StrEnum):
    """How a visit and the accounting system's word of it differ; the first that holds is told."""

    NOT_TAKEN = "not_taken"
    UNANSWERED = "unanswered"
    CANCELLED_THERE = "cancelled_there"
    CANCELLED_HERE = "cancelled_here"
    OTHER_SUM = "other_sum"


@dataclass(frozen=True, slots=True)
class BaseTerms:
    """What one accounting system hears of.

    `source` is the name of its credential. `branches` are those whose visits it gets, None for all of them.
    `ids_of` names the MIS whose ids of doctors it shares, empty for none.
    """

    source: str
    branches: frozenset[UUID] | None
    ids_of: str = ""


@dataclass(frozen=True, slots=True)
class Item:
    """What was sold: the accounting system's own id and name where its price list has the service."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class VisitDocument:
    """A visit as it is told to an accounting system. Of the patient it says nothing.

    `day` is the visit's, `changed_on` that of its last change, both in the branch's zone; no time of day is
    told. `amount` None: nobody has said a price.
    `doctor_id` is empty unless the accounting system shares the ids of a MIS.
    """

    id: UUID
    number: int
    day: date
    changed_on: date
    state: State
    amount: Decimal | None
    item: Item
    branch: str
    organization: str
    doctor_id: str = ""


@dataclass(frozen=True, slots=True)
class Word:
    """What an accounting system says of one order. `id` is ours where the order came from here.

    `number` is the order's, `number_there` the accounting system's own. `amount` None: no sum, or none that
    is a number.
    """

    id: str
    number: str
    amount: Decimal | None
    number_there: str = ""
    status: str = ""
    is_cancelled: bool = False


@dataclass(frozen=True, slots=True)
class WordsReport:
    """What a file of words did: how many orders it has and are ours, and the first numbers of others."""

    orders: int
    known: int
    unknown: tuple[str, ...]

    @property
    def untold(self) -> int:
        """How many orders that are not from here `unknown` does not name."""
        return self.orders - self.known - len(self.unknown)


@dataclass(frozen=True, slots=True)
class BaseCard:
    """How the exchange with an accounting system fares; instants are None for what has not happened yet."""

    source: str
    asked_at: datetime | None
    taken_at: datetime | None
    said_at: datetime | None
    checked_at: datetime | None
    compared: int


@dataclass(frozen=True, slots=True)
class DocumentLine:
    """A document in a list of staff: no patient, no doctor and no service.

    `starts_at` is the visit's; `zone` the branch's. `difference` is the one that is open, since `found_at`.
    """

    number: int
    starts_at: datetime
    zone: str
    branch: str
    state: State
    amount: Decimal | None
    taken_at: datetime | None
    said_at: datetime | None
    number_there: str
    status_there: str
    amount_there: Decimal | None
    is_cancelled_there: bool
    difference: DifferenceKind | None = None
    found_at: datetime | None = None
