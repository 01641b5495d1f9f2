"""What readers were shown, counted in the memory of each process and written every few seconds.

A page pays a few microseconds and no question to the database. A process that is killed loses what it has
counted since the last time, `gateways.SECONDS` at most. A database that does not answer loses nothing until
MOST things wait; a batch is tried again under its own id, so that one whose answer was lost is written once.
"""

import atexit
import logging
import threading
from collections.abc import Callable, Collection
from datetime import date
from uuid import UUID

from django.db import DatabaseError, connection

from feldsher.domain.figures import days, gateways
from feldsher.domain.figures.batches import Counts, Missed, Shown
from feldsher.domain.figures.models import NOBODY
from feldsher.domain.figures.types import Search, Source
from feldsher.domain.figures.writing import write
from feldsher.kernel import clock

MOST = 20_000
"""Different things that wait to be written: beyond them nothing is counted, and that is said in the log."""
_log = logging.getLogger(__name__)


class Readings:
    """The counts of one process, written by `flush`, with a pace by a thread too. Thread-safe."""

    def __init__(self, pace: Callable[[], float | None] = gateways.pace) -> None:
        self._counts = Counts()
        self._waiting: Counts | None = None
        self._lock = threading.Lock()
        self._writing = threading.Lock()
        self._pace = pace
        self._has_thread = False

    def show(self, pairs: Collection[tuple[UUID, UUID]], *, channel: str, source: Source) -> None:
        """Count one showing of free times of these (branch, doctor)s."""
        if not pairs:
            return
        things = {(NOBODY, NOBODY), *pairs, *((location, NOBODY) for location, _ in pairs)}
        with self._lock:
            if self._has_room():
                source = self._counts.known(source)
                self._counts.shown.update(Shown(*thing, channel, source) for thing in things)
        self._begin()

    def miss(self, search: Search, *, channel: str, source: Source) -> None:
        """Count one search in vain."""
        with self._lock:
            if self._has_room():
                source = self._counts.known(source)
                location = search.location or NOBODY
                key = Missed(search.wanted.value, search.subject[:100], location, channel, source)
                self._counts.missed[key] += 1
        self._begin()

    def hold(self, appointment: UUID, *, source: Source) -> None:
        """Remember where a hold came from."""
        with self._lock:
            if self._has_room():
                self._counts.origins[appointment] = self._counts.known(source)
        self._begin()

    def flush(self) -> None:
        """Write what was counted; raises DatabaseError, and then it waits for the next time."""
        with self._writing:
            if self._waiting is None:
                with self._lock:
                    if not self._counts.size:
                        return
                    self._waiting, self._counts = self._counts, Counts()
            if self._waiting.day == date.min:
                self._waiting.day = days.today()
            write(self._waiting)
            self._waiting = None

    def _has_room(self) -> bool:
        if self._counts.size < MOST:
            return True
        _log.warning("more than %s things wait to be counted: this one is not", MOST)
        return False

    def _begin(self) -> None:
        if self._has_thread or self._pace() is None:
            return
        with self._lock:
            is_first, self._has_thread = not self._has_thread, True
        if is_first:
            threading.Thread(target=self._keep, name="figures", daemon=True).start()
            atexit.register(self._flush_safely)

    def _keep(self) -> None:
        pause = threading.Event()
        while not pause.wait(self._pace()):
            self._flush_safely()

    def _flush_safely(self) -> None:
        """Flush on a connection that is given back at once: nobody waits for an idle thread's."""
        try:
            self.flush()
        except DatabaseError as error:
            _log.warning(
                "figures could not be written: %s at %s", type(error).__name__, clock.now().isoformat()
            )
        finally:
            connection.close()


READINGS = Readings()
"""Those of this process."""
