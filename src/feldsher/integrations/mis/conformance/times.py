"""Free time as the check reads it: wall times laid on one line, without a zone.

It is a reading of its own, apart from scheduling's normaliser, so that one may show the other's mistakes.
"""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from feldsher.domain.scheduling.ports import (
    RemoteSlot,
    SlotSemantics,
    SlotShape,
    TimeItem,
    TimeKind,
)
from feldsher.kernel.clock import WallTime, wall
from feldsher.kernel.intervals import Interval, subtract, union

NOON = time(12)
FACE = ZoneInfo("UTC")
"""Wall times are laid on a clock face that never changes; an instant of it is nobody's."""


def stretch(begin: WallTime, end: WallTime) -> Interval | None:
    """Return a stretch of the wall, None for one that is empty or beyond the calendar."""
    try:
        return Interval(begin.at(FACE), end.at(FACE))
    except ValueError:
        return None


def stretches(items: Iterable[TimeItem], *kinds: TimeKind) -> list[Interval]:
    found = (stretch(item.begin, item.end) for item in items if item.kind in kinds)
    return [each for each in found if each is not None]


def asked(slot: RemoteSlot) -> Interval:
    """Return the stretch that a visit takes."""
    begin = slot.begin.at(FACE)
    return Interval(begin, begin + timedelta(minutes=slot.minutes))


def open_time(items: Iterable[TimeItem], semantics: SlotSemantics) -> tuple[Interval, ...]:
    """Return what may be sold: the free stretches, less what by its semantics still lies in them."""
    told = tuple(items)
    holes: list[Interval] = []
    if not semantics.bookings_removed:
        holes += stretches(told, TimeKind.BUSY)
    if not semantics.breaks_removed:
        holes += stretches(told, TimeKind.BREAK)
    return subtract(stretches(told, TimeKind.FREE), holes)


def starts(items: Iterable[TimeItem], semantics: SlotSemantics, minutes: int) -> Iterator[WallTime]:
    """Yield where a visit of this length may begin in an interval or a grid."""
    told = tuple(items)
    length = timedelta(minutes=minutes)
    pace = timedelta(minutes=-(-minutes // step(told)) * step(told))
    for each in open_time(told, semantics):
        begin = each.start
        while begin + length <= each.end:
            yield wall(begin, FACE)
            begin += pace


def step(items: Iterable[TimeItem]) -> int:
    """Return how many minutes lie between the times at which a visit may begin, 1 where any may be asked."""
    return max((item.step_minutes or 1 for item in items), default=1)


def tickets(items: Iterable[TimeItem], semantics: SlotSemantics) -> Iterator[TimeItem]:
    """Yield the tickets that may be sold."""
    told = tuple(items)
    left = open_time(told, semantics)
    for item in told:
        place = stretch(item.begin, item.end)
        if item.kind is TimeKind.FREE and place and any(each.contains(place) for each in left):
            yield item


def is_ticket(semantics: SlotSemantics) -> bool:
    return semantics.shape is SlotShape.TICKET


def touches(free: Iterable[Interval], place: Interval) -> bool:
    return any(each.overlaps(place) for each in free)


def whole(free: Iterable[Interval], place: Interval) -> bool:
    return any(each.contains(place) for each in union(free))


def of_day(day: date, begin: str, end: str) -> Interval | None:
    """Return the hours HH:MM of a day as a stretch of the wall; ValueError for what is no hour."""
    return stretch(WallTime.parse(f"{day}T{begin}"), WallTime.parse(f"{day}T{end}"))


def spelt(place: Interval) -> str:
    return f"{place.start:%Y-%m-%d %H:%M}\u2013{place.end:%H:%M}"


def offset(zone: ZoneInfo, day: date) -> int:
    """Return the minutes east of UTC of a zone at noon of a day."""
    found = datetime.combine(day, NOON, zone).utcoffset() or timedelta()
    return int(found.total_seconds() // 60)
