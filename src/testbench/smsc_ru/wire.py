"""The API of SMSC.RU as its clients see it, in JSON (`fmt=3`): `send.php`, `status.php`, `balance.php`.

Every answer is HTTP 200. One that refuses has `error` and `error_code`, and says nothing else. An SMS goes by
the id that its sender gave it, a number of ours where it gave none. The same text to the same phone twice
within a minute is refused by 9.
"""

import hashlib
import re
import time
from collections.abc import Mapping
from datetime import UTC, datetime

from testbench.outbox import Outbox, Sms
from testbench.sms import Act, Json
from testbench.smsc_ru.faults import BALANCE, SEND, STATUS

PARAMETERS, WRONG_LOGIN, NO_MONEY, WRONG_NUMBER, IMPOSSIBLE, TOO_OFTEN = 1, 2, 3, 7, 8, 9
NOT_FOUND, DELIVERED = -3, 1
A_MINUTE = 60
PRICE = 4.2
TEXTS = {
    PARAMETERS: "parameters error",
    WRONG_LOGIN: "authorise error",
    NO_MONEY: "no money",
    4: "IP address is blocked",
    5: "invalid date",
    6: "message is denied",
    WRONG_NUMBER: "invalid number",
    IMPOSSIBLE: "message can't be delivered",
    TOO_OFTEN: "duplicate request, wait a minute",
}
STATUSES = {NOT_FOUND, -1, 0, 1, 2, 3, 4, 20, 22, 23, 24, 25}
_NUMBER = re.compile(r"7\d{10}")
_NAME = re.compile(r"[A-Za-z0-9._-]{0,40}")


def error(code: int) -> Json:
    return {"error": TEXTS.get(code, "unknown error"), "error_code": code}


def send(outbox: Outbox, fields: dict[str, str]) -> Json:
    """Take an SMS to one phone."""
    code = _refused(outbox, fields)
    if code:
        return error(code)
    sms = outbox.take(
        to=fields["phones"], text=fields["mes"], sender=fields.get("sender", ""), name=fields.get("id", "")
    )
    told: Json = {"id": int(sms.id) if sms.id.isdigit() else sms.id, "cnt": 1}
    if fields.get("cost") in {"2", "3"}:
        told["cost"] = f"{PRICE:.2f}"
    if fields.get("cost") == "3":
        told["balance"] = f"{outbox.roubles:.2f}"
    return told


def _refused(outbox: Outbox, fields: dict[str, str]) -> int:
    """Return the error by which an SMS is refused, 0 where it is taken."""
    number, text, name = (fields.get(each, "") for each in ("phones", "mes", "id"))
    refused = outbox.faults.draw("refuse", SEND)
    is_readable = bool(text) and bool(_NAME.fullmatch(name)) and fields.get("charset") == "utf-8"
    reasons = (
        (refused is not None, refused.code if refused else 0),
        (not is_readable, PARAMETERS),
        (not _NUMBER.fullmatch(number), WRONG_NUMBER),
        (number in outbox.stopped, IMPOSSIBLE),
        (outbox.roubles < PRICE, NO_MONEY),
        (any(_is_twin(sms, number, text) for sms in outbox.listing()), TOO_OFTEN),
    )
    return next((code for is_met, code in reasons if is_met), 0)


def _is_twin(sms: Sms, number: str, text: str) -> bool:
    age = datetime.now(tz=UTC) - datetime.fromisoformat(sms.at)
    return (sms.to, sms.text) == (number, text) and age.total_seconds() < A_MINUTE


def status(outbox: Outbox, fields: dict[str, str]) -> Json:
    """Tell of the SMS of this id to this phone."""
    refused = outbox.faults.draw("refuse", STATUS)
    if refused is not None:
        return error(refused.code)
    sms = outbox.found(fields.get("id", ""))
    if sms is None or sms.to != fields.get("phone"):
        return {"status": NOT_FOUND, "last_date": "", "last_timestamp": 0}
    now = int(time.time())
    told: Json = {"status": sms.status, "last_date": f"{datetime.fromtimestamp(now, UTC):%d.%m.%Y %H:%M:%S}"}
    told |= {"last_timestamp": now, "err": 0}
    return told | ({"cost": f"{PRICE:.2f}", "phone": sms.to} if fields.get("all") == "1" else {})


def balance(outbox: Outbox, fields: dict[str, str]) -> Json:
    del fields
    refused = outbox.faults.draw("refuse", BALANCE)
    return error(refused.code) if refused is not None else {"balance": f"{outbox.roubles:.2f}"}


def callback(sms: Sms, *, secret: str) -> dict[str, str]:
    """Return the form that tells of an SMS, signed over its id, phone and status."""
    now = int(time.time())
    signed = f"{sms.id}:{sms.to}:{sms.status}:{secret}".encode()
    return {
        "id": sms.id,
        "phone": sms.to,
        "status": str(sms.status),
        "time": f"{datetime.fromtimestamp(now, UTC):%d.%m.%Y %H:%M:%S}",
        "ts": str(now),
        "err": "0",
        "cnt": "1",
        "cost": f"{PRICE:.2f}",
        "md5": hashlib.md5(signed, usedforsecurity=False).hexdigest(),
        "sha1": hashlib.sha1(signed, usedforsecurity=False).hexdigest(),
    }


CALLS: Mapping[str, Act] = {SEND: send, STATUS: status, BALANCE: balance}
