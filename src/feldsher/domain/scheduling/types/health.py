"""How the exchange with the MISes fares, in figures that name no person."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from feldsher.domain.scheduling.types.staff import SyncState


@dataclass(frozen=True, slots=True)
class LineState:
    """The line to a MIS (`scheduling.line`): it rests since `resting_since`, and is tried at `retry_at`."""

    failures: int = 0
    resting_since: datetime | None = None
    retry_at: datetime | None = None
    last_error: str = ""


@dataclass(frozen=True, slots=True)
class MisCallCount:
    """Calls of one operation that ended in one way: `buckets` by duration (`kernel.histograms`)."""

    mis: str
    operation: str
    ending: str
    calls: int
    total_ms: int
    buckets: Sequence[int]


@dataclass(frozen=True, slots=True)
class OperationFigures:
    """One operation within the last hour. Percentiles in milliseconds, None where no call was made.

    `failed` calls say that the MIS or the way to it is in trouble, `refused` are its own word, `held_back`
    were never made.
    """

    operation: str
    made: int
    failed: int
    refused: int
    held_back: int
    p50: float | None
    p95: float | None
    p99: float | None


@dataclass(frozen=True, slots=True)
class MisHealth:
    """How the exchange with one MIS fares. `is_fresh` False: the site shows no times of it.

    `days` counts the mirror's rows (doctor, day, room) of the coming seven days; `waiting` and `failed` jobs;
    `unknown` the visits whose answer was lost and nobody has cleared up, the oldest since `unknown_since`.
    `differences` are the visits that it tells otherwise and that wait, by `DiscrepancyKind`; `unapplied` the
    changes of its feed that are kept because they can't be applied. Both with the instant of their oldest.
    `line` is None where the MIS is not called over one (the own schedule).
    """

    state: SyncState
    is_fresh: bool
    days: int
    waiting: int
    failed: int
    unknown: int
    unknown_since: datetime | None
    differences: Mapping[str, int]
    differing_since: datetime | None
    unapplied: int
    unapplied_since: datetime | None
    line: LineState | None
    operations: tuple[OperationFigures, ...]
