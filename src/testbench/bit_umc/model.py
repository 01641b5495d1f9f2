"""What the information base of the clinic consists of.

Instants are aware everywhere: a wall time of the wire becomes an instant as soon as its branch is known and
turns back into a wall time only when a reply is rendered. Zones never leave this process through SOAP.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Literal, Protocol
from zoneinfo import ZoneInfo

ZERO_UID = "00000000-0000-0000-0000-000000000000"

DocumentKind = Literal["visit", "waiting"]
DocumentState = Literal["reserved", "booked", "cancelled"]


@dataclass(frozen=True, slots=True)
class Call:
    """One call. `params` are those of the Structure `Params`; over HTTP both are all there is."""

    operation: str
    values: dict[str, str]
    params: dict[str, str]


@dataclass(frozen=True, slots=True)
class Clinic:
    uid: str
    name: str
    zone: ZoneInfo


@dataclass(frozen=True, slots=True)
class MainService:
    """A service that an employee performs; 0 minutes means that the norm of the catalogue applies."""

    uid: str
    minutes: int


@dataclass(frozen=True, slots=True)
class Employee:
    uid: str
    surname: str
    name: str
    fathername: str
    specialty: str
    organisation: str
    services: tuple[MainService, ...] = ()
    default_minutes: int = 0
    about: str = ""

    @property
    def full_name(self) -> str:
        return " ".join(part for part in (self.surname, self.name, self.fathername) if part)


@dataclass(frozen=True, slots=True)
class Item:
    """A row of the catalogue: a folder, a service, a material or a set."""

    uid: str
    name: str
    kind: str
    parent: str = ZERO_UID
    price: Decimal = Decimal(0)
    minutes: int = 30
    article: str = ""
    unit: str = ""
    folder: bool = False


@dataclass(frozen=True, slots=True)
class Period:
    """[start, end) with the identifier of its kind of time (empty for a client's visit)."""

    start: datetime
    end: datetime
    kind: str


@dataclass(frozen=True, slots=True)
class Shift:
    employee: str
    clinic: str
    day: date
    start: datetime
    end: datetime
    kind: str
    breaks: tuple[Period, ...] = ()


@dataclass(frozen=True, slots=True)
class Person:
    surname: str = ""
    name: str = ""
    fathername: str = ""
    phone: str = ""
    email: str = ""
    address: str = ""
    birthday: str = ""

    @property
    def full_name(self) -> str:
        return " ".join(part for part in (self.surname, self.name, self.fathername) if part)


NOBODY = Person()


@dataclass(frozen=True, slots=True)
class Document:
    """A «Заявка»: a reserve, a visit or a place in the waiting list."""

    uid: str
    employee: str
    clinic: str
    start: datetime
    end: datetime
    state: DocumentState
    source: Literal["site", "clerk", "demo"]
    written_at: datetime
    kind: DocumentKind = "visit"
    person: Person = NOBODY
    client: str = ""
    cabinet: str = ""
    services: tuple[str, ...] = ()
    comment: str = ""
    reason: str = ""
    processed: bool = False
    arrived: bool = False

    @property
    def occupies(self) -> bool:
        return self.kind == "visit" and self.state != "cancelled"


class Network(Protocol):
    """The clinic network that the base serves: made up by seed or loaded from recorded replies."""

    @property
    def clinics(self) -> tuple[Clinic, ...]: ...

    @property
    def employees(self) -> tuple[Employee, ...]: ...

    def items(self, clinic: str) -> tuple[Item, ...]:
        """Return the catalogue with the prices of this clinic."""
        ...

    def days(self, clinic: Clinic, now: datetime) -> Sequence[date]:
        """Return the local dates for which the base has a schedule at this moment."""
        ...

    def shifts(self, clinic: str, day: date) -> tuple[Shift, ...]: ...

    def visits(self, clinic: str, day: date) -> tuple[Document, ...]:
        """Return the visits that the base had before anyone called it."""
        ...
