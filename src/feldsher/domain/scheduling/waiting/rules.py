"""When a time may be offered to who waits for it, and how long it is theirs: pure arithmetic."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from feldsher.domain.scheduling.types import Window
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


def span(window: Window | None, *, visit_at: datetime | None, now: datetime) -> tuple[datetime, datetime]:
    """Return the first and the last start that may suit, in UTC: from the cut-off on, before the visit.

    The bounds hold the window in whatever zone; without a visit and a window there is nothing.
    """
    first, last = now + CUT_OFF, visit_at - GAIN if visit_at else now
    if window is not None:
        opens = datetime.combine(window.first_day, time(), tzinfo=UTC) - _EAST
        closes = datetime.combine(window.last_day, time(), tzinfo=UTC) + timedelta(days=1) + _WEST
        first, last = max(first, opens), min(last, closes) if visit_at else closes
    return first, last
