"""How the exchange with each MIS fares, and what the site shows when it does not."""

from dataclasses import astuple, dataclass

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from feldsher.channels.desk.gate import staff_page
from feldsher.channels.desk.live import etag_of, fragment
from feldsher.channels.desk.pages import page
from feldsher.channels.desk.queue import ago
from feldsher.domain.scheduling import selectors as scheduling
from feldsher.domain.scheduling.types import MisHealth
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


@staff_page(Action.SEE_SYNC)
def show(request: HttpRequest, staff: Staff) -> HttpResponse:
    rows = [_row(health) for health in scheduling.mis_health(staff)]
    etag = etag_of([astuple(row) for row in rows])
    context = {
        "rows": rows,
        "limit": settings.FELDSHER_BOOKING.freshness_minutes,
        "etag": etag,
        "live": f"{reverse('desk:sync')}?live=1",
    }
    part = fragment(request, "_sync.html", context, etag=etag)
    return part or page(request, staff, "sync.html", context)


def _row(health: MisHealth) -> Row:
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
    )
