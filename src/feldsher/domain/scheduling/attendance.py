"""Which marks of attendance a visit may get at this moment: the rule, for pages and for the service alike."""

from datetime import datetime
from zoneinfo import ZoneInfo

from feldsher.domain.scheduling.types import State

STEPS = {
    State.BOOKED: (State.ARRIVED, State.NOSHOW),
    State.ARRIVED: (State.FULFILLED, State.NOSHOW),
}
MARKS = (State.ARRIVED, State.FULFILLED, State.NOSHOW)


def marks(state: State, start: datetime, *, zone: str, now: datetime) -> tuple[State, ...]:
    """Return the marks that a visit in `state` may get now: none before its day on the branch's calendar.

    Nobody is missing before the visit's time.
    """
    info = ZoneInfo(zone)
    if now.astimezone(info).date() < start.astimezone(info).date():
        return ()
    return tuple(mark for mark in STEPS.get(state, ()) if mark is not State.NOSHOW or start <= now)
