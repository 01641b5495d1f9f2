"""Where a MIS and we differ about a visit, in words."""

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from feldsher.domain.scheduling.types.times import SlotKey


class DiscrepancyKind(StrEnum):
    """What the MIS says of a visit that is booked here: cancelled, not there at all, or at another time.

    STANDS is said of one that has ended here: it is still booked there.
    """

    CANCELLED = "cancelled"
    MISSING = "missing"
    MOVED = "moved"
    STANDS = "stands"


class DiscrepancyState(StrEnum):
    """SEEN → WAITING (for a person) → APPLIED here, or KEPT as it was by a person's word.

    GONE where the MIS told our story again, or our visit ended meanwhile.
    """

    SEEN = "seen"
    WAITING = "waiting"
    APPLIED = "applied"
    KEPT = "kept"
    GONE = "gone"


class Word(StrEnum):
    """What a person says to visits that a MIS tells otherwise: it is right, or ours stands."""

    APPLY = "apply"
    KEEP = "keep"


@dataclass(frozen=True, slots=True)
class DifferingVisit:
    """One visit that waits for a person's word; `begin` is the MIS's wall time of a moved one, ISO."""

    id: int
    appointment_id: UUID
    kind: DiscrepancyKind
    key: SlotKey
    zone: str
    mis: str
    begin: str
    found_at: datetime
    name: str = field(repr=False)
    phone: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class DifferingDay:
    """The visits of one doctor's day in a branch that wait for a word.

    `is_closed`: all visits of the day that came through us are among them, as when a clinic closes it.
    """

    day: date
    practitioner_id: UUID
    location_id: UUID
    visits: tuple[DifferingVisit, ...]
    is_closed: bool


@dataclass(frozen=True, slots=True)
class SettledDifference:
    """What became of one difference: APPLIED, KEPT or GONE, and by whose word; None: by nobody's."""

    kind: DiscrepancyKind
    state: DiscrepancyState
    key: SlotKey
    zone: str
    begin: str
    settled_at: datetime
    settled_by: UUID | None


class Answered(StrEnum):
    """What became of a patient who was asked to choose another time."""

    WAITING = "waiting"
    CALLED = "called"
    MOVED = "moved"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Asked:
    """A patient who was asked; `answer_by` is when a registrar is to call who has not answered."""

    key: SlotKey
    zone: str
    answer_by: datetime
    answered: Answered
    name: str = field(repr=False)
    phone: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class DayOff:
    """One doctor's day in a branch whose patients were asked to choose another time."""

    day: date
    practitioner_id: UUID
    location_id: UUID
    patients: tuple[Asked, ...]


@dataclass(frozen=True, slots=True)
class ReconciliationReport:
    """The last whole comparison with a MIS: how many visits were asked about, agreed, went unanswered.

    `applied`, `kept` and `gone` count what differed and was settled since it began, `open` what is not yet;
    `unapplied` are changes of the feed that are kept.
    """

    mis: str
    started_at: datetime
    finished_at: datetime | None
    checked: int
    agreed: int
    unanswered: int
    applied: int
    kept: int
    gone: int
    open: int
    unapplied: int
