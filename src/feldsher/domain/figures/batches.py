"""What a process has counted and not written yet."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID, uuid4

from feldsher.domain.figures.types import OTHERS, Source

MOST_SOURCES = 200
"""Different sources of one batch: a flood of invented ones counts as one."""


@dataclass(frozen=True, slots=True, order=True)
class Shown:
    """A showing: of a doctor in a branch, of a branch, or at all (NOBODY)."""

    location: UUID
    practitioner: UUID
    channel: str
    source: Source


@dataclass(frozen=True, slots=True, order=True)
class Missed:
    """A search in vain; `location` NOBODY is every branch."""

    wanted: str
    subject: str
    location: UUID
    channel: str
    source: Source


@dataclass(slots=True)
class Counts:
    """What is written at once: all of it or nothing, once. `day` is when it was taken to be written."""

    id: UUID = field(default_factory=uuid4)
    day: date = date.min
    shown: Counter[Shown] = field(default_factory=Counter)
    missed: Counter[Missed] = field(default_factory=Counter)
    origins: dict[UUID, Source] = field(default_factory=dict)
    sources: set[Source] = field(default_factory=set)

    @property
    def size(self) -> int:
        return len(self.shown) + len(self.missed) + len(self.origins)

    def known(self, source: Source) -> Source:
        """Return the source, or OTHERS where there are too many already."""
        if source not in self.sources and len(self.sources) >= MOST_SOURCES:
            return OTHERS
        self.sources.add(source)
        return source
