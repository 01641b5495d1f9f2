"""Counting: what readers were shown and did not find, where holds come from, and what became of visits.

A count never fails a page: it is kept in memory and written later (`counting`).
"""

from collections.abc import Collection
from uuid import UUID

from feldsher.domain.figures.counting import READINGS
from feldsher.domain.figures.gathering import gather, gather_again
from feldsher.domain.figures.rehearsing import rehearse
from feldsher.domain.figures.sources import from_referrer, from_utm, from_widget
from feldsher.domain.figures.types import UNKNOWN, Search, Source

__all__ = [
    "flush",
    "from_referrer",
    "from_utm",
    "from_widget",
    "gather",
    "gather_again",
    "note_empty",
    "note_hold",
    "note_shown",
    "rehearse",
]


def note_shown(pairs: Collection[tuple[UUID, UUID]], *, channel: str, source: Source = UNKNOWN) -> None:
    """Count one answer that showed free times of these (branch, doctor)s; nothing for no pair."""
    READINGS.show(pairs, channel=channel, source=source)


def note_empty(search: Search, *, channel: str, source: Source = UNKNOWN) -> None:
    """Count one answer that had no free time for what was asked."""
    READINGS.miss(search, channel=channel, source=source)


def note_hold(appointment: UUID, *, source: Source) -> None:
    """Remember where a hold came from; nothing is kept where nothing says it."""
    if source != UNKNOWN:
        READINGS.hold(appointment, source=source)


def flush() -> None:
    """Write what this process has counted; raises DatabaseError."""
    READINGS.flush()
