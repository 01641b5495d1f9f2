"""What crosses the border of figures: counts, and what they are counted by; nobody is named in any of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID


class SourceKind(StrEnum):
    """How it is known where somebody came from. NONE: nothing says it. OTHER: one source too many."""

    UTM = "utm"
    WIDGET = "widget"
    REFERRER = "referrer"
    NONE = "none"
    OTHER = "other"


@dataclass(frozen=True, slots=True, order=True)
class Source:
    """Where somebody came from, as their browser or a partner said it: bounded and cleaned, never believed.

    `name` is utm_source or a host; medium and campaign are those of UTM.
    """

    kind: SourceKind
    name: str = ""
    medium: str = ""
    campaign: str = ""


UNKNOWN = Source(SourceKind.NONE)
OTHERS = Source(SourceKind.OTHER)


class Wanted(StrEnum):
    """What a search was for, the narrowest of what was asked."""

    DOCTOR = "doctor"
    SERVICE = "service"
    SPECIALTY = "specialty"
    ANYBODY = "anybody"


@dataclass(frozen=True, slots=True, order=True)
class Search:
    """What was asked for: `subject` is the id of a doctor or service, or a specialty's slug."""

    wanted: Wanted
    subject: str = ""
    location: UUID | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """Which figures: days `first` to `last`, both within, and those of one branch, doctor, channel or source.

    `before` are the days of an earlier period that no-shows are compared with. `source` is a name
    (`SourceOption`).
    """

    first: date
    last: date
    location: UUID | None = None
    practitioner: UUID | None = None
    channel: str = ""
    source: str = ""
    before: tuple[date, date] | None = None


@dataclass(frozen=True, slots=True)
class Steps:
    """How far times went that were held on the days asked: each step holds those that go further.

    `seen` are showings of free times, not people.
    """

    seen: int = 0
    held: int = 0
    booked: int = 0
    cancelled: int = 0
    came: int = 0
    missed: int = 0


@dataclass(frozen=True, slots=True)
class Attendance:
    """Visits of the days asked whose patients came or did not, reminded (`told`) or not, and the unmarked."""

    told_came: int = 0
    told_missed: int = 0
    untold_came: int = 0
    untold_missed: int = 0
    unmarked: int = 0

    @property
    def told(self) -> int:
        return self.told_came + self.told_missed

    @property
    def untold(self) -> int:
        return self.untold_came + self.untold_missed

    @property
    def missed(self) -> int:
        return self.told_missed + self.untold_missed

    @property
    def marked(self) -> int:
        return self.told + self.untold


@dataclass(frozen=True, slots=True)
class EmptySearch:
    """A search that found no free time, and how many times it was made."""

    search: Search
    count: int


@dataclass(frozen=True, slots=True)
class SourceOption:
    """A source by which figures can be narrowed; all mediums and campaigns of a name are one."""

    kind: SourceKind
    name: str


@dataclass(frozen=True, slots=True)
class Figures:
    """All that the page of figures shows; None keys stand for nothing in particular.

    `searches` are the most frequent of `search_count`. `counted_at` is when visits were counted last, None
    before the first time.
    """

    total: Steps
    days: Mapping[date, Steps]
    branches: Mapping[UUID, Steps]
    doctors: Mapping[UUID, Steps]
    channels: Mapping[str, Steps]
    sources: Mapping[Source, Steps]
    attendance: Attendance
    before: Attendance | None
    branch_attendance: Mapping[UUID, Attendance]
    doctor_attendance: Mapping[UUID, Attendance]
    searches: tuple[EmptySearch, ...]
    search_count: int
    options: tuple[SourceOption, ...]
    counted_at: datetime | None = field(default=None)
