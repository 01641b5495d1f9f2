"""Algebra of half-open intervals `[start, end)` over instants.

A set of intervals is a sorted tuple without overlaps and without touching neighbours (`normalised`);
empty intervals do not exist. This is what PostgreSQL calls a multirange, so that both sides agree.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime


@dataclass(frozen=True, slots=True, order=True)
class Interval:
    """`[start, end)`, both aware and kept in UTC; raises ValueError when it would be empty.

    Two times of one zone compare by their wall clocks, which run twice through an hour when clocks go back.
    """

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        for name in ("start", "end"):
            bound = getattr(self, name)
            if bound.tzinfo is not UTC:
                if bound.utcoffset() is None:
                    raise ValueError("interval bounds must be aware")
                object.__setattr__(self, name, bound.astimezone(UTC))
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
    left: list[Interval] = []
    cuts = union(holes)
    first = 0
    for item in union(intervals):
        start = item.start
        while first < len(cuts) and cuts[first].end <= start:
            first += 1
        for index in range(first, len(cuts)):
            hole = cuts[index]
            if hole.start >= item.end:
                break
            if start < hole.start:
                left.append(Interval(start, hole.start))
            start = hole.end
        if start < item.end:
            left.append(Interval(start, item.end))
    return tuple(left)


def clip(intervals: Iterable[Interval], window: Interval) -> tuple[Interval, ...]:
    """Return the parts that lie within `window`."""
    return tuple(
        Interval(max(item.start, window.start), min(item.end, window.end))
        for item in union(intervals)
        if item.overlaps(window)
    )
