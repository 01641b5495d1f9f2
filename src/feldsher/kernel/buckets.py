"""Token buckets: how much somebody may still do, refilled at a steady pace. In memory, one set a process.

Nothing is written down and nobody is asked, so that a limit costs a hot path about a microsecond. Who is
forgotten (the longest idle of too many) begins with a full bucket, which is what idling would have given.
"""

import threading
from collections import OrderedDict
from math import ceil
from typing import NamedTuple


class Level(NamedTuple):
    """A bucket after a take: was it allowed, what is left, seconds to one more and until it is full."""

    is_allowed: bool
    left: int
    next_seconds: int
    full_seconds: int


class Buckets:
    """Buckets of `quota` for each name, refilled within `window` seconds. Thread-safe."""

    def __init__(self, quota: int, window: float, *, most: int = 50_000) -> None:
        if quota < 1 or window <= 0:
            raise ValueError("a quota is at least 1, in a window above 0 seconds")
        self.quota = quota
        self.window = window
        self._pace = quota / window
        self._most = most
        self._levels: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, name: str, *, at: float) -> Level:
        """Take one from a bucket at a monotonic instant in seconds; an empty one gives nothing."""
        quota, pace = self.quota, self._pace
        with self._lock:
            known = self._levels.pop(name, None)
            level = float(quota) if known is None else min(quota, known[0] + (at - known[1]) * pace)
            is_allowed = level >= 1
            if is_allowed:
                level -= 1
            self._levels[name] = (level, at)
            if len(self._levels) > self._most:
                self._levels.popitem(last=False)
        wait = 0 if level >= 1 else ceil((1 - level) / pace)
        return Level(is_allowed, int(level), wait, ceil((quota - level) / pace))
