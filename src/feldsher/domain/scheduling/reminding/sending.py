"""Sends what is due, after one more look at the visit: the plan is an intention, the visit is the truth."""

import logging
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import QuerySet

from feldsher.domain.scheduling import notices
from feldsher.domain.scheduling.calling import zone_of
from feldsher.domain.scheduling.models import Appointment, Discrepancy, OtherTimes, Reminder
from feldsher.domain.scheduling.noting import OPEN
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
    """Send or drop one reminder; returns whether that was done, and not put off."""
    with as_service(WORK):
        row = _open().filter(pk=pk).first()
        if row is None:
            return False  # told with another one, or in the hands of another worker
        booked = Appointment.objects.filter(
            state=State.BOOKED, patient__isnull=False, starts_at__gt=clock.now()
        )
        visit = booked.select_for_update().filter(pk=row.appointment).first()
        reason = "not_booked" if visit is None else why_not(row, visit)
        if visit is None or reason:
            _end(row, ReminderState.DROPPED, reason=reason)
            return True
        if not _is_time(row, visit):
            return False
        _send(row, visit)
    return True


def why_not(row: Reminder, visit: Appointment) -> str:
    """Return why a booked visit to come is not told of; nothing where it is, now or later."""
    if OtherTimes.objects.filter(appointment=visit.pk, settled_at=None).exists():
        return "called_off"
    times = due(visit.starts_at, zone_of(visit.location))
    is_past = row.kind == ReminderKind.DAY and times[ReminderKind.HOURS] <= clock.now()
    return "merged" if is_past or row.kind not in times else ""


def _is_time(row: Reminder, visit: Appointment) -> bool:
    """Whether it is to be told of now: the branch may have got another zone since it was planned.

    Whom the MIS tells otherwise nobody expects until that is settled.
    """
    at = due(visit.starts_at, zone_of(visit.location))[ReminderKind(row.kind)]
    if at > clock.now():
        row.due_at = at
        row.save(update_fields=["due_at"])
        return False
    return not is_in_doubt(visit)


def is_in_doubt(visit: Appointment) -> bool:
    """Whether the MIS tells the visit otherwise, and nobody has settled that yet."""
    return Discrepancy.objects.filter(appointment=visit.pk, state__in=OPEN).exists()


def _send(row: Reminder, visit: Appointment) -> None:
    others = list(_open().filter(appointment__in=same_day(visit, kind=row.kind), kind=row.kind))
    begins = sorted({visit.starts_at, *(other.starts_at for other in others)})
    told = notices.remind(visit, kind=ReminderKind(row.kind), starts_at=begins)
    for other in others:
        _end(other, ReminderState.DROPPED, reason="told_together")
    row.sms_at = told.sms_at if told is not None else None
    _end(
        row,
        ReminderState.DROPPED if told is None else ReminderState.SENT,
        reason="nobody" if told is None else "",
    )


def _open() -> QuerySet[Reminder]:
    return Reminder.objects.select_for_update(skip_locked=True).filter(state=ReminderState.PLANNED)


def same_day(visit: Appointment, *, kind: str) -> set[UUID]:
    """Return the patient's other visits in the branch that one message tells with this one.

    A day before those of the whole day, two hours before those that follow within two hours; none that was
    called off or that the MIS tells otherwise.
    """
    zone = zone_of(visit.location)
    local: datetime = visit.starts_at.astimezone(zone)
    until = visit.starts_at + NEAR
    if kind == ReminderKind.DAY:
        until = clock.day_bounds(local.date(), zone)[1]
    same = Appointment.objects.filter(
        patient=visit.patient,
        location=visit.location,
        state=State.BOOKED,
        starts_at__gte=visit.starts_at,
        starts_at__lt=until,
    ).exclude(pk=visit.pk)
    ids = set(same.values_list("pk", flat=True))
    ids -= set(
        OtherTimes.objects.filter(appointment__in=ids, settled_at=None).values_list("appointment", flat=True)
    )
    ids -= set(
        Discrepancy.objects.filter(appointment__in=ids, state__in=OPEN).values_list("appointment", flat=True)
    )
    return ids


def _end(row: Reminder, state: ReminderState, *, reason: str = "") -> None:
    row.state, row.reason, row.settled_at = state, reason, clock.now()
    row.save(update_fields=["state", "reason", "settled_at", "sms_at"])
