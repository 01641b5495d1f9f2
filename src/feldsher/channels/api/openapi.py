"""The OpenAPI 3.1 document: what ninja derives from the operations, completed where it has no words."""

import json
from functools import cache
from typing import Any

from ninja.openapi.schema import REF_TEMPLATE

from feldsher.channels.api.door import OF_BOOKING, api
from feldsher.channels.api.promises import PARTNER
from feldsher.channels.api.schemas import Problem
from feldsher.foundation.modules import has_booking

_WITHOUT = {
    "title": "Фельдшер: сайт клиники",
    "description": (
        "Справочник клиники и заказ звонка; онлайн-записи здесь нет. Отказы — RFC 9457 с постоянным `code` и "
        "фразой, которую можно показать человеку. На каждый POST нужен `Idempotency-Key`: потерянный ответ "
        "повторяют с тем же ключом. Сколько вызовов осталось — в `RateLimit`; после 429 ждут `Retry-After`. "
        "Партнёр может называть себя ключом: `Authorization: Bearer fk_…`."
    ),
}
"""What the document says of itself where booking is off."""
_REFERENCE = "#/components/schemas/"


def openapi() -> dict[str, Any]:
    """Return the document as plain JSON values; the same object each time, so never change it."""
    return _openapi(with_booking=has_booking())


def openapi_text() -> bytes:
    return _openapi_text(with_booking=has_booking())


@cache
def _openapi(*, with_booking: bool) -> dict[str, Any]:
    made = _whole()
    return made if with_booking else _without_booking(made)


def _without_booking(made: dict[str, Any]) -> dict[str, Any]:
    """Return the document of what is left, with the schemas that it still names."""
    paths = {
        path: item for path, item in made["paths"].items() if path.strip("/").split("/")[0] not in OF_BOOKING
    }
    schemas, kept = made["components"]["schemas"], {}
    named = _named(paths) | {"Problem"}
    while named:
        name = named.pop()
        kept[name] = schemas[name]
        named |= _named(schemas[name]) - kept.keys()
    components = {**made["components"], "schemas": {name: schemas[name] for name in schemas if name in kept}}
    return {**made, "info": {**made["info"], **_WITHOUT}, "paths": paths, "components": components}


def _named(part: Any) -> set[str]:
    """Return the schemas that a part of the document refers to."""
    if isinstance(part, dict):
        own = {part["$ref"].removeprefix(_REFERENCE)} if "$ref" in part else set()
        return own.union(*map(_named, part.values()))
    return set().union(*map(_named, part)) if isinstance(part, list) else set()


def _whole() -> dict[str, Any]:
    made: dict[str, Any] = json.loads(json.dumps(api.get_openapi_schema(path_prefix="")))
    problem = Problem.model_json_schema(ref_template=REF_TEMPLATE, mode="serialization")
    schemas = made["components"]["schemas"]
    schemas.update(problem.pop("$defs", {}))
    schemas["Problem"] = problem
    schemes = made["components"]["securitySchemes"]
    schemes["Bearer"]["description"] = "Секрет одной записи: `token` из ответа на подтверждение."
    schemes[PARTNER] = {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "fk_…",
        "description": (
            "Ключ партнёра, необязателен: поднимает лимиты и открывает ровно свои права — "
            "`directory:read`, `slots:read`, `bookings:write`. Его выдаёт клиника."
        ),
    }
    return made


@cache
def _openapi_text(*, with_booking: bool) -> bytes:
    return json.dumps(_openapi(with_booking=with_booking), ensure_ascii=False).encode()
