"""What crosses the border of the directory: the MIS's own directory coming in, readable facts going out."""

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Final
from uuid import UUID

from feldsher.domain.directory.types.places import NO_ENTITY, LegalCard

HUES: Final = 360
"""Degrees of the circle of hues: a hue is 0…359."""


class Completeness(StrEnum):
    """How far an answer of a MIS may be believed. Only FULL may take something away."""

    FULL = "full"
    PARTIAL = "partial"
    SUSPICIOUS_EMPTY = "suspicious_empty"


class ServiceKind(StrEnum):
    SERVICE = "service"
    MATERIAL = "material"
    SET = "set"
    FOLDER = "folder"


class VisitOrder(StrEnum):
    """Which visits to a doctor a rule lets in: any, a patient's first one, or only who was there before."""

    ANY = "any"
    FIRST = "first"
    REPEAT = "repeat"


class VisitMode(StrEnum):
    """Where a visit takes place: in the branch, by video or phone, or as the patient chooses."""

    IN_PERSON = "in_person"
    REMOTE = "remote"
    EITHER = "either"


class Obstacle(StrEnum):
    """Why a visit can't be booked online at all, whatever its time."""

    DOCTOR_CLOSED = "doctor_closed"
    BRANCH_CLOSED = "branch_closed"
    NOT_IN_BRANCH = "not_in_branch"
    NO_ZONE = "no_zone"
    NO_SCHEDULE_KEEPER = "no_schedule_keeper"
    SERVICE_CLOSED = "service_closed"
    NOT_GIVEN = "not_given"
    UNKNOWN_TO_MIS = "unknown_to_mis"
    OFFLINE = "offline"


class Kind(StrEnum):
    """What a row of the directory is; names its external ids, overlays and gaps."""

    ORGANIZATION = "organization"
    LOCATION = "location"
    DEPARTMENT = "department"
    SPECIALTY = "specialty"
    PRACTITIONER = "practitioner"
    SERVICE = "service"


@dataclass(frozen=True, slots=True)
class RemoteLocation:
    """A branch as the MIS names it: no zone, no address, no phone."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class RemoteServiceNorm:
    """A service that a doctor gives; `minutes` is None where the MIS says nothing (00:00)."""

    service_id: str
    minutes: int | None


@dataclass(frozen=True, slots=True)
class RemotePractitioner:
    """A doctor as the MIS knows them; `specialties` are free text («Офтальмология»)."""

    id: str
    family: str
    given: str
    middle: str
    specialties: tuple[str, ...]
    location_ids: tuple[str, ...]
    services: tuple[RemoteServiceNorm, ...]
    about: str = ""
    snils: str = ""


@dataclass(frozen=True, slots=True)
class RemoteService:
    """A line of the nomenclature; `minutes` is None for unknown."""

    id: str
    name: str
    kind: ServiceKind
    parent_id: str | None
    code: str
    minutes: int | None


@dataclass(frozen=True, slots=True)
class RemotePrice:
    """An amount in roubles for a service, in one branch or all (None), by one doctor or any (None).

    Zero is kept as zero: it reads «цена уточняется».
    """

    service_id: str
    location_id: str | None
    practitioner_id: str | None
    amount: Decimal


@dataclass(frozen=True, slots=True)
class DirectorySnapshot:
    """The whole directory of one MIS at `as_of` (the instant before the first request was sent)."""

    as_of: datetime
    completeness: Completeness
    locations: tuple[RemoteLocation, ...] = ()
    practitioners: tuple[RemotePractitioner, ...] = ()
    services: tuple[RemoteService, ...] = ()
    prices: tuple[RemotePrice, ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What one import did: rows by what happened, and lines that a person should read (ids, no names).

    Rows are records, roles, services of doctors and prices; a reopened row counts as updated, a changed
    price as one closed and one created.
    """

    created: int
    updated: int
    closed: int
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OverlayReport:
    """What loading an overlay document did: values that changed, and what it could not use."""

    applied: int
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RuleValues:
    """The answers of one booking rule; None leaves the choice to a less specific one. Whole minutes.

    `quota` is how many visits a day of the branch's calendar one doctor may get through us there; in a rule
    that names a service only visits for that service count. `age_from` and `age_to` are full years, both
    included, on the day of the visit. `cutoff` is how long before the visit its patient may still cancel or
    move it on their own. `overbook` is how many visits staff may book over those that stand at a time.
    """

    before: int | None = None
    after: int | None = None
    step: int | None = None
    notice: int | None = None
    horizon: int | None = None
    capacity: int | None = None
    is_online: bool | None = None
    quota: int | None = None
    visits: VisitOrder | None = None
    age_from: int | None = None
    age_to: int | None = None
    needs_referral: bool | None = None
    mode: VisitMode | None = None
    cutoff: int | None = None
    overbook: int | None = None


