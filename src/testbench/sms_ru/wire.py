"""The API of SMS.RU as its clients see it: `/sms/send` with one phone, `/sms/status`, `/my/balance`.

A call that was understood is HTTP 200, whatever its code. The common code is that of the call; each phone has
its own. A status is told by a form of numbered items, signed over all of them.
"""

import hashlib
import re
import time
from collections.abc import Iterable, Mapping

from testbench.outbox import Outbox
from testbench.sms import Act, Json
from testbench.sms_ru.faults import SEND

OK, WRONG_KEY, NO_MONEY, NO_RECIPIENT, NO_TEXT, TOO_LONG, STOPPED, NOT_FOUND = (
    100, 200, 201, 202, 203, 205, 209, -1,
)  # fmt: skip
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
    130: "Превышено количество сообщений на этот номер в день",
    131: "Превышено количество одинаковых сообщений на этот номер в минуту",
    132: "Превышено количество одинаковых сообщений на этот номер в день",
    150: "Превышен лимит",
    207: "На этот номер нет маршрута для доставки сообщений",
    208: "Параметр time указан неправильно",
    209: "Вы добавили этот номер в стоп-лист",
    210: "Используется GET, где необходимо использовать POST",
    212: "Текст сообщения необходимо передать в кодировке UTF-8",
    213: "Указано более 100 номеров в списке получателей",
    214: "Номер зарубежный, отправка только на российские номера",
    216: "В тексте сообщения содержится запрещённое слово",
    220: "Сервис временно недоступен, попробуйте чуть позже",
    230: "Превышен общий лимит количества сообщений на этот номер в день",
    231: "Превышен лимит одинаковых сообщений на этот номер в минуту",
    232: "Превышен лимит одинаковых сообщений на этот номер в день",
    233: "Превышен лимит повторных сообщений с кодом на этот номер",
    300: "Неправильный token",
    301: "Неправильный api_id либо логин или пароль",
    302: "Пользователь авторизован, но аккаунт не подтверждён",
    303: "Код подтверждения неверен",
    304: "Отправлено слишком много кодов подтверждения",
    305: "Слишком много неверных вводов кода",
    901: "Callback: URL неверный",
    902: "Callback: обработчик не найден",
    500: "Ошибка на сервере. Повторите запрос",
}
PRICE = 4.5
STATUSES = {NOT_FOUND, 100, 101, 102, 103, 104, 105, 106, 107, 108, 110, 130, 131, 132, 150}
_NUMBER = re.compile(r"7\d{10}")


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
    elif number in outbox.stopped:
        code = STOPPED
    elif outbox.roubles < PRICE:
        code = NO_MONEY
    else:
        code = OK if _NUMBER.fullmatch(number) else NO_RECIPIENT
    if code != OK:
        return {"status": "OK", "status_code": OK, "sms": {number: error(code)}, "balance": outbox.roubles}
    is_test = fields.get("test") == "1"
    name = "000000-00000" if is_test else outbox.take(to=number, text=text, sender=fields.get("from", "")).id
    told = {"status": "OK", "status_code": OK, "sms_id": name}
    return {"status": "OK", "status_code": OK, "sms": {number: told}, "balance": outbox.roubles}


def status(outbox: Outbox, fields: dict[str, str]) -> Json:
    names = fields.get("sms_id", "").split(",")
    told = {name: _status(outbox, name) for name in names}
    return {"status": "OK", "status_code": OK, "sms": told, "balance": outbox.roubles}


def _status(outbox: Outbox, name: str) -> Json:
    sms = outbox.found(name)
    if sms is None:
        return {"status": "ERROR", "status_code": NOT_FOUND, "status_text": "Сообщение не найдено"}
    return {"status": "OK", "status_code": sms.status, "cost": f"{PRICE:.2f}", "status_text": "Состояние"}


def balance(outbox: Outbox, fields: dict[str, str]) -> Json:
    del fields
    return {"status": "OK", "status_code": OK, "balance": outbox.roubles}


def callback(told: Iterable[tuple[str, int]], *, api_key: str) -> dict[str, str]:
    """Return the form that tells of SMS: id and status of each."""
    now = int(time.time())
    items = [f"sms_status\n{name}\n{status}\n{now}" for name, status in told]
    signed = hashlib.sha256((api_key + "".join(items)).encode()).hexdigest()
    return {f"data[{number}]": item for number, item in enumerate(items)} | {"hash": signed}


CALLS: Mapping[str, Act] = {SEND: send, "/sms/status": status, "/my/balance": balance}
