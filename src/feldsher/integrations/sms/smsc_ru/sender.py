"""`send.php` with one text to one phone, what SMSC.RU tells of it later, and the account.

- It takes our own `id`. So an SMS whose answer was lost is not sent again: `status.php` is asked whether it
  is there.
- An answer with `error_code` was not sent; only what names an `id` was.
- The secret of the account, phone and text go in the body; nothing of them is logged.
- A call of SMSC.RU's is signed over id, phone and status; what else stands in it is not believed.
"""

import hashlib
import hmac
import re
from collections.abc import Iterator, Sequence
from decimal import Decimal

from feldsher.foundation.messaging.ports import Asked, NotSent, Outcome, Refused, Report, Sent, Unknown
from feldsher.integrations.sms.line import UNREADABLE, Json, Line, cost, form, roubles
from feldsher.integrations.sms.smsc_ru.codes import fate, refused

HOME, RESERVE = "https://smsc.ru", "https://www2.smsc.ru"
_CODE = re.compile(r"-?\d{1,4}")


class SmscRu:
    """`login` is the account's own fields: `apikey`, or `login` and `psw`."""

    name = "smsc_ru"
    takes_key = True
    receipt = "OK"

    def __init__(self, *, login: dict[str, str], line: Line, sender: str, secret: str) -> None:
        self._login = login
        self._line = line
        self._sender = sender
        self._secret = secret

    def send(self, phone: str, text: str, *, key: str) -> Outcome:
        """Send `text` to `phone` (E.164) under our key, and have its price told."""
        fields = {"phones": phone.removeprefix("+"), "mes": text, "id": key, "charset": "utf-8", "cost": "2"}
        answer = self._call("send", fields | ({"sender": self._sender} if self._sender else {}))
        if not isinstance(answer, dict):
            return answer
        problem = _problem(answer)
        if problem is not None:
            return problem
        return Sent(key, cost=cost(answer.get("cost"))) if "id" in answer else Unknown("unreadable")

    def ask(self, asked: Sequence[Asked]) -> tuple[Report, ...]:
        """Ask about one after another, until one is not answered: the next would not be either."""
        return tuple(self._told(asked))

    def balance(self) -> Decimal | Refused | NotSent | Unknown:
        answer = self._call("balance", {})
        if not isinstance(answer, dict):
            return answer
        problem = _problem(answer)
        if problem is not None:
            return problem
        amount = roubles(answer.get("balance"))
        return Unknown("unreadable") if amount is None else amount

    def reports(self, body: bytes) -> tuple[Report, ...] | None:
        """Return the one status that a call tells; without a secret in the settings nobody is believed."""
        fields = form(body)
        name, phone, code = (fields.get(each, "") for each in ("id", "phone", "status"))
        signed = f"{name}:{phone}:{code}:{self._secret}".encode()
        given = {each: fields[each].lower() for each in ("sha1", "md5") if fields.get(each)}
        if not self._secret or not given or not _CODE.fullmatch(code):
            return None
        kind, hashed = next(iter(given.items()))
        # The kinds of hash are the provider's; the better one decides where both are given.
        mine = hashlib.new(kind, signed, usedforsecurity=False).hexdigest()
        if not hmac.compare_digest(mine.encode(), hashed.encode()):
            return None
        return (Report(name, fate(int(code)), code),)

    def _told(self, asked: Sequence[Asked]) -> Iterator[Report]:
        for each in asked:
            fields = {"phone": each.phone.removeprefix("+"), "id": each.id, "all": "1"}
            answer = self._call("status", fields)
            if not isinstance(answer, dict) or _problem(answer) is not None:
                return
            try:
                code = int(answer["status"])
            except UNREADABLE:
                return
            yield Report(each.id, fate(code), str(code), cost(answer.get("cost")))

    def _call(self, what: str, fields: dict[str, str]) -> Json | Refused | NotSent | Unknown:
        return self._line.call(f"/sys/{what}.php", self._login | {"fmt": "3"} | fields)


def _problem(answer: Json) -> Refused | NotSent | Unknown | None:
    """Return the error that an answer tells, None where it tells none."""
    if "error_code" not in answer and "error" not in answer:
        return None
    try:
        return refused(int(answer["error_code"]))
    except UNREADABLE:
        return Unknown("unreadable")


def build(*, login: dict[str, str], hosts: Sequence[str], sender: str, secret: str, timeout: float) -> SmscRu:
    """Make the provider, called by the first of the hosts that can be reached.

    ValueError for an address that would show the password.
    """
    return SmscRu(login=login, line=Line(hosts, seconds=timeout), sender=sender, secret=secret)
