"""`POST /sms/send`: one text to one phone, and an honest word of what became of it.

- The provider knows no key of ours: the same call made twice is two SMS. So only what surely never left, and
  what it asks itself to be repeated (220, 500), may be tried again; a lost answer is Unknown.
- A common `100` says nothing of the phone: its own code under `sms` decides.
- Key, phone and text go in the body; nothing of them is logged, and no exception's text is passed on.
"""

import json
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import urlencode

from feldsher.foundation.egress.addresses import is_sealed
from feldsher.foundation.egress.client import HttpClient, LostError, NotSentError
from feldsher.foundation.messaging.ports import NotSent, Outcome, Refused, Sent, Unknown

HOME = "https://sms.ru"
LIMIT = 64 * 1024
"""Bytes of an answer to one phone; a real one has about two hundred."""
OK = 100
AGAIN = frozenset({220, 500})
"""«Сервис временно недоступен», «ошибка на сервере, повторите запрос»."""
_FORM = {"Content-Type": "application/x-www-form-urlencoded"}
_HTTP_OK = 200
_SERVER_ERROR = 500


class SmsRu:
    """Thread-safe; `timeout` is in seconds and for the whole call."""

    def __init__(self, *, api_key: str, url: str, sender: str, timeout: float) -> None:
        self._api_key = api_key
        self._sender = sender
        self._timeout = timeout
        self._client = HttpClient(url, connections=4, limit=LIMIT)

    def send(self, phone: str, text: str, *, key: str) -> Outcome:
        """Send `text` to `phone` (E.164); `key` is not known to SMS.RU and stays here."""
        del key
        number = phone.removeprefix("+")
        fields = {"api_id": self._api_key, "to": number, "msg": text, "json": "1"}
        if self._sender:
            fields["from"] = self._sender
        try:
            reply = self._client.post(
                urlencode(fields).encode(), headers=_FORM, seconds=self._timeout, path="/sms/send"
            )
        except NotSentError as error:
            return NotSent(str(error))
        except LostError as error:
            return Unknown(str(error))
        return read(reply.status, reply.body, number=number)


def read(status: int, body: bytes, *, number: str) -> Outcome:
    """Return what an answer says of this number (digits without a plus)."""
    if status >= _SERVER_ERROR:
        return Unknown(f"http_{status}")
    if status != _HTTP_OK:
        return Refused(f"http_{status}")
    try:
        answer = dict(json.loads(body))
        common = int(answer["status_code"])
        if common != OK:
            return _refused(common)
        told = dict(answer["sms"][number])
        own = int(told["status_code"])
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError):
        return Unknown("unreadable")
    if own != OK:
        return _refused(own)
    return Sent(str(told.get("sms_id", "")), cost=_cost(told.get("cost")))


def _refused(code: int) -> Outcome:
    return NotSent(str(code)) if code in AGAIN else Refused(str(code))


def _cost(value: Any) -> Decimal | None:
    """Return roubles where the answer names them; it needn't."""
    try:
        cost = Decimal(str(value))
    except InvalidOperation:
        return None
    return cost if cost.is_finite() and 0 <= cost < 10_000 else None  # noqa: PLR2004 - no SMS costs that


def build(*, api_key: str, url: str, sender: str, timeout: float) -> SmsRu:
    """Make the sender; `url` is for a stand-in. ValueError for an address that would show the key."""
    address = (url or HOME).rstrip("/")
    if not is_sealed(address):
        raise ValueError("url must begin with https://: the key travels with each call")
    return SmsRu(api_key=api_key, url=address, sender=sender, timeout=timeout)
