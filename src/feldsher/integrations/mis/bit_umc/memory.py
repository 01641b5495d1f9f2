"""How far a schedule may be believed: an answer is compared with what was believed before.

1С says nothing of completeness: a filter that doesn't fit, a broken exchange setting and a doctor's holiday
look the same, and so do a wall clock of another zone and a clinic that moved its hours. So an answer that
lost doctor-days, or whose every time moved by the same amount, is doubted; the same answer three times in a
row is the truth. Being late to believe costs minutes, while a loss that is believed takes time off the site.

Kept per process and per adapter; a process that has just started believes its first answer.
"""

import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from feldsher.domain.scheduling.ports import RemoteResource, TimeItem, Window
from feldsher.kernel import clock

REPEATS = 3
MOVED_DAYS = 3  # fewer days that moved together are a clinic's own change
Span = tuple[int, int]
Sight = dict[tuple[RemoteResource, date], Span]


@dataclass(slots=True)
class _Doubt:
    lost: frozenset[tuple[RemoteResource, date]] = frozenset()
    moved: int = 0
    times: int = 0


@dataclass(slots=True)
class Memory:
    """Thread-safe. Doubts are counted apart for each window and for each doctor that is asked alone."""

    _known: Sight = field(default_factory=dict)
    _doubts: dict[tuple[RemoteResource | None, Window], _Doubt] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def judge(
        self,
        items: Iterable[TimeItem],
        *,
        window: Window,
        resource: RemoteResource | None = None,
        damaged: frozenset[RemoteResource] = frozenset(),
    ) -> tuple[str, ...]:
        """Return why this answer isn't to be believed yet, nothing when it is.

        The first day of the window is never missed: 1С may leave out what has passed of it.
        """
        sight = _sight(items, window)
        with self._lock:
            expected = {
                key: span
                for key, span in self._known.items()
                if window.first < key[1] <= window.last
                and key[0] not in damaged
                and resource in {None, key[0]}
            }
            lost = frozenset(expected.keys() - sight.keys())
            moved = _moved(expected, sight)
            doubt = self._doubts.setdefault((resource, window), _Doubt())
            if lost or moved:
                repeated = doubt.times and lost <= doubt.lost and moved == doubt.moved
                doubt.times = doubt.times + 1 if repeated else 1
                doubt.lost, doubt.moved = lost, moved
                if doubt.times < REPEATS:
                    return _reasons(lost, moved)
            self._doubts.pop((resource, window))
            self._believe(sight, forget=lost)
            return ()

    def _believe(self, sight: Sight, *, forget: frozenset[tuple[RemoteResource, date]]) -> None:
        """Take in what is believed, and drop what no window asks for any more."""
        past = clock.now().date() - timedelta(days=2)
        kept = {key: span for key, span in self._known.items() if key not in forget and key[1] >= past}
        self._known = kept | sight
        self._doubts = {key: doubt for key, doubt in self._doubts.items() if key[1].last >= past}


def _sight(items: Iterable[TimeItem], window: Window) -> Sight:
    """Return the first and last second of each doctor's day: bookings don't change them, for time tiles."""
    sight: Sight = {}
    for item in items:
        day = item.begin.day
        if window.first <= day <= window.last:
            begin = item.begin.seconds
            end = item.end.seconds if item.end.day == day else begin
            first, last = sight.get((item.resource, day), (begin, end))
            sight[item.resource, day] = (min(first, begin), max(last, end))
    return sight


def _moved(expected: Mapping[tuple[RemoteResource, date], Span], sight: Sight) -> int:
    """Return the minutes by which every day that both know has moved, 0 if they didn't move together."""
    common = [(expected[key], sight[key]) for key in expected if key in sight]
    steps = {(now[0] - then[0], now[1] - then[1]) for then, now in common}
    if len(common) < MOVED_DAYS or len(steps) != 1:
        return 0
    begin, end = steps.pop()
    return begin // 60 if begin == end else 0


def _reasons(lost: frozenset[tuple[RemoteResource, date]], moved: int) -> tuple[str, ...]:
    reasons = []
    if lost:
        doctors = len({resource for resource, _ in lost})
        reasons.append(f"{len(lost)} working days of {doctors} doctors are missing against the last answer")
    if moved:
        reasons.append(f"every wall time moved by {moved:+} minutes against the last answer")
    return tuple(reasons)
