"""The metrics by name. Everything is read from the database, so that each process answers the same.

Labels are MISes and providers of the settings, operations of the port, endings and states: few, known, and
nobody's.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import accumulate

from prometheus_client import Metric
from prometheus_client.core import GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.registry import Collector

from feldsher.domain.scheduling import selectors as scheduling
from feldsher.domain.scheduling.types import DiscrepancyKind, MisCallCount, MisHealth
from feldsher.foundation.alarms import selectors as alarms
from feldsher.foundation.messaging import selectors as messaging
from feldsher.kernel import clock
from feldsher.kernel.histograms import BOUNDS_MS

_EDGES = [f"{bound / 1000:g}" for bound in BOUNDS_MS] + ["+Inf"]

_DAY = timedelta(hours=24)

_Read = Callable[[MisHealth, datetime], float | None]


def _age(instant: datetime | None, now: datetime) -> float | None:
    return None if instant is None else max((now - instant).total_seconds(), 0.0)


_FIGURES: tuple[tuple[str, str, _Read], ...] = (
    (
        "sync_age_seconds",
        "Age of the schedule that patients see; absent before the first sync.",
        lambda health, now: _age(health.state.as_of, now),
    ),
    (
        "schedule_fresh",
        "1 while times of the MIS are offered, 0 past the freshness limit.",
        lambda health, _: health.is_fresh,
    ),
    ("sync_failures", "Syncs that failed in a row.", lambda health, _: health.state.failures),
    (
        "mirror_rows",
        "Rows of the mirror (doctor, day, room) of the coming seven days.",
        lambda health, _: health.days,
    ),
    (
        "line_resting",
        "1 while no call is made, because the MIS does not answer.",
        lambda health, _: None if health.line is None else health.line.resting_since is not None,
    ),
    (
        "line_failures",
        "Calls that failed in a row.",
        lambda health, _: None if health.line is None else health.line.failures,
    ),
    (
        "unapplied_changes",
        "Changes of the feed that are kept because they can't be applied.",
        lambda health, _: health.unapplied,
    ),
    (
        "unknown_visits",
        "Visits whose answer was lost and that nobody has cleared up.",
        lambda health, _: health.unknown,
    ),
    (
        "unknown_visits_age_seconds",
        "Since the oldest of them was sent; absent where there is none.",
        lambda health, now: _age(health.unknown_since, now),
    ),
)
"""Name, help, and how it is read of one MIS; None is no sample."""


class Families(Collector):
    """Reads once for each scrape."""

    def collect(self) -> Iterable[Metric]:
        now = clock.now()
        health = scheduling.exchange_health()
        yield from _of_mises(health, now=now)
        yield _calls(scheduling.call_totals())
        heard = scheduling.worker_heard_at()
        worker = GaugeMetricFamily(
            "feldsher_worker_heartbeat_age_seconds",
            "Since a worker was last heard of; absent before the first.",
        )
        silence = _age(heard, now)
        if silence is not None:
            worker.add_metric([], silence)
        yield worker
        yield from _sms(now=now)
        yield _alarms()


def _of_mises(health: Sequence[MisHealth], *, now: datetime) -> Iterator[Metric]:
    for name, help_text, read in _FIGURES:
        family = GaugeMetricFamily(f"feldsher_mis_{name}", help_text, labels=["mis"])
        for each in health:
            value = read(each, now)
            if value is not None:
                family.add_metric([each.state.mis], value)
        yield family
    differences = GaugeMetricFamily(
        "feldsher_mis_differences",
        "Visits that the MIS tells otherwise and that wait for a person.",
        labels=["mis", "kind"],
    )
    jobs = GaugeMetricFamily("feldsher_mis_jobs", "Jobs about the MIS.", labels=["mis", "state"])
    for each in health:
        for kind in DiscrepancyKind:
            differences.add_metric([each.state.mis, kind.value], each.differences.get(kind.value, 0))
        jobs.add_metric([each.state.mis, "waiting"], each.waiting)
        jobs.add_metric([each.state.mis, "failed"], each.failed)
    yield from (differences, jobs)


def _calls(counts: Iterable[MisCallCount]) -> Metric:
    family = HistogramMetricFamily(
        "feldsher_mis_call_seconds",
        "Calls to the MIS by how they ended; `held_back` were never made.",
        labels=["mis", "operation", "ending"],
    )
    for each in counts:
        below = accumulate(each.buckets)
        buckets = [(edge, float(count)) for edge, count in zip(_EDGES, below, strict=True)]
        family.add_metric([each.mis, each.operation, each.ending], buckets, sum_value=each.total_ms / 1000)
    return family


def _sms(*, now: datetime) -> Iterator[Metric]:
    calls = GaugeMetricFamily(
        "feldsher_sms_calls_day",
        "Calls to a provider of SMS in the last 24 hours by how they ended, or what was told of them since.",
        labels=["provider", "ending"],
    )
    for each in messaging.attempt_counts(now - _DAY):
        calls.add_metric([each.provider, each.ending], each.attempts)
    balance = GaugeMetricFamily(
        "feldsher_sms_balance_roubles", "On the account when the provider last told.", labels=["provider"]
    )
    for account in messaging.accounts():
        if account.balance is not None:
            balance.add_metric([account.provider], float(account.balance))
    yield from (calls, balance)


def _alarms() -> Metric:
    family = GaugeMetricFamily(
        "feldsher_alarm_open", "1 while the condition of the alarm is met.", labels=["code", "subject"]
    )
    for each in alarms.open_alarms():
        family.add_metric([each.code, each.subject], 1)
    return family
