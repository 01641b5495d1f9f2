"""What an operation promises beyond its success: its problems with examples, its headers, its ETag.

The problems are made from the error classes themselves, so that the document can't drift from the code.
"""

from collections import defaultdict
from typing import Any

from feldsher.channels.api.errors import (
    BadRequestError,
    BodyTooLargeError,
    InternalError,
    KeyInvalidError,
    KeyRequiredError,
    KeyWrongError,
    MalformedJsonError,
    MediaTypeError,
    MethodNotAllowedError,
    ScopeMissingError,
    TokenRequiredError,
    TooManyRequestsError,
    UnavailableError,
)
from feldsher.channels.api.problems import CONTENT_TYPE, document
from feldsher.kernel.errors import DomainError, NotFoundError

KEY_HEADER = "Idempotency-Key"
PARTNER = "PartnerKey"
_EXAMPLE_ID = "0f1e2d3c4b5a69788796a5b4c3d2e1f0"

_ANYWHERE = (BadRequestError, TooManyRequestsError, InternalError, UnavailableError)
_OF_KEYS = (KeyWrongError, ScopeMissingError)
_ON_POST = (
    KeyRequiredError,
    KeyInvalidError,
    MalformedJsonError,
    BodyTooLargeError,
    MediaTypeError,
)
_HEADERS: dict[str, dict[str, Any]] = {
    KEY_HEADER: {
        "required": True,
        "description": (
            "Случайный ключ этого вызова. Повтор с тем же ключом и телом в течение суток "
            "даёт тот же исход и ничего не делает второй раз."
        ),
        "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
        "example": "b6f0c1de-0d7a-4d0b-9a39-1f6f0f2c7a55",
    },
    "X-Device": {
        "required": False,
        "description": "Случайное имя устройства: по нему считаются живые брони. Хранится отпечаток.",
        "schema": {"type": "string", "minLength": 1, "maxLength": 64, "pattern": "^[!-~]+$"},
    },
    "If-None-Match": {
        "required": False,
        "description": "ETag прошлого ответа.",
        "schema": {"type": "string", "pattern": "^[!-~]+$"},
    },
}


def problem_response(kinds: list[type[DomainError]]) -> dict[str, Any]:
    """Return the OpenAPI response of refusals that share a status."""
    codes = ", ".join(f"`{kind.code}`" for kind in kinds)
    content = {
        "schema": {"$ref": "#/components/schemas/Problem"},
        "examples": {kind.code: {"value": document(kind(), request_id=_EXAMPLE_ID)} for kind in kinds},
    }
    return {"description": f"Отказ: {codes}.", "content": {CONTENT_TYPE: content}}


def promises(
    *kinds: type[DomainError], headers: tuple[str, ...] = (), has_etag: bool = False
) -> dict[str, Any]:
    """Return ninja's `openapi_extra` for an operation that may refuse with `kinds` and reads `headers`."""
    grouped: dict[int, list[type[DomainError]]] = defaultdict(list)
    on_post = _ON_POST if KEY_HEADER in headers else ()
    of_keys = () if TokenRequiredError in kinds else _OF_KEYS
    for kind in dict.fromkeys((*kinds, *of_keys, *on_post, NotFoundError, MethodNotAllowedError, *_ANYWHERE)):
        grouped[kind.status].append(kind)
    responses: dict[int, Any] = {status: problem_response(grouped[status]) for status in sorted(grouped)}
    if has_etag:
        tag = {"ETag": {"schema": {"type": "string"}, "description": "Меняется с любым изменением ответа."}}
        responses[200] = {"headers": tag}
        responses[304] = {"description": "Ничего не изменилось.", "headers": tag}
    extra: dict[str, Any] = {"responses": responses}
    if of_keys:
        extra["security"] = [{}, {PARTNER: []}]
    if headers:
        extra["parameters"] = [{"in": "header", "name": name, **_HEADERS[name]} for name in headers]
    return extra
