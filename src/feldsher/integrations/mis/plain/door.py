"""Four calls over HTTP, and what each status of their answers proves.

- At the door (a wrong secret, a wrong address, too much at once): the request was never looked at, so it may
  be sent again. 302 and 303 are not among them: a system may answer them after it has written.
- 400, 409 and 422 with a `code`: refused, and nothing was written. Without a code it isn't this contract
  that speaks, and proves nothing.
- Anything else but a 200 or 201 that can be read: the answer is lost.
"""

import json
import re
from collections.abc import Callable
from urllib.parse import urlencode

from feldsher.foundation.egress.client import HttpClient, LostError, NotSentError, Reply
from feldsher.integrations.mis.plain.wire import BadAnswerError, Row, matching, read_object

_DONE = frozenset({200, 201})
_AT_THE_DOOR = frozenset({301, 307, 308, 401, 403, 404, 405, 411, 413, 414, 415, 429, 431})
_REFUSED = frozenset({400, 409, 422})
_WORDS = {
    401: "the secret is not taken (HTTP 401)",
    403: "the secret is not taken (HTTP 403)",
    404: "the address is wrong (HTTP 404)",
    413: "the request is too long for it (HTTP 413)",
    429: "too many requests at once (HTTP 429)",
}
CODE = re.compile(r"[a-z][a-z0-9_]{0,39}")


class RefusedError(Exception):
    """Definitely not done. `code` is the system's own and stable; `text` its words for staff, shortened."""

    def __init__(self, code: str, text: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.text = " ".join(text.split())[:200]


class Door:
    """Thread-safe. `seconds` is the budget of a call that names none."""

    def __init__(self, transport: HttpClient, *, secret: str, seconds: float) -> None:
        self._transport = transport
        self._headers = {"X-Api-Key": secret, "Accept": "application/json", "Cache-Control": "no-cache"}
        self._seconds = seconds

    def get(self, path: str, query: dict[str, str] | None = None, *, seconds: float | None = None) -> Row:
        """Return the answer; raises NotSentError, LostError or RefusedError, like the other calls."""
        return self._call("GET", f"{path}?{urlencode(query)}" if query else path, seconds=seconds)

    def book(self, reference: str, order: Row) -> Row:
        return self._call("PUT", _visit(reference), json.dumps(order, ensure_ascii=False).encode())

    def visit(self, reference: str) -> Row:
        return self.get(_visit(reference))

    def cancel(self, reference: str) -> Row:
        return self._call("DELETE", _visit(reference))

    def _call(self, method: str, path: str, body: bytes = b"", *, seconds: float | None = None) -> Row:
        headers = self._headers | ({"Content-Type": "application/json; charset=utf-8"} if body else {})
        budget = self._seconds if seconds is None else seconds
        return told(self._transport.send(method, body, headers=headers, seconds=budget, path=path))


def _visit(reference: str) -> str:
    return f"/visits/{reference}"


def told(reply: Reply, *, translated: Callable[[Row], Row] = dict) -> Row:
    """Return what an answer says, by what its status proves; raises NotSentError, LostError, RefusedError.

    `translated` brings it into the words of the contract.
    """
    if reply.status in _AT_THE_DOOR:
        raise NotSentError(_WORDS.get(reply.status, f"HTTP {reply.status}"))
    if reply.status not in _DONE | _REFUSED:
        raise LostError(f"HTTP {reply.status}")
    try:
        row = translated(read_object(reply.body))
        if reply.status in _DONE:
            return row
        code = matching(row, "code", CODE)
    except BadAnswerError as error:
        raise LostError(f"HTTP {reply.status}, {error}") from None
    words = row.get("text", "")
    raise RefusedError(code, words if isinstance(words, str) else "")
