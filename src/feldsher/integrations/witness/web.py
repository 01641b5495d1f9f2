"""An address that takes a note by POST: another host of the clinic, or a witness elsewhere.

What is sent is the note as plain text and nothing else; any 2xx means that it was kept. Nothing is read back
from here: who could forge the answer is whom the note is kept from.
"""

import httpx

from feldsher.foundation.audit.errors import SinkError

TIMEOUT = 10.0


class WebSink:
    """Thread-safe; a call takes at most ten seconds a step."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._client = httpx.Client(
            timeout=TIMEOUT,
            headers={"Content-Type": "text/plain; charset=utf-8", "User-Agent": "feldsher"},
            limits=httpx.Limits(max_keepalive_connections=0),
            trust_env=False,
            follow_redirects=False,
        )

    def send(self, note: str) -> None:
        try:
            with self._client.stream("POST", self._url, content=note.encode()) as answer:
                status = answer.status_code
        except httpx.HTTPError as error:
            raise SinkError(f"the second place: {type(error).__name__}") from error
        if not httpx.codes.is_success(status):
            raise SinkError(f"the second place: http_{status}")

    def kept(self) -> str:
        raise SinkError("this second place is not read from here: verify --checkpoints FILE")
