"""How the exchange with each MIS fares: for staff, for alarms, and for a monitoring system.

Figures and the words of adapters alone, no person and no visit; the labels of counts are MISes of the
settings, operations and endings.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection
from django.db.models import Count, Min

from feldsher.domain.directory.types.own import OWN_SCHEDULE
from feldsher.domain.scheduling import gateways
from feldsher.domain.scheduling.line.endings import FAILED, MADE, Ending
from feldsher.domain.scheduling.models import (
    Availability,
    Discrepancy,
    MisCallMinute,
    MisCallTotal,
    MisLine,
    Unapplied,
)
from feldsher.domain.scheduling.selectors.visits import sync_states
from feldsher.domain.scheduling.types import (
    DiscrepancyState,
    LineState,
    MisCallCount,
    MisHealth,
    OperationFigures,
    SyncState,
)
from feldsher.foundation.access.context import as_service
from feldsher.foundation.access.policies import Action, require
from feldsher.foundation.access.types import Staff
from feldsher.kernel import clock
from feldsher.kernel.histograms import BUCKETS, percentile

WORK = "mis_health"
HOUR = timedelta(hours=1)
_MIRRORED_DAYS = 7
_JOBS = """
    SELECT count(*) FILTER (WHERE status IN ('todo', 'doing')), count(*) FILTER (WHERE status = 'failed')
    FROM procrastinate_jobs
    WHERE (lock LIKE %(mis)s || ':%%' OR args ->> 'mis' = %(mis)s) AND status IN ('todo', 'doing', 'failed')
"""
_UNKNOWN = """
    SELECT e.mis, count(*), min(coalesce(e.sent_at, a.created_at))
    FROM scheduling_appointment a JOIN scheduling_exchange e ON e.appointment = a.id
    WHERE a.active AND a.state = 'unknown' AND e.stage <> 'by_hand' GROUP BY e.mis
"""
_Names = tuple[str, str, str]
_Count = tuple[int, datetime | None]
"""How many, and since when the oldest."""
_NONE: _Count = (0, None)


def mis_health(staff: Staff) -> tuple[MisHealth, ...]:
    """Return how the exchange with each MIS of the settings fares; ForbiddenError."""
    require(staff, Action.SEE_SYNC)
    return exchange_health()


def exchange_health() -> tuple[MisHealth, ...]:
    """Return the same for whoever is no person: alarms, and a monitoring system."""
    known = {state.mis: state for state in sync_states()}
    lines = {row.mis: row for row in MisLine.objects.all()}
    unknown, differences, unapplied = _unknown(), _differences(), _unapplied()
    operations = _operations(recent_calls(HOUR))
    return tuple(
        _health(
            known.get(mis, SyncState(mis, None, None, 0, "")),
            line=None if mis == OWN_SCHEDULE else _line(lines.get(mis)),
            unknown=unknown.get(mis, _NONE),
            differences=differences.get(mis, {}),
            unapplied=unapplied.get(mis, _NONE),
            operations=operations.get(mis, ()),
        )
        for mis in sorted(gateways.all_mis())
    )


def worker_heard_at() -> datetime | None:
    """Return when a worker was last heard of, None where there never was one: without it nothing is done."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT max(last_heartbeat) FROM procrastinate_workers")
        heard: datetime | None = cursor.fetchone()[0]
    return heard


def call_totals() -> tuple[MisCallCount, ...]:
    """Return all calls that were ever counted; the numbers never go back."""
    return tuple(map(_count, MisCallTotal.objects.order_by("mis", "operation", "ending")))


def recent_calls(period: timedelta) -> tuple[MisCallCount, ...]:
    """Return the calls of the last minutes, added up."""
    found: dict[_Names, MisCallCount] = {}
    for row in MisCallMinute.objects.filter(minute__gt=clock.now() - period):
        names = (row.mis, row.operation, row.ending)
        found[names] = _joined(found[names], _count(row)) if names in found else _count(row)
    return tuple(found.values())