@dataclass(frozen=True, slots=True)
class MergedRules:
    """What all rules say of one visit. `is_quota_of_service`: the quota came from a service's rule."""

    values: RuleValues = RuleValues()
    is_quota_of_service: bool = False


@dataclass(frozen=True, slots=True)
class RuleCard:
    """A booking rule as staff see it: whose it is (None is any), what it says, who said it last and when."""

    practitioner_id: UUID | None
    service_id: UUID | None
    location_id: UUID | None
    values: RuleValues
    author: str
    updated_at: datetime | None


@dataclass(frozen=True, slots=True)
class EffectiveValue:
    """What holds of one field of `RuleValues` and who says so: a rule, or (None) the product's own default.

    `value` None: no rule limits it, and where it is the step it follows the doctor's default visit.
    """

    field: str
    value: int | VisitOrder | VisitMode | None
    rule: RuleCard | None


@dataclass(frozen=True, slots=True)
class RuleReach:
    """How many open doctors and services a rule of some parties touches."""

    practitioners: int
    services: int


@dataclass(frozen=True, slots=True)
class LocationCard:
    """A branch with its effective values (overlay over MIS). `zone` is IANA, never empty where one books.

    `latitude` and `longitude` are degrees, north and east; None where nobody has said them. `company_id` is
    the branch's number in Яндекс.Бизнес, `rubrics` its kinds on maps, by commas.
    `city_where` is «в Москве» as staff typed it.
    """

    id: UUID
    organization_id: UUID
    organization_name: str
    name: str
    zone: str
    city: str
    address: str
    phone: str
    hours: str
    is_open: bool
    latitude: Decimal | None = None
    longitude: Decimal | None = None
    metro: str = ""
    directions: str = ""
    legal: LegalCard = NO_ENTITY
    company_id: str = ""
    rubrics: str = ""
    city_where: str = ""

    @property
    def where(self) -> str:
        """The address, with the city, or the branch's name where nobody typed an address."""
        if not self.address:
            return self.name
        if self.city and self.city not in self.address:
            return f"{self.city}, {self.address}"
        return self.address


@dataclass(frozen=True, slots=True)
class PractitionerCard:
    """A doctor as the site shows one. `specialties` are doctor's titles («офтальмолог»).

    `photo` begins the names of the photograph's files, empty where there is none. Lists hold open doctors
    only; a card asked by its id may be closed, because appointments of the past
    name it.
    """

    id: UUID
    family: str
    given: str
    middle: str
    specialties: tuple[str, ...]
    specialty_slugs: tuple[str, ...]
    location_ids: tuple[UUID, ...]
    about: str = ""
    is_open: bool = True
    photo: str = ""

    @property
    def name(self) -> str:
        """Full name, surname first."""
        return " ".join(part for part in (self.family, self.given, self.middle) if part)


@dataclass(frozen=True, slots=True)
class SpecialtyCard:
    """A specialty of the site: its slug, the doctor's title and how many doctors have it."""

    slug: str
    title: str
    practitioners: int


