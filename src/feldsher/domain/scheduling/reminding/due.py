"""When a patient is reminded of a visit: pure arithmetic on the clock of the visit's branch.

A day before and two hours before. What falls into the night is told at half past eight in the evening before
it. Where the two hours fall into the night before the visit's own day, that evening's reminder is the only
one: two of them within hours, or the first one a day and a half ahead, help nobody.
"""

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from feldsher.domain.scheduling.types import ReminderKind
from feldsher.foundation.messaging.quiet import is_night

BEFORE: Mapping[ReminderKind, timedelta] = {
    ReminderKind.DAY: timedelta(hours=24),
    ReminderKind.HOURS: timedelta(hours=2),
}
FRESH: Mapping[ReminderKind, timedelta] = {
    ReminderKind.DAY: timedelta(hours=6),
    ReminderKind.HOURS: timedelta(hours=2),
}
"""Who has booked as shortly before a reminder as this knows without it."""
EVENING = time(20, 30)


def due(starts_at: datetime, zone: ZoneInfo) -> dict[ReminderKind, datetime]:
    """Return the instant of each reminder of a visit, in UTC; one that is merged into the other is absent."""
    day = _awake(starts_at - BEFORE[ReminderKind.DAY], zone)
    hours = _awake(starts_at - BEFORE[ReminderKind.HOURS], zone)
    if hours.astimezone(zone).date() < starts_at.astimezone(zone).date():
        return {ReminderKind.HOURS: hours}
    return {ReminderKind.DAY: day, ReminderKind.HOURS: hours}


def _awake(instant: datetime, zone: ZoneInfo) -> datetime:
    """Return the instant, or the evening before the night that it falls into."""
    local = instant.astimezone(zone)
    if not is_night(local.time()):
        return instant
    day = local.date() - timedelta(days=local.time() < EVENING)
    return datetime.combine(day, EVENING, tzinfo=zone).astimezone(instant.tzinfo)
