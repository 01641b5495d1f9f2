"""What crosses the border of watch: a finding about somebody, and the alert that is made of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

Figures = Mapping[str, int]


class RuleCode(StrEnum):
    HONEY = "honey"
    REFUSALS = "refusals"
    PACE = "pace"
    RHYTHM = "rhythm"
    MANY = "many"
    NO_GROUND = "no_ground"
    ODD_HOURS = "odd_hours"
    WALK = "walk"
    KIN = "kin"
    EXPORTS = "exports"
    EMERGENCIES = "emergencies"


class Level(StrEnum):
    """What follows: somebody looks, the person proves who they are, or the account is closed."""

    ALERT = "alert"
    STEP_UP = "step_up"
    BLOCK = "block"

    @property
    def rank(self) -> int:
        return list(Level).index(self)


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule met on one local day: `figures` fill the rule's sentence, `ids` are rows of the journal."""

    rule: RuleCode
    points: int
    figures: Figures
    ids: tuple[int, ...]
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class AlertCard:
    """An alert as its reader sees it: about whom, what was met, by which figures, in which rows."""

    id: UUID
    actor_id: UUID
    actor: str = field(repr=False)
    role: str
    rule: RuleCode
    title: str
    sentence: str
    day: date
    level: Level
    points: int
    score: int
    since: datetime
    until: datetime
    ids: tuple[int, ...]
    found_at: datetime
    settled_at: datetime | None
    settled_by: str = field(repr=False)
    note: str = field(repr=False)
    is_blocked: bool
    is_closed: bool