def _health(
    state: SyncState,
    *,
    line: LineState | None,
    unknown: _Count,
    differences: Mapping[str, _Count],
    unapplied: _Count,
    operations: tuple[OperationFigures, ...],
) -> MisHealth:
    now, limit = clock.now(), timedelta(minutes=settings.FELDSHER_BOOKING.freshness_minutes)
    today = now.date()
    coming = Availability.objects.filter(day__gte=today, day__lt=today + timedelta(days=_MIRRORED_DAYS))
    with connection.cursor() as cursor:
        cursor.execute(_JOBS, {"mis": state.mis})
        waiting, failed = cursor.fetchone()
    return MisHealth(
        state,
        is_fresh=state.as_of is not None and now - state.as_of <= limit,
        days=coming.filter(mis=state.mis).count(),
        waiting=waiting,
        failed=failed,
        unknown=unknown[0],
        unknown_since=unknown[1],
        differences={kind: count for kind, (count, _) in differences.items()},
        differing_since=min((since for _, since in differences.values() if since), default=None),
        unapplied=unapplied[0],
        unapplied_since=unapplied[1],
        line=line,
        operations=operations,
    )


def _line(row: MisLine | None) -> LineState:
    if row is None:
        return LineState()
    return LineState(row.failures, row.resting_since, row.retry_at, row.last_error)


def _unknown() -> dict[str, _Count]:
    with as_service(WORK), connection.cursor() as cursor:
        cursor.execute(_UNKNOWN)
        return {mis: (count, since) for mis, count, since in cursor.fetchall()}


def _differences() -> dict[str, dict[str, _Count]]:
    found: defaultdict[str, dict[str, _Count]] = defaultdict(dict)
    with as_service(WORK):
        waiting = Discrepancy.objects.filter(state=DiscrepancyState.WAITING).values("mis", "kind")
        for row in waiting.annotate(count=Count("pk"), since=Min("found_at")):
            found[row["mis"]][row["kind"]] = (row["count"], row["since"])
    return found


def _unapplied() -> dict[str, _Count]:
    with as_service(WORK):
        kept = Unapplied.objects.values("mis").annotate(count=Count("pk"), since=Min("first_at"))
        return {row["mis"]: (row["count"], row["since"]) for row in kept}


def _count(row: MisCallMinute | MisCallTotal) -> MisCallCount:
    return MisCallCount(row.mis, row.operation, row.ending, row.calls, row.total_ms, tuple(row.buckets))


def _joined(one: MisCallCount, other: MisCallCount) -> MisCallCount:
    return MisCallCount(
        one.mis,
        one.operation,
        one.ending,
        one.calls + other.calls,
        one.total_ms + other.total_ms,
        [ours + theirs for ours, theirs in zip(one.buckets, other.buckets, strict=True)],
    )


def _operations(counts: Iterable[MisCallCount]) -> dict[str, tuple[OperationFigures, ...]]:
    by_operation: defaultdict[tuple[str, str], list[MisCallCount]] = defaultdict(list)
    for count in counts:
        by_operation[count.mis, count.operation].append(count)
    found: defaultdict[str, list[OperationFigures]] = defaultdict(list)
    for (mis, operation), some in by_operation.items():
        found[mis].append(_figures(operation, some))
    return {
        mis: tuple(sorted(each, key=lambda figures: (-figures.made, figures.operation)))
        for mis, each in found.items()
    }


def _figures(operation: str, counts: Sequence[MisCallCount]) -> OperationFigures:
    buckets = [0] * BUCKETS
    for count in counts:
        if count.ending in MADE:
            buckets = [ours + theirs for ours, theirs in zip(buckets, count.buckets, strict=True)]
    return OperationFigures(
        operation,
        made=calls_in(counts, MADE),
        failed=calls_in(counts, FAILED),
        refused=calls_in(counts, {Ending.REFUSED}),
        held_back=calls_in(counts, {Ending.HELD_BACK}),
        p50=percentile(buckets, 0.5),
        p95=percentile(buckets, 0.95),
        p99=percentile(buckets, 0.99),
    )


def calls_in(counts: Iterable[MisCallCount], endings: Iterable[Ending]) -> int:
    """Return how many calls ended in one of these ways."""
    wanted = frozenset(endings)
    return sum(count.calls for count in counts if count.ending in wanted)
