"""Algebra of half-open intervals `[start, end)` over instants.

A set of intervals is a sorted tuple without overlaps and without touching neighbours (`normalised`);
empty intervals do not exist. This is what PostgreSQL calls a multirange, so that both sides agree.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, order=True)
class Interval:
    """`[start, end)`, both aware; raises ValueError when it would be empty."""

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        if self.start.tzinfo is None or self.end.tzinfo is None:
            raise ValueError("interval bounds must be aware")
        if self.start >= self.end:
            raise ValueError("an interval is never empty")

    def overlaps(self, other: "Interval") -> bool:
        return self.start < other.end and other.start < self.end

    def contains(self, other: "Interval") -> bool:
        return self.start <= other.start and other.end <= self.end


def union(intervals: Iterable[Interval]) -> tuple[Interval, ...]:
    """Return the normalised union: sorted, merged where they overlap or touch."""
    merged: list[Interval] = []
    for item in sorted(intervals):
        if merged and item.start <= merged[-1].end:
            if item.end > merged[-1].end:
                merged[-1] = Interval(merged[-1].start, item.end)
        else:
            merged.append(item)
    return tuple(merged)


def subtract(intervals: Iterable[Interval], holes: Iterable[Interval]) -> tuple[Interval, ...]:
    """Return what is left of `intervals` once every hole is cut out."""
    left = list(union(intervals))
    for hole in union(holes):
        cut: list[Interval] = []
        for item in left:
            if not item.overlaps(hole):
                cut.append(item)
                continue
            if item.start < hole.start:
                cut.append(Interval(item.start, hole.start))
            if hole.end < item.end:
                cut.append(Interval(hole.end, item.end))
        left = cut
    return tuple(left)


def clip(intervals: Iterable[Interval], window: Interval) -> tuple[Interval, ...]:
    """Return the parts that lie within `window`."""
    return tuple(
        Interval(max(item.start, window.start), min(item.end, window.end))
        for item in union(intervals)
        if item.overlaps(window)
    )
