"""Lays a doctor's day out in cells: pure, from what is free, kept, worked and called busy."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from feldsher.domain.scheduling.types.grid import CellKind, FreeTime, GridCell, GridVisit
from feldsher.kernel.intervals import Interval, clip, subtract, union


@dataclass(frozen=True, slots=True)
class DayParts:
    """Spans of one doctor in one branch on one day: what they work, what the MIS calls free and busy."""

    work: tuple[Interval, ...]
    free: tuple[Interval, ...]
    busy: tuple[Interval, ...]


def cells(
    window: Interval,
    parts: DayParts,
    *,
    visits: Sequence[GridVisit],
    starts: Sequence[FreeTime],
    is_whole: bool,
) -> tuple[GridCell, ...]:
    """Return the cells of a day, in order and apart from each other.

    `starts` are in order; the end of each is cut at the next one. Where not all visits are to be seen
    (`is_whole` False), what is neither free nor seen is TAKEN, whatever the mirror calls it.
    """
    kept = _clusters(visits, _cut(starts))
    filled = [Interval(cell.start, cell.end) for cell in kept]
    work = clip([*parts.work, *parts.free, *parts.busy], window) if _any(parts) else ()
    left = subtract(work, filled)
    busy = _common(left, parts.busy) if is_whole else ()
    rest = _common(subtract(left, busy), parts.free) if is_whole else ()
    taken = subtract(left, [*busy, *rest])
    breaks = _gaps(union([*work, *filled]))
    named = ((CellKind.BUSY, busy), (CellKind.REST, rest), (CellKind.TAKEN, taken), (CellKind.BREAK, breaks))
    empty = [GridCell(kind, span.start, span.end) for kind, spans in named for span in spans]
    return tuple(sorted([*kept, *empty], key=lambda cell: cell.start))


def _any(parts: DayParts) -> bool:
    return bool(parts.work or parts.free or parts.busy)


def _cut(starts: Sequence[FreeTime]) -> list[FreeTime]:
    found = []
    for at, time in enumerate(starts):
        following = starts[at + 1].start if at + 1 < len(starts) else time.end
        found.append(FreeTime(time.start, min(time.end, following), time.service_id, time.token))
    return found


def _clusters(visits: Sequence[GridVisit], starts: Sequence[FreeTime]) -> list[GridCell]:
    """Return each free start, and each run of visits (and free places) that overlap, as a cell."""
    items: list[GridVisit | FreeTime] = sorted([*visits, *starts], key=lambda item: (item.start, item.end))
    runs: list[list[GridVisit | FreeTime]] = []
    end = None
    for item in items:
        if end is not None and item.start < end:
            runs[-1].append(item)
            end = max(end, item.end)
        else:
            runs.append([item])
            end = item.end
    return [_cell(run) for run in runs]


def _cell(run: Sequence[GridVisit | FreeTime]) -> GridCell:
    visits = tuple(item for item in run if isinstance(item, GridVisit))
    free = tuple(item for item in run if isinstance(item, FreeTime))
    kind = CellKind.KEPT if visits else CellKind.FREE
    return GridCell(kind, run[0].start, max(item.end for item in run), visits, free)


def _common(spans: Iterable[Interval], others: Iterable[Interval]) -> tuple[Interval, ...]:
    spans = tuple(spans)
    return subtract(spans, subtract(spans, others))


def _gaps(spans: Sequence[Interval]) -> list[Interval]:
    return [Interval(before.end, after.start) for before, after in pairwise(spans)]
