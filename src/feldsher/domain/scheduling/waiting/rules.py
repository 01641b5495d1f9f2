"""When a time may be offered to who waits for it, and how long it is theirs: pure arithmetic."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from feldsher.foundation.messaging.quiet import is_night

NEAR = timedelta(hours=24)
LASTS_NEAR, LASTS = timedelta(minutes=20), timedelta(hours=2)
CUT_OFF = timedelta(hours=2)
"""A time that begins sooner is offered to nobody: they could not come."""
GAIN = timedelta(hours=1)
"""By how much a time must be earlier than the visit in its place."""
_EAST, _WEST = timedelta(hours=14), timedelta(hours=12)
"""How far local days reach beyond the UTC day of the same date."""
GRACE = timedelta(minutes=2)
"""How much longer the hold lasts than its offer: within it an unanswered time passes on to the next."""


def lasts(starts_at: datetime, *, now: datetime) -> timedelta:
    """Return how long the offer of a time is open: 20 minutes within a day of it, else two hours."""
    return LASTS_NEAR if starts_at - now <= NEAR else LASTS


def may_be_told(now: datetime, zone: ZoneInfo) -> bool:
    """Whether somebody may be told of a time now: nothing is offered in the branch's night."""
    return not is_night(now.astimezone(zone).time())


@dataclass(frozen=True, slots=True)
class Window:
    """Which starts suit: days, both included, and hours from `opens` to before `closes`, on a wall clock."""

    first_day: date
    last_day: date
    opens: time
    closes: time

    def suits(self, starts_at: datetime, zone: ZoneInfo) -> bool:
        local = starts_at.astimezone(zone)
        return self.first_day <= local.date() <= self.last_day and self.opens <= local.time() < self.closes

    def span(self, *, now: datetime) -> tuple[datetime, datetime]:
        """Return bounds in UTC that hold the window in whatever zone, from the cut-off on."""
        first = datetime.combine(self.first_day, time(), tzinfo=UTC) - _EAST
        last = datetime.combine(self.last_day, time(), tzinfo=UTC) + timedelta(days=1) + _WEST
        return max(first, now + CUT_OFF), last


def span_before(visit_at: datetime, *, now: datetime) -> tuple[datetime, datetime]:
    """Return the first and the last start that are of use to whose visit begins at `visit_at`."""
    return now + CUT_OFF, visit_at - GAIN