@dataclass(frozen=True, slots=True)
class ServiceCard:
    """A service of the site. `minutes` is its own norm, None where nobody said.

    `preparation` is how to prepare and `to_bring` what to bring, in the clinic's words; empty where a list
    of services doesn't need them, or nobody said. `nomenclature` is its code of order 804н.
    """

    id: UUID
    name: str
    minutes: int | None
    preparation: str = ""
    to_bring: str = ""
    is_open: bool = True
    nomenclature: str = ""


@dataclass(frozen=True, slots=True)
class VisitTerms:
    """All that decides how one service is booked with one doctor in one branch.

    Derived from the directory and the booking rules (the most specific rule wins, field by field).
    Times are whole minutes; `notice` and `horizon` count from now; `capacity` is how many patients at
    once (1 but for groups). `is_default` marks the doctor's default visit in that branch. The rest is as
    in `RuleValues`, None where no rule speaks.
    """

    practitioner_id: UUID
    location_id: UUID
    service_id: UUID
    minutes: int
    before: int
    after: int
    step: int
    notice: int
    horizon: int
    capacity: int
    is_default: bool
    quota: int | None = None
    is_quota_of_service: bool = False
    visits: VisitOrder = VisitOrder.ANY
    age_from: int | None = None
    age_to: int | None = None
    needs_referral: bool = False
    mode: VisitMode = VisitMode.IN_PERSON
    overbook: int = 1


@dataclass(frozen=True, slots=True)
class RemoteIds:
    """How one MIS names the three parties of a visit. `service_id` is None for a service of our own.

    `specialty` is the MIS's own text of what the doctor is there («Офтальмология»), empty where it has none.
    """

    mis: str
    practitioner_id: str
    location_id: str
    service_id: str | None
    specialty: str = ""


@dataclass(frozen=True, slots=True)
class RemoteIndex:
    """Ids of one MIS and the rows that they mean; an id that nobody has bound is absent."""

    practitioners: dict[str, UUID]
    locations: dict[str, UUID]


@dataclass(frozen=True, slots=True)
class Missing:
    """A value that no system gives and nobody typed: a line of the staff's list of gaps."""

    kind: str
    id: UUID
    name: str
    field: str


@dataclass(frozen=True, slots=True)
class PriceQuery:
    """Whose price is asked, on which day of the branch."""

    service_id: UUID
    location_id: UUID
    practitioner_id: UUID
    day: date = field(compare=True)


@dataclass(frozen=True, slots=True)
class FieldChange:
    """What staff say of one field; `value` None takes their word back.

    An empty text where nobody else gives a value takes it back too. Its fault is named by `key`.
    """

    kind: Kind
    target: UUID
    field: str
    value: object

    @property
    def key(self) -> str:
        return f"{self.field}-{self.target}"


@dataclass(frozen=True, slots=True)
class FieldCard:
    """A field of a record as staff see it.

    `value` is what is in force, `given` what it would be without staff's word (empty: nobody says), both in
    the form that a form takes back. `given_by` is a MIS's id, empty for our own default. `author` and
    `updated_at` are of staff's word; `is_overlaid` says that there is one.
    """

    name: str
    value: str
    given: str
    given_by: str
    is_overlaid: bool
    author: str
    updated_at: datetime | None
    is_editable: bool


@dataclass(frozen=True, slots=True)
class ExternalIdCard:
    """How one MIS names a record; `is_open` False: it does not show it now."""

    mis: str
    value: str
    is_open: bool


@dataclass(frozen=True, slots=True)
class RecordCard:
    """A record of the directory for whoever edits it."""

    kind: Kind
    id: UUID
    name: str
    is_open: bool
    fields: tuple[FieldCard, ...]
    external_ids: tuple[ExternalIdCard, ...]


@dataclass(frozen=True, slots=True)
class RecordLine:
    """A record in a list; `lacks` are fields that nobody has filled.

    `second` tells namesakes apart: a legal entity's ИНН, a branch's address, a doctor's or specialty's title,
    the minutes of a service.
    """

    id: UUID
    name: str
    second: str
    lacks: tuple[str, ...]
