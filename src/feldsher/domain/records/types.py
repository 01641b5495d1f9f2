"""What crosses the border of records."""

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from feldsher.domain.patients.types import ShownPerson
from feldsher.domain.scheduling.types import AppointmentCard


class ReferralState(StrEnum):
    """Whether a referral opens its patient, and why not any more.

    LAPSED: the visit at which it was written is not to be, or is another doctor's now.
    """

    ACTIVE = "active"
    OVER = "over"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"


@dataclass(frozen=True, slots=True)
class Referral:
    """A referral as one of its two doctors reads it; both are named by the directory's ids.

    It is good until the end of `last_day` by the clock of the branch where it was written. `person` is as
    clear as the reader may have them; None, and with it an empty `reason`, where the patient is out of the
    reader's care.
    """

    id: UUID
    requester_id: UUID
    performer_id: UUID
    person: ShownPerson | None
    authored_at: datetime
    last_day: date
    zone: str
    reason: str = field(repr=False)
    state: ReferralState


@dataclass(frozen=True, slots=True)
class ReceivedReferral:
    """A referral to its performer, with the visits of the patient, the latest first."""

    referral: Referral
    visits: tuple[AppointmentCard, ...]


@dataclass(frozen=True, slots=True)
class NewReferral:
    """What the form of a referral begins with: whom, at which visit; days are those of the branch's clock."""

    person: ShownPerson | None
    visit: AppointmentCard
    today: date
    usual_day: date
    last_day: date


@dataclass(frozen=True, slots=True)
class TypedReferral:
    """What a doctor typed: to whom, until the end of which day (None: no day), and why; unchecked."""

    performer_id: UUID | None
    last_day: date | None
    reason: str = field(repr=False)


class PaperKind(StrEnum):
    """What a patient takes home from a visit. Each is brought by a module of its own, if by any."""

    RESULT = "result"
    DOCUMENT = "document"
    PRESCRIPTION = "prescription"


@dataclass(frozen=True, slots=True)
class Paper:
    """One of them, as its patient reads it in a list: `title` in the patient's words, and when it came."""

    id: UUID
    title: str = field(repr=False)
    issued_at: datetime
