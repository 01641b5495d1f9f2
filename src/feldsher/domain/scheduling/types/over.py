"""A visit that staff book over what stands at its time: what they are told first, and why they did it."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from feldsher.domain.scheduling.types.times import OpenSlot
from feldsher.domain.scheduling.types.visits import State


class OverReason(StrEnum):
    """Why a time is given twice: kept with who did it. OTHER is told in words."""

    DOCTOR_ASKED = "doctor_asked"
    CANNOT_WAIT = "cannot_wait"
    SHORT_VISIT = "short_visit"
    LIKELY_AWAY = "likely_away"
    OUR_MISTAKE = "our_mistake"
    OTHER = "other"


class NoOver(StrEnum):
    """Why no visit of a kind stands over another: a MIS decides, the rules say so, or it is a group's."""

    IN_MIS = "in_mis"
    BY_RULE = "by_rule"
    GROUP = "group"


@dataclass(frozen=True, slots=True)
class Over:
    """What staff were told stands at a time, by ids, and why they book over it all the same."""

    told: tuple[UUID, ...]
    why: OverReason
    words: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Standing:
    """A visit or a held time of a doctor, and nothing that says whose it is."""

    id: UUID
    start: datetime
    end: datetime
    state: State
    channel: str
    hold_until: datetime | None


@dataclass(frozen=True, slots=True)
class TakenTime:
    """A time at which a visit would fit, were it not for what stands there.

    `most` is how many visits the rules let staff book over others there; `is_full`: so many are.
    """

    slot: OpenSlot
    standing: tuple[Standing, ...]
    most: int
    is_full: bool


@dataclass(frozen=True, slots=True)
class WhyOver:
    """Why a visit was booked over another, as who did it said."""

    why: OverReason
    words: str = field(repr=False)
    at: datetime
