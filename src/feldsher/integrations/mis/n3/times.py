"""Times of the hub: `yyyy-MM-ddTHH:mm:ss` on the wall of the LPU; one with a zone is refused."""

import re
from datetime import date, timedelta

from feldsher.domain.scheduling.ports import Window
from feldsher.kernel.clock import WallTime

_MOMENT = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.0{1,7})?", re.ASCII)
_DAY = re.compile(r"(\d{4}-\d\d-\d\d)(?:T00:00:00(?:\.0{1,7})?)?", re.ASCII)


def moment(text: str) -> WallTime:
    """Return a wall time; raises ValueError for anything else, a zone included."""
    found = _MOMENT.fullmatch(text)
    if found is None:
        raise ValueError("not a time of the hub")
    return WallTime.parse(found[1])


def day(text: str) -> date | None:
    """Return a day, None for what is none."""
    found = _DAY.fullmatch(text)
    try:
        return None if found is None else date.fromisoformat(found[1])
    except ValueError:
        return None


def bounds(window: Window, *, bare: bool) -> tuple[str, str]:
    """Return visitStart and visitEnd. A bare end may mean its midnight, so that it is the day after."""
    if bare:
        return window.first.isoformat(), (window.last + timedelta(days=1)).isoformat()
    return f"{window.first}T00:00:00", f"{window.last}T23:59:59"
