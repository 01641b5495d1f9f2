"""What crosses the border of patients. None of it may reach a log, a job's arguments or a URL, ids apart."""

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from uuid import UUID

OPERATOR = "{operator}"


class Purpose(StrEnum):
    """What a published text is about: consent to be booked, and the policy that explains all processing."""

    BOOKING = "booking"
    POLICY = "policy"


@dataclass(frozen=True, slots=True)
class TypedPerson:
    """What a person typed into a form or sent to the API, unchecked. `birth_date` is yyyy-mm-dd or empty."""

    family: str = field(repr=False)
    given: str = field(repr=False)
    phone: str = field(repr=False)
    middle: str = field(default="", repr=False)
    birth_date: str = field(default="", repr=False)
    email: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class NewPatient:
    """A checked person, as `services.read_person` returns it; `phone` is E.164."""

    family: str = field(repr=False)
    given: str = field(repr=False)
    phone: str = field(repr=False)
    middle: str = field(default="", repr=False)
    birth_date: date | None = field(default=None, repr=False)
    email: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class PatientCard:
    """A patient in clear text; only `id` shows in a repr, so that a traceback names nobody."""

    id: UUID
    family: str = field(repr=False)
    given: str = field(repr=False)
    middle: str = field(repr=False)
    phone: str = field(repr=False)
    birth_date: date | None = field(repr=False)
    email: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class ConsentTextCard:
    """A published text. `sha256` (hex) is over `body` as it stands, with the operator's place still open."""

    purpose: str
    version: str
    body: str
    sha256: str

    def for_operator(self, operator: str) -> str:
        """Return the text as a person reads it; `operator` is the legal entity with its address and ИНН."""
        return self.body.replace(OPERATOR, operator)
