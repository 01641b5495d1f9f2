"""When a time may be offered to who waits for it, and how long it is theirs: pure arithmetic."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from feldsher.foundation.messaging.quiet import is_night

NEAR = timedelta(hours=24)
LASTS_NEAR, LASTS = timedelta(minutes=20), timedelta(hours=2)
CUT_OFF = timedelta(hours=2)
"""A time that begins sooner is offered to nobody: they could not come."""
GAIN = timedelta(hours=1)
"""By how much a time must be earlier than the visit in its place."""
GRACE = timedelta(minutes=2)
"""How much longer the hold lasts than its offer: within it an unanswered time passes on to the next."""


def lasts(starts_at: datetime, *, now: datetime) -> timedelta:
    """Return how long the offer of a time is open: 20 minutes within a day of it, else two hours."""
    return LASTS_NEAR if starts_at - now <= NEAR else LASTS


def may_be_told(now: datetime, zone: ZoneInfo) -> bool:
    """Whether somebody may be told of a time now: nothing is offered in the branch's night."""
    return not is_night(now.astimezone(zone).time())


def is_wanted(starts_at: datetime, *, instead_of: datetime, now: datetime) -> bool:
    """Whether a time is worth an offer to whose visit begins at `instead_of`."""
    first, last = span(instead_of, now=now)
    return first <= starts_at <= last


def span(instead_of: datetime, *, now: datetime) -> tuple[datetime, datetime]:
    """Return the first and the last start that are of use to whose visit begins at `instead_of`."""
    return now + CUT_OFF, instead_of - GAIN
