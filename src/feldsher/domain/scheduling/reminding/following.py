"""Follows a reminder on screens by an SMS where no device has said in time that it showed it.

The visit is looked at again, as before the first word: what has ended, was called off or answered needs no
SMS. Whether a device has spoken is asked under the lock of the push and written with the SMS in one commit,
so that a late word and the SMS never both win. Locks: the reminder, the visit, the push.
"""

import logging
from datetime import datetime

from django.db.models import Q

from feldsher.domain.scheduling import notices
from feldsher.domain.scheduling.models import Appointment, Reminder
from feldsher.domain.scheduling.reminding.look import Look
from feldsher.domain.scheduling.reminding.planning import WORK
from feldsher.domain.scheduling.reminding.sending import BATCH
from feldsher.domain.scheduling.types import ReminderKind, ReminderState, State
from feldsher.foundation.access.context import as_service
from feldsher.foundation.messaging import pushing
from feldsher.kernel import clock

_log = logging.getLogger(__name__)


def follow() -> int:
    """Settle the reminders on screens whose time is over, or that no device takes; returns how many."""
    hopeless = pushing.failed(limit=BATCH)
    with as_service(WORK):
        due = Q(sms_at__lte=clock.now()) | Q(sms_at__isnull=False, appointment__in=hopeless)
        waiting = list(
            Reminder.objects.filter(due).order_by("starts_at", "id").values_list("pk", flat=True)[:BATCH]
        )
    settled = 0
    for pk in waiting:
        try:
            settled += _followed(pk)
        except Exception:  # noqa: BLE001 - one patient's trouble must not silence the others
            _log.exception("reminder %s could not be followed by an SMS", pk)
    return settled


def _followed(pk: int) -> bool:
    """Settle one; returns whether that was done, and not put off."""
    now = clock.now()
    with as_service(WORK):
        open_rows = Reminder.objects.select_for_update(skip_locked=True).filter(sms_at__isnull=False)
        row = open_rows.filter(pk=pk).first()
        if row is None or row.sms_at is None:
            return False
        visit = Appointment.objects.select_for_update().filter(pk=row.appointment).first()
        look = Look.at([] if visit is None else [visit])
        is_expected = visit is not None and visit.state == State.BOOKED and visit.starts_at > now
        if is_expected and row.appointment in look.doubted:
            return False
        is_heard = notices.is_heard_of(row.appointment, kind=ReminderKind(row.kind), is_due=row.sms_at <= now)
        if is_heard is None:
            return False
        if not is_heard and visit is not None:
            _tell(row, visit, look, is_expected=is_expected)
        row.sms_at = None
        row.save(update_fields=["sms_at"])
    return True


def _tell(row: Reminder, visit: Appointment, look: Look, *, is_expected: bool) -> None:
    """Say by SMS what no screen has said; nothing of what has ended or was answered meanwhile."""
    ids = {other.pk for other in look.same_day(visit, kind=row.kind)}
    together = Reminder.objects.filter(
        appointment__in=ids, kind=row.kind, state=ReminderState.DROPPED, reason="told_together"
    )
    if not is_expected:
        # Those that one word told together have nobody now who would tell them.
        together.update(state=ReminderState.PLANNED, reason="", settled_at=None)
    elif row.answered_at is None and not look.why_not(row, visit):
        begins: set[datetime] = {visit.starts_at, *together.values_list("starts_at", flat=True)}
        due = notices.Due(visit, ReminderKind(row.kind), sorted(begins))
        notices.remind([due], on_screens=False)
