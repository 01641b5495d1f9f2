"""How the exchange with each MIS fares, and what the site shows when it does not."""

from dataclasses import astuple, dataclass
from datetime import datetime

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from feldsher.channels.desk.gate import staff_page
from feldsher.channels.desk.live import etag_of, fragment
from feldsher.channels.desk.pages import page
from feldsher.channels.desk.queue import ago
from feldsher.domain.scheduling import selectors as scheduling
from feldsher.domain.scheduling.types import MisHealth, ReconciliationReport
from feldsher.foundation.access.policies import Action
from feldsher.foundation.access.types import Staff
from feldsher.foundation.clocks import clinic_zone
from feldsher.kernel import clock, formats


@dataclass(frozen=True, slots=True)
class Row:
    """One MIS in words."""

    mis: str
    is_fresh: bool
    heard: str
    finished: str
    failures: int
    last_error: str
    days: int
    waiting: int
    failed: int
    compared: str
    differed: str


@staff_page(Action.SEE_SYNC)
def show(request: HttpRequest, staff: Staff) -> HttpResponse:
    runs = {run.mis: run for run in scheduling.reconciliations(staff)}
    rows = [_row(health, runs.get(health.state.mis)) for health in scheduling.mis_health(staff)]
    etag = etag_of([astuple(row) for row in rows])
    context = {
        "rows": rows,
        "limit": settings.FELDSHER_BOOKING.freshness_minutes,
        "etag": etag,
        "live": f"{reverse('desk:sync')}?live=1",
    }
    part = fragment(request, "_sync.html", context, etag=etag)
    return part or page(request, staff, "sync.html", context)


def _row(health: MisHealth, run: ReconciliationReport | None) -> Row:
    now, state = clock.now(), health.state
    zone = str(clinic_zone())
    heard = finished = "ещё ни\u00a0разу"
    if state.as_of is not None:
        heard = f"{formats.promise(state.as_of, zone=zone, now=now)}, {ago(now, state.as_of)} назад"
    if state.finished_at is not None:
        finished = formats.promise(state.finished_at, zone=zone, now=now)
    return Row(
        mis=state.mis,
        is_fresh=health.is_fresh,
        heard=heard,
        finished=finished,
        failures=state.failures,
        last_error=state.last_error,
        days=health.days,
        waiting=health.waiting,
        failed=health.failed,
        compared=_compared(run, zone=zone, now=now),
        differed=_differed(run),
    )


def _compared(run: ReconciliationReport | None, *, zone: str, now: datetime) -> str:
    """Say when the visits were last held against the MIS as a whole, and how many agreed."""
    if run is None:
        return ""
    when = formats.promise(run.finished_at or run.started_at, zone=zone, now=now)
    end = f"{when}: совпало {run.agreed} из\u00a0{run.checked}"
    silent = f", без\u00a0ответа {run.unanswered}" if run.unanswered else ""
    return f"{end}{silent}" if run.finished_at else f"идёт с\u00a0{end}{silent}"


def _differed(run: ReconciliationReport | None) -> str:
    """Say what became of what differed since, and what is open; nothing where nothing did."""
    if run is None:
        return ""
    counts = (
        ("записано у\u00a0нас", run.applied),
        ("оставлено у\u00a0нас", run.kept),
        ("сошлось само", run.gone),
        ("не\u00a0решено", run.open),
        ("не\u00a0применено изменений МИС", run.unapplied),
    )
    return ", ".join(f"{words}: {count}" for words, count in counts if count)
