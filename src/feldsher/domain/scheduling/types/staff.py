"""What only staff see."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from feldsher.domain.scheduling.types.times import OpenSlot, SlotKey
from feldsher.domain.scheduling.types.visits import State
from feldsher.foundation.messaging.types import Failure


@dataclass(frozen=True, slots=True)
class SyncState:
    """How fresh one MIS's schedule is here."""

    mis: str
    as_of: datetime | None
    finished_at: datetime | None
    failures: int
    last_error: str


class CancelReason(StrEnum):
    """Why staff cancelled a visit: kept with who did it."""

    PATIENT_ASKED = "patient_asked"
    DOCTOR_AWAY = "doctor_away"
    MISTAKE = "mistake"
    DUPLICATE = "duplicate"
    OTHER = "other"


class CallOutcome(StrEnum):
    """How a call ended. NOT_REACHED ends it for good: nobody will try again.

    NEEDLESS ended without a call: the visit that it was about was cancelled.
    """

    REACHED = "reached"
    BOOKED = "booked"
    NOT_REACHED = "not_reached"
    NEEDLESS = "needless"


class Notice(StrEnum):
    """What stands among the calls although nobody asked for one: the desk must know it."""

    WRONG_NUMBER = "wrong_number"
    CONSENT_WITHDRAWN = "consent_withdrawn"


@dataclass(frozen=True, slots=True)
class CallCard:
    """An open request to call, in clear text, for who may handle calls. `due` is the hour of the next try.

    `is_ours`: nobody asked, the product promised the call about `appointment_id`. `taken_by` is on it, None
    where nobody is (or was long ago). A `notice` is for whoever works through the queue; who it is about need
    not be called. `service_ids` are those of a programme of check-ups that the person wishes.
    """

    id: UUID
    name: str = field(repr=False)
    phone: str = field(repr=False)
    topic: str = field(repr=False)
    location_id: UUID | None
    practitioner_id: UUID | None
    appointment_id: UUID | None
    is_ours: bool
    due: datetime
    call_by: datetime
    tries: int
    taken_by: UUID | None
    notice: Notice | None = None
    service_ids: tuple[UUID, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class ProgrammeDay:
    """The free times of a programme's services on a day of a branch, by service and start.

    `has_no_day`: the near days have none with a time for each service, and that is known of every doctor.
    `stale`: doctors whose schedule was not read for too long, which is another thing than none being free.
    """

    day: date
    has_no_day: bool
    times: Mapping[UUID, tuple[OpenSlot, ...]]
    stale: frozenset[UUID]


@dataclass(frozen=True, slots=True)
class CallMark:
    """What may change of an open call, and nothing that says who asked."""

    id: UUID
    due: datetime
    location_id: UUID | None
    practitioner_id: UUID | None
    tries: int
    taken_by: UUID | None


class Trouble(StrEnum):
    """Why a visit needs a person."""

    SILENT = "silent"
    BY_HAND = "by_hand"
    AMBIGUOUS = "ambiguous"
    NOT_CANCELLED = "not_cancelled"
    TAKEN = "taken"
    UNTOLD = "untold"


class Said(StrEnum):
    """What a person found in the MIS, or did: looked after who lost a time, told who was not told (TOLD)."""

    BOOKED = "booked"
    ABSENT = "absent"
    SETTLED = "settled"
    TOLD = "told"


class Untold(StrEnum):
    """What a patient was not told, though a message was to."""

    STANDS = "stands"
    MOVED = "moved"
    CALLED_OFF = "called_off"
    ENDED = "ended"
    REFUSED = "refused"
    OFFERED = "offered"


@dataclass(frozen=True, slots=True)
class Unheard:
    """A message that reached nobody: what it was to tell, how it failed, the provider's code."""

    what: Untold
    failure: Failure
    code: str


@dataclass(frozen=True, slots=True)
class TroubledVisit:
    """A visit that needs a person, for who may resolve visits. `due` is the hour of an answer or a call.

    `since` is when it left for the MIS, lost its time, or a message about it failed; `verdicts` are those
    that a person may give now. `moved_from` is the start of the visit that this one, still without an answer,
    is to replace.
    """

    id: UUID
    trouble: Trouble
    key: SlotKey
    zone: str
    mis: str
    family: str = field(repr=False)
    given: str = field(repr=False)
    middle: str = field(repr=False)
    phone: str = field(repr=False)
    since: datetime
    due: datetime
    verdicts: tuple[Said, ...]
    unheard: Unheard | None = None
    moved_from: datetime | None = None


@dataclass(frozen=True, slots=True)
class VisitMark:
    """What may change of a visit that needs a person, and nothing that says whose it is."""

    id: UUID
    trouble: Trouble
    key: SlotKey
    zone: str
    since: datetime
    due: datetime
    unheard: Unheard | None = None


@dataclass(frozen=True, slots=True)
class VisitRow:
    """A visit in the list of a day; `name` and `phone` are as clear as the reader may have them.

    `is_coming`: its patient has said so, after a reminder. `is_over`: staff booked it over another.
    """

    id: UUID
    start: datetime
    end: datetime
    practitioner_id: UUID
    service_id: UUID
    state: State
    name: str = field(repr=False)
    phone: str = field(repr=False)
    is_coming: bool = False
    is_over: bool = False


@dataclass(frozen=True, slots=True)
class VisitToCome:
    """A visit to come, with the branch that a list of one branch would not say."""

    visit: VisitRow
    location_id: UUID
    zone: str


@dataclass(frozen=True, slots=True)
class FoundVisit:
    """A visit that a search has found, with what tells its patient from namesakes."""

    visit: VisitRow
    location_id: UUID
    zone: str
    birth_date: date | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class FoundVisits:
    """Visits by time. Not `is_whole`: more were found than are told of."""

    visits: tuple[FoundVisit, ...]
    is_whole: bool


@dataclass(frozen=True, slots=True)
class DayOfVisits:
    """One page of a day; `following` names the next one, empty for the last.

    Not `is_named`: names and phones are not for the reader at all; not `is_clear`: masked.
    """

    visits: tuple[VisitRow, ...]
    following: str
    is_named: bool
    is_clear: bool
