"""An address that takes a note by POST: another host of the clinic, or a witness elsewhere.

What is sent is the note as plain text and nothing else; any 2xx means that it was kept. Nothing is read back
from here: who could forge the answer is whom the note is kept from.
"""

from feldsher.foundation.audit.errors import SinkError
from feldsher.foundation.egress.client import HttpClient, LostError, NotSentError

TIMEOUT = 10.0
LIMIT = 64 * 1024
"""Bytes of an answer: none of it is read but the status."""
_HEADERS = {"Content-Type": "text/plain; charset=utf-8"}
_KEPT = range(200, 300)


class WebSink:
    """Thread-safe; a call takes at most ten seconds."""

    def __init__(self, url: str) -> None:
        self._client = HttpClient(url, connections=1, limit=LIMIT)

    def send(self, note: str) -> None:
        try:
            reply = self._client.post(note.encode(), headers=_HEADERS, seconds=TIMEOUT)
        except (NotSentError, LostError) as error:
            raise SinkError(f"the second place: {error}") from error
        if reply.status not in _KEPT:
            raise SinkError(f"the second place: http_{reply.status}")

    def kept(self) -> None:
        return None
