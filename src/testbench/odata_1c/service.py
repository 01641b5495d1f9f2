"""The project's HTTP service: visits by our caller's reference, in two dialects.

`/hs/feldsher/visits/{reference}` is the small JSON contract, begins with seconds. `/hs/zapis/…` is what an
older project of some clinic might have: POST alone, names and values in Russian, 200 whatever becomes of it,
a refusal by its code. Both keep the same rules, which are the base's.
"""

import json
import re
from datetime import UTC, datetime
from typing import Any

from testbench.odata_1c.base import Base, branch_of, shift_of
from testbench.odata_1c.model import SERVICES, Visit
from testbench.refusal import Refusal

Json = dict[str, Any]
REFERENCE = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
CONTRACT, OLDER = "/hs/feldsher/visits/", "/hs/zapis/"
METHODS = {"PUT": "book", "GET": "status", "DELETE": "cancel"}
OLDER_CALLS = {"zapisat": "book", "sostoyanie": "status", "otmenit": "cancel"}
RUSSIAN = {
    "Номер": "reference", "Врач": "doctor", "Филиал": "branch", "Услуга": "service", "Начало": "begin",
    "Минут": "minutes", "Примечание": "comment", "Пациент": "patient", "Фамилия": "family", "Имя": "given",
    "Отчество": "middle", "Телефон": "phone", "ДатаРождения": "birth_date", "Почта": "email",
    "Состояние": "state", "КодОтказа": "code",
}  # fmt: skip
WORDS = {
    "Записан": "booked", "Отменен": "cancelled", "НеИзвестен": "none", "Занято": "taken",
    "УжеЗаписан": "patient_conflict",
}  # fmt: skip
ORDER = {"doctor", "branch", "service", "begin", "minutes", "comment", "patient"}
PATIENT = {"family", "given", "middle", "phone", "birth_date", "email"}
STATUS_OF = {"taken": 409, "bad_request": 400}


class Desk:
    """Answers a call in its own dialect: `operation_of` names it, `answer` does it."""

    def __init__(self, base: Base) -> None:
        self._base = base

    def operation_of(self, method: str, place: str) -> str | None:
        """Return book, status or cancel; None for what is no call of either dialect."""
        if place.startswith(CONTRACT):
            return METHODS.get(method)
        return OLDER_CALLS.get(place.removeprefix(OLDER)) if method == "POST" else None

    def order(self, place: str, body: bytes) -> Json:
        """Return what a call asks, in the words of the contract; raises Refusal for what it can't ask."""
        try:
            told = json.loads(body) if body else {}
        except (ValueError, RecursionError):
            raise Refusal("not JSON", code="bad_request") from None
        if not isinstance(told, dict):
            raise Refusal("not an object", code="bad_request")
        if place.startswith(CONTRACT):
            told["reference"] = place.removeprefix(CONTRACT)
        else:
            told = _in_words(told, RUSSIAN, {})
        if not isinstance(told.get("reference"), str) or not REFERENCE.fullmatch(told["reference"]):
            raise Refusal("no reference", code="bad_request")
        return told

    def answer(self, operation: str, order: Json) -> tuple[int, Json]:
        reference = order["reference"]
        try:
            if operation == "book":
                known = self._base.by_reference(reference) is not None
                return 200 if known else 201, _told(self._book(reference, order), reference)
            if operation == "cancel":
                return 200, _told(self._base.close(reference), reference)
            return 200, _told(self._base.by_reference(reference), reference)
        except Refusal as refusal:
            return STATUS_OF.get(refusal.code, 422), {"code": refusal.code, "text": refusal.text}

    def in_its_dialect(self, place: str, status: int, told: Json) -> tuple[int, Json]:
        if place.startswith(CONTRACT):
            return status, told
        back = {ours: theirs for theirs, ours in RUSSIAN.items()}
        return 200, _in_words(told, back, {ours: theirs for theirs, ours in WORDS.items()})

    def _book(self, reference: str, order: Json) -> Visit:
        wall, minutes = _checked(order)
        shift = shift_of(order["doctor"], order["branch"])
        if order["service"] not in {None, *(one.id for one in SERVICES)}:
            raise Refusal("Услуга не найдена", code="unknown_party")
        patient = order["patient"]
        start = wall.replace(tzinfo=shift.branch.zone).astimezone(UTC)
        card = " ".join(str(patient[name]) for name in ("family", "given", "middle", "phone", "birth_date"))
        return self._base.book(reference, shift, start, minutes, patient=card, comment=order["comment"])


def _checked(order: Json) -> tuple[datetime, int]:
    """Hold an order against the contract; returns its begin on the wall and its length."""
    patient = order.get("patient")
    texts = [order.get(name) for name in ("doctor", "branch", "begin", "comment")]
    minutes = order.get("minutes")
    if order.keys() - {"reference"} != ORDER or not isinstance(patient, dict) or patient.keys() != PATIENT:
        raise Refusal("fields", code="bad_request")
    if not all(isinstance(text, str) for text in texts) or not isinstance(minutes, int) or minutes < 1:
        raise Refusal("values", code="bad_request")
    if not all(patient[name] for name in ("family", "given", "phone")):
        raise Refusal("patient", code="bad_request")
    try:
        return datetime.strptime(order["begin"], "%Y-%m-%dT%H:%M:%S"), minutes  # noqa: DTZ007 - a wall time
    except ValueError:
        raise Refusal("begin", code="bad_request") from None


def _told(visit: Visit | None, reference: str) -> Json:
    if visit is None:
        return {"reference": reference, "state": "none"}
    if not visit.doctor:
        return {"reference": reference, "state": visit.status}
    wall = visit.start.astimezone(branch_of(visit.branch).zone)
    return {
        "reference": reference,
        "state": visit.status,
        "doctor": visit.doctor,
        "branch": visit.branch,
        "begin": wall.strftime("%Y-%m-%dT%H:%M:%S"),
        "minutes": visit.minutes,
    }


def _in_words(told: Json, names: dict[str, str], words: dict[str, str]) -> Json:
    return {
        names.get(name, name): _in_words(value, names, words)
        if isinstance(value, dict)
        else words.get(value, value)
        if isinstance(value, str)
        else value
        for name, value in told.items()
    }
