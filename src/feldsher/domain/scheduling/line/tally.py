"""How many calls of each kind a MIS got, how they ended and how long they took.

Counted in the memory of each process and added to the tables each few seconds by a thread of its own: a call
pays about ten microseconds. A process that is killed loses the last few seconds; a database that does not
answer loses nothing, its turn comes again. Labels are few and known: a MIS of the settings, an operation, an
ending.
"""

import atexit
import logging
import threading
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from operator import itemgetter

from django.db import DatabaseError, connection, transaction

from feldsher.domain.scheduling.line.endings import Ending
from feldsher.kernel import clock
from feldsher.kernel.histograms import BUCKETS, bucket_of

SECONDS = 5.0
KEPT = timedelta(days=2)
"""How long a minute is kept; totals are kept for good."""
_log = logging.getLogger(__name__)

_SUM = """calls = t.calls + excluded.calls, total_ms = t.total_ms + excluded.total_ms,
    buckets = ARRAY(SELECT a + b FROM unnest(t.buckets, excluded.buckets)
                    WITH ORDINALITY AS u(a, b, place) ORDER BY place)
"""
_ADD_MINUTE = f"""
    INSERT INTO scheduling_mis_call_minute AS t (mis, minute, operation, ending, calls, total_ms, buckets)
    VALUES (%s, %s, %s, %s, %s, %s, %s)
    ON CONFLICT (mis, minute, operation, ending) DO UPDATE SET {_SUM}
"""  # noqa: S608 - made of the texts of this module
_ADD_TOTAL = f"""
    INSERT INTO scheduling_mis_call_total AS t (mis, operation, ending, calls, total_ms, buckets)
    VALUES (%s, %s, %s, %s, %s, %s)
    ON CONFLICT (mis, operation, ending) DO UPDATE SET {_SUM}
"""  # noqa: S608 - as above
_FORGET = "DELETE FROM scheduling_mis_call_minute WHERE minute < %s"


@dataclass(frozen=True, slots=True, order=True)
class _Key:
    mis: str
    minute: datetime
    operation: str
    ending: str


@dataclass(slots=True)
class _Sum:
    calls: int = 0
    total_ms: int = 0
    buckets: list[int] = field(default_factory=lambda: [0] * BUCKETS)

    def add(self, milliseconds: float) -> None:
        self.calls += 1
        self.total_ms += round(milliseconds)
        self.buckets[bucket_of(milliseconds)] += 1

    def join(self, other: "_Sum") -> None:
        self.calls += other.calls
        self.total_ms += other.total_ms
        self.buckets = [ours + theirs for ours, theirs in zip(self.buckets, other.buckets, strict=True)]


class Tally:
    """The counts of one process, written each `seconds`; with None by `flush` alone. Thread-safe."""

    def __init__(self, seconds: float | None = SECONDS) -> None:
        self._sums: defaultdict[_Key, _Sum] = defaultdict(_Sum)
        self._lock = threading.Lock()
        self._seconds = seconds
        self._has_thread = False

    def add(self, mis: str, operation: str, ending: Ending, *, seconds: float) -> None:
        """Count one call."""
        minute = clock.now().astimezone(UTC).replace(second=0, microsecond=0)
        with self._lock:
            self._sums[_Key(mis, minute, operation, ending.value)].add(seconds * 1000)
            is_first = self._seconds is not None and not self._has_thread
            self._has_thread |= is_first
        if is_first:
            # Begun with the first call: before it the process may yet fork, and a thread stays behind.
            threading.Thread(target=self._keep_flushing, name="tally", daemon=True).start()
            atexit.register(self._flush_safely)

    def flush(self) -> None:
        """Add to the tables what was counted since the last time; what can't be written is kept."""
        with self._lock:
            taken, self._sums = self._sums, defaultdict(_Sum)
        if not taken:
            return
        try:
            _write(taken)
        except DatabaseError:
            with self._lock:
                for key, each in taken.items():
                    self._sums[key].join(each)
            raise

    def _keep_flushing(self) -> None:
        pause = threading.Event()
        while not pause.wait(self._seconds):
            self._flush_safely()

    def _flush_safely(self) -> None:
        """Flush on a connection that is given back at once: nobody waits for an idle thread's."""
        try:
            self.flush()
        except DatabaseError as error:
            _log.warning("counts of calls could not be written: %s", type(error).__name__)
        finally:
            connection.close()


def _write(sums: Mapping[_Key, _Sum]) -> None:
    """Write all or nothing; rows in order, so that no two processes wait for each other."""
    totals: defaultdict[tuple[str, str, str], _Sum] = defaultdict(_Sum)
    for key, each in sums.items():
        totals[key.mis, key.operation, key.ending].join(each)
    with transaction.atomic(), connection.cursor() as cursor:
        for key, each in sorted(sums.items(), key=itemgetter(0)):
            where = (key.mis, key.minute, key.operation, key.ending)
            cursor.execute(_ADD_MINUTE, [*where, each.calls, each.total_ms, each.buckets])
        for names, each in sorted(totals.items(), key=itemgetter(0)):
            cursor.execute(_ADD_TOTAL, [*names, each.calls, each.total_ms, each.buckets])


def forget() -> None:
    """Delete minutes that nobody asks about any more."""
    with connection.cursor() as cursor:
        cursor.execute(_FORGET, [clock.now() - KEPT])
