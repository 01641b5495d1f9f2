"""Sends what is due, after one more look at the visit: the plan is an intention, the visit is the truth."""

import logging
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import QuerySet

from feldsher.domain.scheduling import notices
from feldsher.domain.scheduling.models import Appointment, Reminder
from feldsher.domain.scheduling.reminding.look import Look
from feldsher.domain.scheduling.reminding.planning import WORK
from feldsher.domain.scheduling.types import ReminderKind, ReminderState, State
from feldsher.foundation.access.context import as_service
from feldsher.kernel import clock

BATCH = 500
TOGETHER = 100
"""Reminders of one commit: what is asked and written of them is asked and written of all at once."""
_log = logging.getLogger(__name__)


def send_due() -> int:
    """Send or drop the reminders that are due, in order of their visits; returns how many were settled.

    Some in each commit, with their messages: a crash loses none and doubles none. Where one fails, those of
    its commit are tried one by one; it stays and is tried again, and stops no other.
    """
    with as_service(WORK):
        late = Reminder.objects.filter(state=ReminderState.PLANNED, due_at__lte=clock.now())
        waiting = list(late.order_by("starts_at", "id").values_list("pk", flat=True)[:BATCH])
    return sum(_tried(waiting[start : start + TOGETHER]) for start in range(0, len(waiting), TOGETHER))


def _tried(waiting: Sequence[int]) -> int:
    try:
        return _settle(waiting)
    except Exception:  # noqa: BLE001 - one patient's trouble must not silence the others
        if len(waiting) > 1:
            return sum(_tried([each]) for each in waiting)
        _log.exception("reminder %s could not be sent", waiting[0])
        return 0


@dataclass(frozen=True, slots=True)
class _Ready:
    """A reminder that is to be told now, and those that its message tells too."""

    row: Reminder
    visit: Appointment
    others: Sequence[Reminder]


def _settle(waiting: Sequence[int]) -> int:
    """Send or drop some reminders; returns of how many that was done, and not put off."""
    with as_service(WORK):
        # Not here are those that were told with another one, or that another worker has in its hands.
        rows = list(_open().filter(pk__in=waiting).order_by("starts_at", "id"))
        visits, held = _locked({row.appointment for row in rows})
        look = Look.at(visits.values())
        near = {(each.appointment, each.kind): each for each in _open().filter(appointment__in=look.known)}
        dropped: dict[str, list[int]] = defaultdict(list)
        ready: list[_Ready] = []
        told: set[int] = set()
        for row in rows:
            if row.pk in told or row.appointment in held:
                continue
            visit = visits.get(row.appointment)
            reason = "not_booked" if visit is None else look.why_not(row, visit)
            if visit is None or reason:
                dropped[reason].append(row.pk)
            elif _is_time(row, visit, look):
                same = look.same_day(visit, kind=row.kind)
                others = [near[key] for other in same if (key := (other.pk, row.kind)) in near]
                told |= {other.pk for other in others}
                ready.append(_Ready(row, visit, others))
        dropped["told_together"] = list(told)
        dropped["nobody"] = _unheard(ready)
        for reason, pks in dropped.items():
            _drop(pks, reason)
    return len(ready) + sum(len(pks) for reason, pks in dropped.items() if reason != "nobody")


def _locked(ids: set[UUID]) -> tuple[dict[UUID, Appointment], set[UUID]]:
    """Return the booked visits to come of these under their locks, and those that somebody else holds now."""
    booked = Appointment.objects.filter(state=State.BOOKED, patient__isnull=False, starts_at__gt=clock.now())
    rows = booked.filter(pk__in=ids).select_for_update(skip_locked=True).order_by("pk")
    visits = {visit.pk: visit for visit in rows}
    missed = ids - visits.keys()
    return visits, set(booked.filter(pk__in=missed).values_list("pk", flat=True)) if missed else set()


def _is_time(row: Reminder, visit: Appointment, look: Look) -> bool:
    """Whether it is to be told of now; whom the MIS tells otherwise nobody expects until that is settled."""
    at = look.due_at(row, visit)
    if at > clock.now():
        row.due_at = at
        row.save(update_fields=["due_at"])
        return False
    return visit.pk not in look.doubted


def _unheard(ready: Sequence[_Ready]) -> list[int]:
    """Record the messages, and that they were; returns the reminders of which nobody is to be told."""
    due = [
        notices.Due(
            each.visit,
            ReminderKind(each.row.kind),
            sorted({each.visit.starts_at, *(other.starts_at for other in each.others)}),
        )
        for each in ready
    ]
    told, now = notices.remind(due), clock.now()
    sent = [each.row for each in ready if each.visit.pk in told]
    for row in sent:
        row.state, row.reason, row.settled_at = ReminderState.SENT, "", now
        row.sms_at = told[row.appointment]
    Reminder.objects.bulk_update(sent, ["state", "reason", "settled_at", "sms_at"])
    return [each.row.pk for each in ready if each.visit.pk not in told]


def _open() -> QuerySet[Reminder]:
    return Reminder.objects.select_for_update(skip_locked=True).filter(state=ReminderState.PLANNED)


def _drop(pks: Sequence[int], reason: str) -> None:
    if pks:
        Reminder.objects.filter(pk__in=pks).update(
            state=ReminderState.DROPPED, reason=reason, settled_at=clock.now()
        )
