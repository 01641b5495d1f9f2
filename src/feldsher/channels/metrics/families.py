"""The metrics by name. Everything is read from the database, so that each process answers the same.

Labels are MISes of the settings, operations of the port, endings and states: few, known, and nobody's.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import accumulate

from prometheus_client import Metric
from prometheus_client.core import GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.registry import Collector

from feldsher.domain.scheduling import selectors as scheduling
from feldsher.domain.scheduling.types import MisCallCount, MisHealth
from feldsher.foundation.alarms import selectors as alarms
from feldsher.kernel import clock
from feldsher.kernel.histograms import BOUNDS_MS

_EDGES = [f"{bound / 1000:g}" for bound in BOUNDS_MS] + ["+Inf"]


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
        if heard is not None:
            worker.add_metric([], _age(heard, now))
        yield worker
        yield _alarms()


def _of_mises(health: Sequence[MisHealth], *, now: datetime) -> Iterator[Metric]:
    for name, help_text, values in (
        (
            "sync_age_seconds",
            "Age of the schedule that patients see; absent before the first sync.",
            {each.state.mis: _age(each.state.as_of, now) for each in health if each.state.as_of},
        ),
        (
            "schedule_fresh",
            "1 while times of the MIS are offered, 0 past the freshness limit.",
            {each.state.mis: float(each.is_fresh) for each in health},
        ),
        (
            "sync_failures",
            "Syncs that failed in a row.",
            {each.state.mis: float(each.state.failures) for each in health},
        ),
        (
            "mirror_rows",
            "Rows of the mirror (doctor, day, room) of the coming seven days.",
            {each.state.mis: float(each.days) for each in health},
        ),
        (
            "line_resting",
            "1 while no call is made, because the MIS does not answer.",
            {each.state.mis: float(each.line.resting_since is not None) for each in health if each.line},
        ),
        (
            "line_failures",
            "Calls that failed in a row.",
            {each.state.mis: float(each.line.failures) for each in health if each.line},
        ),
        (
            "unknown_visits",
            "Visits whose answer was lost and that nobody has cleared up.",
            {each.state.mis: float(each.unknown) for each in health},
        ),
        (
            "unknown_visits_age_seconds",
            "Since the oldest of them was sent; absent where there is none.",
            {each.state.mis: _age(each.unknown_since, now) for each in health if each.unknown_since},
        ),
    ):
        family = GaugeMetricFamily(f"feldsher_mis_{name}", help_text, labels=["mis"])
        for mis, value in values.items():
            family.add_metric([mis], value)
        yield family
    jobs = GaugeMetricFamily("feldsher_mis_jobs", "Jobs about the MIS.", labels=["mis", "state"])
    for each in health:
        jobs.add_metric([each.state.mis, "waiting"], each.waiting)
        jobs.add_metric([each.state.mis, "failed"], each.failed)
    yield jobs


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


def _alarms() -> Metric:
    family = GaugeMetricFamily(
        "feldsher_alarm_open", "1 while the condition of the alarm is met.", labels=["code", "subject"]
    )
    for each in alarms.open_alarms():
        family.add_metric([each.code, each.subject], 1)
    return family


def _age(instant: datetime, now: datetime) -> float:
    return max((now - instant).total_seconds(), 0.0)
