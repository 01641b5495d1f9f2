"""`/sms/send` with one text to one phone, what SMS.RU tells of it later, and the account.

- The provider knows no key of ours: the same call made twice is two SMS. So only what surely never left, and
  what it asks itself to be repeated (220, 500), may be tried again; a lost answer is Unknown.
- A common `100` says nothing of the phone: its own code under `sms` decides.
- Key, phone and text go in the body; nothing of them is logged, and no exception's text is passed on.
"""

import hashlib
import hmac
import re
from collections.abc import Iterator, Sequence
from decimal import Decimal

from feldsher.foundation.messaging.ports import Asked, NotSent, Outcome, Refused, Report, Sent, Unknown
from feldsher.integrations.sms.line import UNREADABLE, Json, Line, cost, form, opened, roubles
from feldsher.integrations.sms.sms_ru.codes import OK, fate, refused

HOME = "https://sms.ru"
_ITEM = re.compile(r"data\[(\d{1,4})\]")
_STATUS = "sms_status"
_STATUS_LINES = 3


class SmsRu:
    name = "sms_ru"
    takes_key = False
    receipt = "100"

    def __init__(self, *, api_key: str, line: Line, sender: str) -> None:
        self._api_key = api_key
        self._sender = sender
        self._line = line

    def send(self, phone: str, text: str, *, key: str) -> Outcome:
        """Send `text` to `phone` (E.164); `key` is not known to SMS.RU and stays here."""
        del key
        number = phone.removeprefix("+")
        fields = {"to": number, "msg": text} | ({"from": self._sender} if self._sender else {})
        answer = self._call("/sms/send", fields)
        return sent(answer, number=number) if isinstance(answer, dict) else answer

    def ask(self, asked: Sequence[Asked]) -> tuple[Report, ...]:
        answer = self._call("/sms/status", {"sms_id": ",".join(each.id for each in asked)})
        return tuple(_told(answer)) if isinstance(answer, dict) else ()

    def balance(self) -> Decimal | Refused | NotSent | Unknown:
        answer = self._call("/my/balance", {})
        if not isinstance(answer, dict):
            return answer
        try:
            code = int(answer["status_code"])
        except UNREADABLE:
            return Unknown("unreadable")
        if code != OK:
            return refused(code)
        amount = roubles(answer.get("balance"))
        return Unknown("unreadable") if amount is None else amount

    def reports(self, body: bytes) -> tuple[Report, ...] | None:
        """Return the statuses among what a call tells; its signature covers every item."""
        fields = form(body)
        items = {int(found[1]): value for name, value in fields.items() if (found := _ITEM.fullmatch(name))}
        data = [items[number] for number in sorted(items)]
        signed = hashlib.sha256("".join([self._api_key, *data]).encode()).hexdigest()
        if not data or not hmac.compare_digest(signed.encode(), fields.get("hash", "").encode()):
            return None
        return tuple(_called(data))

    def _call(self, path: str, fields: dict[str, str]) -> Json | Refused | NotSent | Unknown:
        return self._line.call(path, {"api_id": self._api_key, "json": "1"} | fields)


def read(status: int, body: bytes, *, number: str) -> Outcome:
    """Return what an answer to `/sms/send` says of this number (digits without a plus)."""
    answer = opened(status, body)
    return sent(answer, number=number) if isinstance(answer, dict) else answer


def sent(answer: Json, *, number: str) -> Outcome:
    try:
        common = int(answer["status_code"])
        if common != OK:
            return refused(common)
        told = dict(answer["sms"][number])
        own = int(told["status_code"])
    except UNREADABLE:
        return Unknown("unreadable")
    if own != OK:
        return refused(own)
    return Sent(str(told.get("sms_id", "")), cost=cost(told.get("cost")))


def _told(answer: Json) -> Iterator[Report]:
    """Yield what an answer to `/sms/status` says of each SMS that it can be read of."""
    items = answer.get("sms")
    for name, told in items.items() if isinstance(items, dict) else ():
        try:
            code = int(told["status_code"])
            yield Report(str(name), fate(code), str(code), cost(told.get("cost")))
        except (*UNREADABLE, AttributeError):
            continue


def _called(data: Sequence[str]) -> Iterator[Report]:
    """Yield the statuses; what else is told of (calls that prove a phone) is not ours."""
    for item in data:
        kind, *lines = item.split("\n")
        if kind == _STATUS and len(lines) >= _STATUS_LINES - 1:
            name, code = lines[0].strip(), lines[1].strip()
            if re.fullmatch(r"-?\d{1,4}", code):
                yield Report(name, fate(int(code)), code)


def build(*, api_key: str, url: str, sender: str, timeout: float) -> SmsRu:
    """Make the provider; `url` is for a stand-in. ValueError for an address that would show the key."""
    return SmsRu(api_key=api_key, line=Line([url or HOME], seconds=timeout), sender=sender)
