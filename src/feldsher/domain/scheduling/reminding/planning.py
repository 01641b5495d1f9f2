"""Plans the reminders of visits that have come near; whatever booked them, and whenever."""

from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection

from feldsher.domain.scheduling.calling import zone_of
from feldsher.domain.scheduling.models import Reminder
from feldsher.domain.scheduling.reminding.due import FRESH, due
from feldsher.domain.scheduling.types import ReminderKind, ReminderState
from feldsher.foundation.access.context import as_service
from feldsher.kernel import clock

WORK = "tending"
AHEAD = timedelta(hours=48)
"""Later than any reminder: the evening before the night before the day before."""
BATCH = 2000
_UNPLANNED = """
    SELECT a.id, a.location, a.starts_at, a.created_at FROM scheduling_appointment a
    WHERE a.active AND a.state = 'booked' AND a.patient IS NOT NULL AND a.starts_at BETWEEN %s AND %s
      AND NOT EXISTS (SELECT 1 FROM scheduling_reminder r WHERE r.appointment = a.id)
    ORDER BY a.starts_at, a.id LIMIT %s
"""


def plan() -> int:
    """Plan for every booked visit that begins within two days and has no plan yet; returns how many had none.

    Each gets a row a kind, one that is not due among them: what is not sent says why. Without a provider of
    SMS, and where the clinic's MIS reminds (`reminders` in FELDSHER_BOOKING), nothing is planned.
    """
    if settings.FELDSHER_SMS is None or not settings.FELDSHER_BOOKING.reminders:
        return 0
    now = clock.now()
    with as_service(WORK):
        with connection.cursor() as cursor:
            cursor.execute(_UNPLANNED, [now, now + AHEAD, BATCH])
            visits: list[tuple[UUID, UUID, datetime, datetime]] = cursor.fetchall()
        zones = {location: zone_of(location) for location in {visit[1] for visit in visits}}
        rows = [
            row
            for visit, location, starts_at, made_at in visits
            for row in _rows(visit, starts_at, made_at, zones[location], now)
        ]
        Reminder.objects.bulk_create(rows, ignore_conflicts=True)
    return len(visits)


def _rows(
    visit: UUID, starts_at: datetime, made_at: datetime, zone: ZoneInfo, now: datetime
) -> list[Reminder]:
    times = due(starts_at, zone)
    found = []
    for kind in ReminderKind:
        at = times.get(kind)
        row = Reminder(appointment=visit, kind=kind, starts_at=starts_at, due_at=at or starts_at)
        if at is None:
            row.state, row.reason, row.settled_at = ReminderState.DROPPED, "merged", now
        elif at - made_at < FRESH[kind]:
            row.state, row.reason, row.settled_at = ReminderState.DROPPED, "booked_late", now
        else:
            row.state = ReminderState.PLANNED
        found.append(row)
    return found
