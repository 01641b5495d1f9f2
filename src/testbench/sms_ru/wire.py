"""The API of SMS.RU as its clients see it: `/sms/send` with one phone, `/sms/status`, `/my/balance`.

A call that was understood is HTTP 200, whatever its code. The common code is that of the call; each phone has
its own.
"""

import re
from typing import Any

from testbench.sms_ru.faults import SEND
from testbench.sms_ru.outbox import Outbox

OK, WRONG_KEY, NO_RECIPIENT, NO_TEXT, TOO_LONG, NOT_FOUND = 100, 200, 202, 203, 205, -1
DELIVERED = 103
LONGEST = 8 * 67
"""Letters of Cyrillic in eight parts."""
TEXTS = {
    WRONG_KEY: "Неправильный api_id",
    201: "Не хватает средств на лицевом счету",
    NO_RECIPIENT: "Неправильно указан номер телефона получателя, либо на него нет маршрута",
    NO_TEXT: "Нет текста сообщения",
    204: "Имя отправителя не согласовано с администрацией",
    TOO_LONG: "Сообщение слишком длинное (превышает 8 СМС)",
    206: "Будет превышен или уже превышен дневной лимит на отправку сообщений",
    207: "На этот номер нет маршрута для доставки сообщений",
    209: "Вы добавили этот номер в стоп-лист",
    220: "Сервис временно недоступен, попробуйте чуть позже",
    500: "Ошибка на сервере. Повторите запрос",
}
_NUMBER = re.compile(r"7\d{10}")
Json = dict[str, Any]


def error(code: int) -> Json:
    return {"status": "ERROR", "status_code": code, "status_text": TEXTS.get(code, "Ошибка")}


def send(outbox: Outbox, fields: dict[str, str]) -> Json:
    """Take an SMS to one phone; with `test=1` nobody gets it."""
    number, text = fields.get("to", ""), fields.get("msg", "")
    refused = outbox.faults.draw("refuse", SEND)
    if refused is not None:
        code = refused.code
    elif not text:
        code = NO_TEXT
    elif len(text) > LONGEST:
        code = TOO_LONG
    else:
        code = OK if _NUMBER.fullmatch(number) else NO_RECIPIENT
    if code != OK:
        return {"status": "OK", "status_code": OK, "sms": {number: error(code)}, "balance": 1000.0}
    is_test = fields.get("test") == "1"
    name = "000000-00000" if is_test else outbox.take(to=number, text=text, sender=fields.get("from", "")).id
    told = {"status": "OK", "status_code": OK, "sms_id": name}
    return {"status": "OK", "status_code": OK, "sms": {number: told}, "balance": 1000.0}


def status(outbox: Outbox, fields: dict[str, str]) -> Json:
    known = {sms.id for sms in outbox.listing()}
    here = {"status": "OK", "status_code": DELIVERED, "cost": "0.50", "status_text": "Сообщение доставлено"}
    gone = {"status": "ERROR", "status_code": NOT_FOUND, "status_text": "Сообщение не найдено"}
    names = fields.get("sms_id", "").split(",")
    told = {name: here if name in known else gone for name in names}
    return {"status": "OK", "status_code": OK, "sms": told, "balance": 1000.0}


def balance(outbox: Outbox, fields: dict[str, str]) -> Json:
    del outbox, fields
    return {"status": "OK", "status_code": OK, "balance": 1000.0}


CALLS = {SEND: send, "/sms/status": status, "/my/balance": balance}
