"""What crosses the border of patients. None of it may reach a log, a job's arguments or a URL, ids apart."""

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Literal, get_args
from uuid import UUID

OPERATOR = "{operator}"


class Purpose(StrEnum):
    """What a published text is about: a consent, or the policy, which explains all processing.

    Consents are to be booked, to have a review published, to have a catalogue told of a booking, and that
    of a company's contact.
    """

    BOOKING = "booking"
    REVIEW = "review"
    COMPANY = "company"
    CATALOGUE = "catalogue"
    POLICY = "policy"


class Topic(StrEnum):
    """What an SMS to a patient is about, as far as they choose."""

    VISITS = "visits"
    REMINDERS = "reminders"
    REVIEWS = "reviews"


class Relation(StrEnum):
    """What who books is to the patient: a legal representative, or somebody whom the patient has asked."""

    PARENT = "parent"
    OTHER = "other"


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
class Sought:
    """Whom a search means, as `persons.read_search` returns it; at least one of the three is set.

    `phone` is E.164, `family` the key of its first letters (`persons.name_key`).
    """

    phone: str = field(default="", repr=False)
    family: str = field(default="", repr=False)
    birth_date: date | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class TypedBooker:
    """Who books somebody else, unchecked: `relation` names a Relation, `name` is family and given name."""

    relation: str
    name: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class NewBooker:
    """Who books somebody else, checked; it is this phone that the clinic calls about the patient."""

    relation: Relation
    name: str = field(repr=False)
    phone: str = field(repr=False)


PersonField = Literal["family", "given", "middle", "phone", "birth_date", "email"]
PERSON: tuple[PersonField, ...] = get_args(PersonField)
"""All that is sealed of a patient."""


@dataclass(frozen=True, slots=True)
class PatientCard:
    """A patient in clear text, as far as was asked for: a field that nobody asked for is empty.

    Only `id` shows in a repr, so that a traceback names nobody.
    """

    id: UUID
    family: str = field(default="", repr=False)
    given: str = field(default="", repr=False)
    middle: str = field(default="", repr=False)
    phone: str = field(default="", repr=False)
    birth_date: date | None = field(default=None, repr=False)
    email: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class ShownPerson:
    """A patient's name and phone as a member of staff may have them: whole, or «Небывалова А.» and •••."""

    name: str = field(repr=False)
    phone: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Behind:
    """A patient whom a proved phone may see: themself, or a child whom it represents (`guardian_id`).

    With `grant_id` one who has lent access to it: without `may_change` their visits are shown and no more.
    """

    patient_id: UUID
    guardian_id: UUID | None = None
    grant_id: UUID | None = None
    may_change: bool = True


@dataclass(frozen=True, slots=True)
class GivenConsent:
    """A consent as it was given: to which version of which text (`body`, the operator's place still open).

    `is_by_other`: somebody who booked the patient gave it in their stead.
    """

    id: UUID
    purpose: Purpose
    version: str
    given_at: datetime
    withdrawn_at: datetime | None
    appointment_id: UUID | None
    is_by_other: bool
    body: str = field(repr=False)

    def for_operator(self, operator: str) -> str:
        """Return the text as a person reads it."""
        return self.body.replace(OPERATOR, operator)


@dataclass(frozen=True, slots=True)
class WithdrawnConsent:
    """A consent that is withdrawn; `is_news`: it was not before."""

    purpose: Purpose
    given_at: datetime
    appointment_id: UUID | None
    is_news: bool


@dataclass(frozen=True, slots=True)
class MessageChoiceCard:
    """Which SMS go to a patient's phone: none `wrong_since` its holder has said that it isn't theirs."""

    visits: bool = True
    reminders: bool = True
    reviews: bool = True
    wrong_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class TypedGrant:
    """To whom a patient lends access, unchecked: a name that they give them, the phone, how far and for long.

    `term` is a number of days out of GRANT_TERMS.
    """

    name: str = field(repr=False)
    phone: str = field(repr=False)
    term: int
    may_change: bool = False


GRANT_TERMS = (30, 180, 365)
"""Days for which access may be lent."""


@dataclass(frozen=True, slots=True)
class GrantCard:
    """Access that a patient lends to a phone (masked): to look, or to cancel and move too, till `until`."""

    id: UUID
    patient_id: UUID
    may_change: bool
    given_at: datetime
    until: datetime
    name: str = field(default="", repr=False)
    phone: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class OwnPerson:
    """A patient as the holder of their phone reads them: «Миша Н.», and the year of birth where known."""

    patient_id: UUID
    is_ward: bool
    label: str = field(repr=False)
    birth_year: int | None = field(repr=False)
    grant: GrantCard | None = None
    """By which grant of the patient's it is shown, with no name and no phone."""


@dataclass(frozen=True, slots=True)
class RememberedCard:
    """A patient whom a device may book, as its screen may show them: never a whole phone or birth date.

    `label` is for a choice of several («Миша Н.»), `name` is «Небывалов М.»; `related_id` is who books them,
    None for the patient. Shown is only what the owner of the device typed, whatever else the row holds.
    """

    id: UUID
    patient_id: UUID
    related_id: UUID | None
    relation: Relation | None
    label: str = field(repr=False)
    name: str = field(repr=False)
    phone: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class RememberedUse:
    """Whom a device books now, with the phone (E.164) that counts for the caps and the name of who books.

    `birth_date` is a child's: it was typed on the device. An adult's may have come from anywhere.
    """

    patient_id: UUID
    related_id: UUID | None
    phone: str = field(repr=False)
    booker: NewBooker | None = field(default=None, repr=False)
    birth_date: date | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class StandingConsent:
    """A consent to the text in force that nobody has withdrawn, and the visit with which it was given."""

    given_at: datetime
    appointment_id: UUID


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


@dataclass(frozen=True, slots=True)
class Kinship:
    """Since when a patient is known, which of the asked people share the family name, and how common it is.

    `commonness` is the share of all patients who have the name; 0 for a name that none of the asked has.
    """

    created_at: datetime
    kin: frozenset[UUID]
    commonness: float


@dataclass(frozen=True, slots=True)
class CardOfMis:
    """A patient's card by the MIS's own ids: of a branch where it keeps one for each."""

    mis: str
    location: str
    value: str = field(repr=False)
