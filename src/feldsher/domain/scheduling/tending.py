"""What must happen without anybody asking: overdue holds end, unfinished talks go on, old rows go.

Everything here looks at states in the database, not at memory: a crash of any process loses nothing.
"""

from datetime import timedelta
from uuid import UUID

from django.db import connection, transaction

from feldsher.domain.scheduling import queue
from feldsher.kernel import clock

BATCH = 500
_OUTCOMES_KEPT = timedelta(hours=24)
_MIRROR_KEPT = timedelta(days=2)

_EXPIRE = """
    UPDATE scheduling_appointment SET state = 'expired', reason = 'hold_expired'
    WHERE id IN (
        SELECT id FROM scheduling_appointment
        WHERE active AND hold_until IS NOT NULL AND state = 'held' AND hold_until <= clock_now()
        ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED)
"""
_UNFINISHED = """
    SELECT e.appointment, e.mis, a.practitioner
    FROM scheduling_appointment a JOIN scheduling_exchange e ON e.appointment = a.id
    WHERE (a.active AND a.state IN ('booking', 'unknown', 'cancelling') OR e.stage = 'release')
      AND NOT EXISTS (
          SELECT 1 FROM procrastinate_jobs j
          WHERE j.task_name = %s AND j.status IN ('todo', 'doing') AND j.args ->> 'appointment' = a.id::text)
    ORDER BY a.created_at LIMIT %s
"""


def expire_holds() -> int:
    """End holds whose time ran out; returns how many. Locked rows are left to the next run."""
    with connection.cursor() as cursor:
        cursor.execute(_EXPIRE, [BATCH])
        return int(cursor.rowcount)


def resume_exchanges() -> int:
    """Enqueue the talks that are not finished and that no job continues; returns how many."""
    with connection.cursor() as cursor:
        cursor.execute(_UNFINISHED, [queue.EXCHANGE, BATCH])
        rows: list[tuple[UUID, str, UUID]] = cursor.fetchall()
    for appointment, mis, practitioner in rows:
        queue.exchange_with_mis(appointment, mis=mis, practitioner=practitioner)
    return len(rows)


def forget() -> None:
    """Delete outcomes of keys older than a day, and mirrors and lock rows of days long past."""
    now = clock.now()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM scheduling_outcome WHERE created_at < %s", [now - _OUTCOMES_KEPT])
        cursor.execute("DELETE FROM scheduling_availability WHERE day < %s", [(now - _MIRROR_KEPT).date()])
        cursor.execute("DELETE FROM scheduling_resource_day WHERE day < %s", [(now - _MIRROR_KEPT).date()])
