"""What the adapters of SMS providers share: a form sent to one of the hosts, and JSON that answers it."""

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import parse_qsl, urlencode

from feldsher.foundation.egress.addresses import is_sealed
from feldsher.foundation.egress.client import HttpClient, LostError, NotSentError
from feldsher.foundation.messaging.ports import AT_ONCE, Meaning, NotSent, Refused, Unknown

LIMIT = 64 * 1024
"""Bytes of an answer; a hundred SMS have about ten thousand."""
Json = dict[str, Any]
UNREADABLE = (ValueError, KeyError, TypeError, OverflowError, RecursionError)
"""What reading an answer that is not as promised may raise."""
_FORM = {"Content-Type": "application/x-www-form-urlencoded"}
_HTTP_OK, _TOO_MANY = 200, 429
_SERVER_ERROR = 500
_MOST_FIELDS = 250
_BESIDE = 4
"""Connections for what does not leave among many: a code waits for nobody."""
_MOST_ROUBLES = 10**9


class Line:
    """Calls a provider by the first of its hosts that can be reached; thread-safe.

    `seconds` are for one host. A call that may have left is not repeated by another host. ValueError for an
    address that would show the key.
    """

    def __init__(self, hosts: Sequence[str], *, seconds: float) -> None:
        if not all(map(is_sealed, hosts)):
            raise ValueError("url must begin with https://: the key travels with each call")
        self._clients = [
            HttpClient(host.rstrip("/"), connections=AT_ONCE + _BESIDE, limit=LIMIT) for host in hosts
        ]
        self._seconds = seconds

    def call(self, path: str, fields: Mapping[str, str]) -> Json | Refused | NotSent | Unknown:
        """Return the answer as it is, or why there is none."""
        body = urlencode(fields).encode()
        missed = ""
        for client in self._clients:
            try:
                reply = client.post(body, headers=_FORM, seconds=self._seconds, path=path)
            except NotSentError as error:
                missed = str(error)
            except LostError as error:
                return Unknown(str(error))
            else:
                return opened(reply.status, reply.body)
        return NotSent(missed)


def opened(status: int, body: bytes) -> Json | Refused | NotSent | Unknown:
    """Return the object that an answer holds. An error of the server says nothing of what it has done."""
    if status >= _SERVER_ERROR:
        return Unknown(f"http_{status}")
    if status == _TOO_MANY:
        return NotSent(f"http_{status}")
    if status != _HTTP_OK:
        return Refused(f"http_{status}", Meaning.ACCOUNT)
    try:
        return dict(json.loads(body))
    except UNREADABLE:
        return Unknown("unreadable")


def roubles(value: Any) -> Decimal | None:
    """Return an amount where the answer names one; it needn't."""
    try:
        amount = Decimal(str(value))
    except InvalidOperation:
        return None
    return amount if amount.is_finite() and abs(amount) < _MOST_ROUBLES else None


def cost(value: Any) -> Decimal | None:
    """Return the price of one SMS in roubles where the answer names it."""
    amount = roubles(value)
    return amount if amount is not None and 0 <= amount < 10_000 else None  # noqa: PLR2004 - no SMS costs that


def form(body: bytes) -> dict[str, str]:
    """Return the fields of a provider's call; none where it is no form."""
    try:
        return dict(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=_MOST_FIELDS))
    except ValueError:
        return {}
