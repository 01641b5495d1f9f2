"""What must happen without anybody asking: overdue holds end, unfinished talks go on, old rows go.

Everything here looks at states in the database, not at memory: a crash of any process loses nothing.
"""

import logging
from datetime import timedelta
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Exists, OuterRef

from feldsher.domain.scheduling import exchange, queue
from feldsher.domain.scheduling.models import Appointment, CallRequest, OtherTimes, Unapplied, Wish
from feldsher.domain.scheduling.types import State
from feldsher.foundation.access.context import as_service
from feldsher.kernel import clock

BATCH = 500
WORK = "tending"
_log = logging.getLogger(__name__)
_OUTCOMES_KEPT = timedelta(hours=24)
_MIRROR_KEPT = timedelta(days=2)
_WISHES_KEPT = timedelta(days=30)
_PROGRAMMES_KEPT = timedelta(days=30)
"""Which check-ups somebody wished, after the call about them has ended: said in the policy."""

_EXPIRE = """
    UPDATE scheduling_appointment SET state = 'expired', reason = 'hold_expired'
    WHERE id IN (
        SELECT id FROM scheduling_appointment
        WHERE active AND hold_until IS NOT NULL AND state = 'held' AND hold_until <= clock_now()
        ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED)
"""
_UNFINISHED = """
    SELECT u.appointment, u.mis, u.practitioner FROM (
        SELECT e.appointment, e.mis, a.practitioner, a.created_at
        FROM scheduling_appointment a JOIN scheduling_exchange e ON e.appointment = a.id
        WHERE a.active AND a.state IN ('booking', 'unknown', 'cancelling')
          AND (e.needs_person_at IS NULL OR upper(a.visit) > %s)
        UNION ALL
        SELECT e.appointment, e.mis, a.practitioner, a.created_at
        FROM scheduling_exchange e JOIN scheduling_appointment a ON a.id = e.appointment
        WHERE e.stage = 'release') u
    WHERE NOT EXISTS (
        SELECT 1 FROM procrastinate_jobs j
        WHERE j.task_name = %s AND j.status IN ('todo', 'doing')
          AND j.args ->> 'appointment' = u.appointment::text)
    ORDER BY u.created_at DESC LIMIT %s
"""
_OVERDUE = """
    SELECT a.id FROM scheduling_appointment a JOIN scheduling_exchange e ON e.appointment = a.id
    WHERE a.active AND a.state IN ('booking', 'unknown', 'cancelling') AND e.needs_person_at IS NULL
      AND a.answer_by <= %s
    ORDER BY a.answer_by LIMIT %s
"""
_CHOOSE = (
    "Предложить другое время: врач в\u00a0этот день не\u00a0принимает, на\u00a0СМС пациент не\u00a0ответил"
)
_GRACE = timedelta(seconds=20)
_RESUMING = 0x5C4EE


def expire_holds() -> int:
    """End holds whose time ran out; returns how many. Locked rows are left to the next run."""
    with as_service(WORK, savepoint=False), connection.cursor() as cursor:
        cursor.execute(_EXPIRE, [BATCH])
        return int(cursor.rowcount)


def resume_exchanges() -> int:
    """Enqueue the talks that are not finished and that no job continues; returns how many.

    A visit whose time is over and about which a person was asked is left to them.
    """
    with as_service(WORK), connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_RESUMING])
        if not cursor.fetchone()[0]:
            return 0
        cursor.execute(_UNFINISHED, [clock.now(), queue.EXCHANGE, BATCH])
        rows: list[tuple[UUID, str, UUID]] = cursor.fetchall()
        for appointment, mis, practitioner in rows:
            queue.exchange_with_mis(appointment, mis=mis, practitioner=practitioner)
    return len(rows)


def keep_promises() -> int:
    """Have a person call wherever the promised hour passed and no job did it; returns how many hours had.

    This looks at the database alone: whatever a talk hangs on, its patient does not wait for it in silence.
    """
    with as_service(WORK, savepoint=False), connection.cursor() as cursor:
        cursor.execute(_OVERDUE, [clock.now() - _GRACE, BATCH])
        overdue: list[UUID] = [row[0] for row in cursor.fetchall()]
    for appointment in overdue:
        try:
            exchange.keep_promise(appointment)
        except Exception:  # noqa: BLE001 - one patient's trouble must not silence the others
            _log.exception("appointment %s: the promise could not be kept", appointment)
    return len(overdue)


def ask_the_silent() -> int:
    """Have a registrar call who has not chosen another time by the hour; returns how many.

    Who has moved or cancelled meanwhile is settled: nobody calls them. A cancel that waits for the MIS
    settles nothing: where the MIS refuses it, the visit is booked again, and called off as before.
    """
    now = clock.now()
    with as_service(WORK):
        open_rows = OtherTimes.objects.select_for_update(skip_locked=True).filter(settled_at=None)
        to_come = Appointment.objects.filter(pk=OuterRef("appointment"), starts_at__gt=now)
        standing = to_come.filter(state__in=[State.BOOKED, State.CANCELLING])
        open_rows.filter(~Exists(standing)).update(settled_at=now)
        silent = open_rows.filter(Exists(to_come.filter(state=State.BOOKED)), called_at=None)
        late = list(silent.filter(answer_by__lte=now)[:BATCH])
        for each in late:
            exchange.ask_to_call(each.appointment, topic=_CHOOSE)
            each.called_at = now
            each.save(update_fields=["called_at"])
    return len(late)


def forget() -> None:
    """Delete outcomes of keys older than a day, and mirrors, lock rows and kept changes of days long past.

    A wish of a phone without a visit goes a month after it has ended, and so does what somebody wished
    of a programme of check-ups, in the call about it.
    """
    now = clock.now()
    with as_service(WORK):
        Unapplied.objects.filter(change__begin__lt=(now - _MIRROR_KEPT).date().isoformat()).delete()
        Wish.objects.filter(chain=None, ended_at__lt=now - _WISHES_KEPT).delete()
        ended = CallRequest.objects.filter(done_at__lt=now - _PROGRAMMES_KEPT)
        ended.exclude(programme=b"").update(programme=b"", topic=b"")
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM scheduling_outcome WHERE created_at < %s", [now - _OUTCOMES_KEPT])
        cursor.execute("DELETE FROM scheduling_availability WHERE day < %s", [(now - _MIRROR_KEPT).date()])
        cursor.execute("DELETE FROM scheduling_resource_day WHERE day < %s", [(now - _MIRROR_KEPT).date()])
