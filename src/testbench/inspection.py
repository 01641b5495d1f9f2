"""The inspection API under `/_bench/`: what a simulator really holds, a registrar, the switches of faults.

Errors are JSON `{code, message}`. It carries invented people only and listens on loopback; it has no log-in.
"""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, ClassVar

from testbench.faults import Faults
from testbench.refusal import Refusal
from testbench.web import Answer, Handler, as_json

PLACE = "/_bench/"
STATUS_OF = {
    "taken": 409,
    "not_working": 409,
    "already_cancelled": 409,
    "refused": 409,
    "unknown_guid": 404,
    "not_found": 404,
    "bad_json": 400,
}
Fields = dict[str, Any]


class Inspection:
    """The calls by name: fields in, JSON-ready value out, Refusal on error. A simulator adds its own."""

    def __init__(self, faults: Faults[Any]) -> None:
        self._faults = faults
        self._gets: dict[str, Callable[[], object]] = {"faults": self._listing}
        self._posts: dict[str, Callable[[Fields], object]] = {"faults": self._switch}

    def get(self, route: str) -> Answer:
        act = self._gets.get(route.removeprefix(PLACE), _nowhere)
        return _answer(act)

    def post(self, route: str, body: bytes) -> Answer:
        act = self._posts.get(route.removeprefix(PLACE))
        return _answer(_nowhere if act is None else lambda: act(_fields(body)))

    def _listing(self) -> object:
        return {"faults": self._faults.listing()}

    def _switch(self, fields: Fields) -> object:
        try:
            fault = self._faults.make(**fields)
        except TypeError as error:
            raise Refusal("a fault has other fields", code="invalid") from error
        self._faults.put(fault)
        return self._listing()


class InspectionHandler(Handler):
    inspection: ClassVar[Inspection]

    def do_GET(self) -> None:  # noqa: N802 - named by http.server
        self.respond(self.inspection.get(self.route))

    def do_POST(self) -> None:  # noqa: N802 - named by http.server
        body = self.body()
        if body is not None:
            self.respond(self.inspection.post(self.route, body))


def _answer(act: Callable[[], object]) -> Answer:
    try:
        return as_json(act())
    except Refusal as refusal:
        told = {"code": refusal.code, "message": refusal.text.strip()}
        return as_json(told, status=STATUS_OF.get(refusal.code, 422))


def _nowhere() -> object:
    raise Refusal("no such address", code="not_found")


def _fields(body: bytes) -> Fields:
    try:
        fields = json.loads(body or b"{}")
    except (ValueError, RecursionError) as error:
        raise Refusal("the body is not JSON", code="bad_json") from error
    if not isinstance(fields, dict):
        raise Refusal("the body must be a JSON object", code="bad_json")
    return fields


# How calls read their fields; each raises Refusal.


def word(fields: Fields, name: str, *, default: str | None = None) -> str:
    value = fields.get(name, default)
    if not isinstance(value, str) or (default is None and not value):
        raise Refusal(f"{name} must be a string", code="invalid")
    return value


def whole(fields: Fields, name: str, *, default: int | None = None, least: int = 0) -> int:
    value = fields.get(name, default)
    if not isinstance(value, int) or isinstance(value, bool) or value < least:
        raise Refusal(f"{name} must be a whole number from {least}", code="invalid")
    return value


def yes(fields: Fields, name: str) -> bool:
    value = fields.get(name, False)
    if not isinstance(value, bool):
        raise Refusal(f"{name} must be true or false", code="invalid")
    return value


def instant(fields: Fields, name: str) -> datetime:
    try:
        moment = datetime.fromisoformat(word(fields, name))
    except ValueError as error:
        raise Refusal(f"{name} must be an ISO 8601 instant", code="invalid") from error
    if moment.tzinfo is None:
        raise Refusal(f"{name} must carry a UTC offset", code="invalid")
    return moment


def minutes_of(fields: Fields, *, start: datetime) -> int | None:
    """Return how long a visit is by its `end` or its `minutes`, None where neither is told."""
    if "end" in fields:
        minutes = int((instant(fields, "end") - start) / timedelta(minutes=1))
        if minutes <= 0:
            raise Refusal("a visit must end after it starts", code="invalid")
        return minutes
    return whole(fields, "minutes", least=1) if "minutes" in fields else None
