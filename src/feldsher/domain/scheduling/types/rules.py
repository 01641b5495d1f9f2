"""Who may book what online, and why somebody may not."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from feldsher.domain.directory.types import Obstacle, VisitMode
from feldsher.domain.scheduling.types.answers import Answer


@dataclass(frozen=True, slots=True)
class StopCard:
    """Online booking is stopped for these parties (None is any) until `until` (None: until it is resumed).

    `reason` is for staff, `notice` for patients.
    """

    id: UUID
    practitioner_id: UUID | None
    location_id: UUID | None
    reason: str
    notice: str
    until: datetime | None
    author: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class VisitRule:
    """Who may book one service with one doctor in one branch online. Ages are full years, both included."""

    practitioner_id: UUID
    location_id: UUID
    service_id: UUID
    asks: Answer
    age_from: int | None
    age_to: int | None
    mode: VisitMode
    stop: StopCard | None = None


class QuestionCode(StrEnum):
    """What may be asked before times are shown."""

    AGE = "age"
    VISIT = "visit"
    REFERRAL = "referral"
    MODE = "mode"


@dataclass(frozen=True, slots=True)
class AgeBand:
    """Ages, both included, that no rule in question tells apart; `last` None is open."""

    first: int
    last: int | None


@dataclass(frozen=True, slots=True)
class Question:
    """A question that the rules of some visits raise. `ages` are the answers to AGE, in order."""

    code: QuestionCode
    ages: tuple[AgeBand, ...] = ()


class Barrier(StrEnum):
    """Why a visit can't be booked online by who answered so."""

    STOPPED = "stopped"
    AGE = "age"
    FIRST_ONLY = "first_only"
    REPEAT_ONLY = "repeat_only"
    REFERRAL = "referral"
    REMOTE_ONLY = "remote_only"
    IN_PERSON_ONLY = "in_person_only"


class HindranceCode(StrEnum):
    """Why a time is not offered, for staff. Those of the directory are `directory.types.Obstacle`."""

    SHADOW = "shadow"
    STOPPED = "stopped"
    TOO_SOON = "too_soon"
    TOO_FAR = "too_far"
    QUOTA_FULL = "quota_full"
    NEVER_HEARD = "never_heard"
    STALE = "stale"
    NO_SCHEDULE = "no_schedule"
    NOT_WORKED = "not_worked"
    BUSY_IN_MIS = "busy_in_mis"
    TOO_SHORT = "too_short"
    OFF_STEP = "off_step"
    NO_TICKET = "no_ticket"
    TAKEN_HERE = "taken_here"
    GROUP_FULL = "group_full"
    ROOM_TAKEN = "room_taken"
    LEFT_OUT = "left_out"


@dataclass(frozen=True, slots=True)
class Hindrance:
    """One reason why a time is not offered. `begin` and `end` bound what stands in the way, if that is time.

    `text` is a state, a MIS or a note of staff; `number` a count or minutes; `location_id` another branch.
    """

    code: HindranceCode
    begin: datetime | None = None
    end: datetime | None = None
    text: str = ""
    number: int | None = None
    location_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Explanation:
    """All reasons at once why a start is not offered; none: it is. `obstacles` are the directory's.

    With an `rule` the visit is offered to who answers its questions. `ends` is when such a visit would end.
    """

    obstacles: tuple[Obstacle, ...]
    hindrances: tuple[Hindrance, ...]
    rule: VisitRule | None
    ends: datetime | None

    @property
    def is_offered(self) -> bool:
        """Tell whether the time is offered, to who may be asked questions first."""
        return not self.obstacles and not self.hindrances
