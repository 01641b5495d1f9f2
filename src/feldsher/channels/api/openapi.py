"""The OpenAPI 3.1 document: what ninja derives from the operations, completed where it has no words."""

import json
from functools import cache
from typing import Any

from ninja.openapi.schema import REF_TEMPLATE

from feldsher.channels.api.door import api
from feldsher.channels.api.promises import PARTNER
from feldsher.channels.api.schemas import Problem


@cache
def openapi() -> dict[str, Any]:
    """Return the document as plain JSON values; the same object each time, so never change it."""
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
def openapi_text() -> bytes:
    return json.dumps(openapi(), ensure_ascii=False).encode()
