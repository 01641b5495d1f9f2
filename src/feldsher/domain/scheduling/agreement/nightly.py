"""The whole comparison, each night: all patients' visits to come, in batches that survive a crash.

Those that have ended here are asked about too, as long as no other version of theirs bears their MIS's id.
"""

from datetime import timedelta

from django.db.models import Exists, F, OuterRef, Q

from feldsher.domain.scheduling import gateways, queue
from feldsher.domain.scheduling.agreement.asking import ENDED, WORK, ask_about
from feldsher.domain.scheduling.agreement.judging import judge
from feldsher.domain.scheduling.models import Appointment, Exchange, Reconciliation
from feldsher.domain.scheduling.types import State
from feldsher.foundation.access.context import as_service
from feldsher.kernel import clock

BATCH = 50
KEPT = timedelta(days=90)


def begin(mis: str) -> None:
    """Begin a comparison with a MIS that keeps visits, unless one is under way; its job goes on with it."""
    if not gateways.gateway(mis).capabilities().keeps_visits:
        return
    Reconciliation.objects.filter(started_at__lt=clock.now() - KEPT).delete()
    if not Reconciliation.objects.filter(mis=mis, finished_at=None).exists():
        Reconciliation.objects.create(mis=mis, started_at=clock.now())
    queue.reconcile(mis)


def go_on(mis: str) -> bool:
    """Ask about the next batch; returns whether there may be more. Past the last one, judge what differs."""
    run = Reconciliation.objects.filter(mis=mis, finished_at=None).first()
    if run is None:
        return False
    with as_service(WORK):
        live = Appointment.objects.filter(active=True, pk=OuterRef("appointment"))
        heirs = Exchange.objects.filter(Exists(live), mis=mis, ref=OuterRef("ref"))
        talks = Exchange.objects.filter(mis=mis).exclude(ref="")
        booked = Q(active=True, state=State.BOOKED, pk__in=talks.values("appointment"))
        ended = Q(state__in=ENDED, pk__in=talks.filter(~Exists(heirs)).values("appointment"))
        rows = Appointment.objects.filter(
            booked | ended, patient__isnull=False, starts_at__gt=clock.now()
        ).order_by("pk")
        if run.position is not None:
            rows = rows.filter(pk__gt=run.position)
        batch = list(rows.values_list("pk", flat=True)[:BATCH])
    asked = ask_about(batch)
    written = Reconciliation.objects.filter(pk=run.pk, position=run.position, finished_at=None)
    if batch:
        written.update(
            position=batch[-1],
            checked=F("checked") + asked.checked,
            agreed=F("agreed") + asked.agreed,
            unanswered=F("unanswered") + asked.unanswered,
        )
        return True
    judge(mis)
    written.update(finished_at=clock.now())
    return False
