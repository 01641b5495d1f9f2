"""What leaves for catalogues of other companies: visits that can be booked, with their price."""

from dataclasses import dataclass
from decimal import Decimal

from feldsher.domain.directory.types import VisitTerms


@dataclass(frozen=True, slots=True)
class PublishedVisit:
    """A visit that can be booked online: `title` is the doctor's one there, `price` roubles of today.

    `price` None: nobody has said it, or it is zero.
    """

    terms: VisitTerms
    title: str
    price: Decimal | None


@dataclass(frozen=True, slots=True)
class Folder:
    """The folder of the price list in which a service stands."""

    id: str
    name: str
