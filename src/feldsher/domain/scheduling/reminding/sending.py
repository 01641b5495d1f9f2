"""Sends what is due, after one more look at the visit: the plan is an intention, the visit is the truth."""

import logging
from datetime import datetime, timedelta

from django.db.models import QuerySet

from feldsher.domain.scheduling import notices
from feldsher.domain.scheduling.calling import zone_of
from feldsher.domain.scheduling.models import Appointment, Reminder
from feldsher.domain.scheduling.reminding.due import due
from feldsher.domain.scheduling.reminding.planning import WORK
from feldsher.domain.scheduling.types import ReminderKind, ReminderState, State
from feldsher.foundation.access.context import as_service
from feldsher.kernel import clock

BATCH = 500
NEAR = timedelta(hours=2)
"""Visits that begin so soon after the first of them are told of with it two hours before."""
_log = logging.getLogger(__name__)


def send_due() -> int:
    """Send or drop the reminders that are due, in order of their visits; returns how many were settled.

    Each in a commit of its own, with its message: a crash loses none and doubles none. One that fails stays
    and is tried again, and stops no other.
    """
    with as_service(WORK):
        late = Reminder.objects.filter(state=ReminderState.PLANNED, due_at__lte=clock.now())
        waiting = list(late.order_by("starts_at", "id").values_list("pk", flat=True)[:BATCH])
    settled = 0
    for pk in waiting:
        try:
            settled += _settle(pk)
        except Exception:  # noqa: BLE001 - one patient's trouble must not silence the others
            _log.exception("reminder %s could not be sent", pk)
    return settled


def _settle(pk: int) -> bool:
    now = clock.now()
    with as_service(WORK):
        row = _open().filter(pk=pk).first()
        if row is None:
            return False  # told with another one, or in the hands of another worker
        visit = Appointment.objects.select_for_update().filter(pk=row.appointment, state=State.BOOKED).first()
        if visit is None or visit.patient is None or visit.starts_at <= now:
            _end(row, ReminderState.DROPPED, reason="not_booked")
            return True
        times = due(visit.starts_at, zone_of(visit.location))
        at = times.get(ReminderKind(row.kind))
        if at is not None and at > now:  # the branch has another zone than when it was planned
            row.due_at = at
            row.save(update_fields=["due_at"])
            return False
        if at is None or (row.kind == ReminderKind.DAY and times[ReminderKind.HOURS] <= now):
            _end(row, ReminderState.DROPPED, reason="merged")
            return True
        others = _told_together(row, visit)
        begins = sorted({visit.starts_at, *(other.starts_at for other in others)})
        is_told = notices.remind(visit, kind=ReminderKind(row.kind), starts_at=begins)
        for other in others:
            _end(other, ReminderState.DROPPED, reason="told_together")
        _end(
            row, ReminderState.SENT if is_told else ReminderState.DROPPED, reason="" if is_told else "nobody"
        )
    return True


def _open() -> QuerySet[Reminder]:
    return Reminder.objects.select_for_update(skip_locked=True).filter(state=ReminderState.PLANNED)


def _told_together(row: Reminder, visit: Appointment) -> list[Reminder]:
    """Return the same reminders of the patient's other visits in the branch that one message tells.

    A day before those of the whole day, two hours before those that follow within two hours.
    """
    zone = zone_of(visit.location)
    local: datetime = visit.starts_at.astimezone(zone)
    until = visit.starts_at + NEAR
    if row.kind == ReminderKind.DAY:
        until = clock.day_bounds(local.date(), zone)[1]
    same = Appointment.objects.filter(
        patient=visit.patient,
        location=visit.location,
        state=State.BOOKED,
        starts_at__gte=visit.starts_at,
        starts_at__lt=until,
    ).exclude(pk=visit.pk)
    ids = list(same.values_list("pk", flat=True))
    return list(_open().filter(appointment__in=ids, kind=row.kind).order_by("starts_at", "id"))


def _end(row: Reminder, state: ReminderState, *, reason: str = "") -> None:
    row.state, row.reason, row.settled_at = state, reason, clock.now()
    row.save(update_fields=["state", "reason", "settled_at"])
