"""How long a reminder waits on devices' screens before an SMS says the same: pure arithmetic."""

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from feldsher.domain.scheduling.types import ReminderKind

PATIENCE: Mapping[ReminderKind, timedelta] = {
    ReminderKind.DAY: timedelta(minutes=30),
    ReminderKind.HOURS: timedelta(minutes=5),
}
"""So long a device has for saying that it has shown it."""
LAST_CALL = time(20, 55)
"""What was shown in the evening is told by SMS before the night, and not within it."""


def sms_due(kind: ReminderKind, *, shown_at: datetime, zone: ZoneInfo) -> datetime:
    """Return when an SMS follows what is on screens from `shown_at` on, in UTC."""
    at = shown_at + PATIENCE[kind]
    evening = datetime.combine(shown_at.astimezone(zone).date(), LAST_CALL, tzinfo=zone)
    return evening.astimezone(shown_at.tzinfo) if shown_at < evening < at else at
