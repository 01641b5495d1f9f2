"""What a refusal means: by its code, by its words, else by the words of the hub's own table for that code.

A refusal that nobody can place is one: nothing was written (contract §4.1). Words that speak of an answer
that did not come prove nothing: the hub passes the call on to the clinic's МИС, which may have written.
"""

import threading
import time

from feldsher.foundation.egress.client import LostError, NotSentError
from feldsher.integrations.mis.n3.door import Door
from feldsher.integrations.mis.n3.profile import Meaning
from feldsher.integrations.mis.n3.wire import RefusedError, errors

KNOWN_FOR = 3600.0
"""Seconds for which the table of errors is believed; after a failure it is asked for a minute later."""
_AGAIN = 60.0


class Meanings:
    """Thread-safe."""

    def __init__(self, door: Door) -> None:
        self._door = door
        self._lock = threading.Lock()
        self._table: dict[str, str] = {}
        self._until = 0.0

    def of(self, refusal: RefusedError) -> Meaning:
        told = [error.text for error in refusal.errors]
        if self._by_words(told, (Meaning.UNKNOWN,)):
            return Meaning.UNKNOWN
        known = self._door.profile.errors
        by_code = next((known[error.code] for error in refusal.errors if error.code in known), None)
        found = by_code or self._by_words(told)
        if found is None:
            table = self._errors()
            found = self._by_words([table.get(error.code, "") for error in refusal.errors])
        return found or Meaning.REFUSED

    def _by_words(self, texts: list[str], wanted: tuple[Meaning, ...] = ()) -> Meaning | None:
        words = self._door.profile.words
        for meaning in wanted or words:
            if any(word in text.casefold() for text in texts for word in words.get(meaning, ())):
                return meaning
        return None

    def _errors(self) -> dict[str, str]:
        """Return the hub's table of errors as far as it is known: a refusal does not wait for it twice."""
        with self._lock:
            if time.monotonic() < self._until:
                return self._table
            self._until = time.monotonic() + _AGAIN
        try:
            found = {error.code: error.text for error in errors(self._door.call("GetErrorList", ()))}
        except (LostError, NotSentError, RefusedError):
            return self._table
        with self._lock:
            self._table, self._until = found, time.monotonic() + KNOWN_FOR
        return found
