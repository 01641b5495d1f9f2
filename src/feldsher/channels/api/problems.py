"""Every refusal leaves as one RFC 9457 document with a stable code and a Russian sentence.

What was sent is never echoed, and what is logged of an accident are places in the code: neither the message
of an exception (a database puts values into it) nor the body.
"""

import logging
import math
from collections.abc import Mapping, Sequence
from typing import Any

from django.core.exceptions import SuspiciousOperation
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, UnreadablePostError
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError

from feldsher.channels.api import wire
from feldsher.channels.api.errors import (
    BadRequestError,
    InternalError,
    KeyWrongError,
    TokenRequiredError,
    UnavailableError,
)
from feldsher.domain.scheduling.errors import SlotTakenError
from feldsher.foundation.access.errors import PhoneCodeTooSoonError, PhoneProofWrongError
from feldsher.kernel import clock
from feldsher.kernel.accidents import told_of
from feldsher.kernel.errors import DomainError, InvalidInputError, NotFoundError
from feldsher.kernel.trace import trace_id

CONTENT_TYPE = "application/problem+json"
DOCS = "/api/v1/docs"

_RETRY_SECONDS = "2"
_DEFAULT_SENTENCE = "Значение не подходит."
_SENTENCES = {
    "missing": "Заполните это поле.",
    "string_type": "Нужна строка.",
    "string_too_short": "Заполните это поле.",
    "string_too_long": "Слишком длинно: не больше {max_length} знаков.",
    "string_pattern_mismatch": "Здесь есть недопустимые знаки.",
    "literal_error": "Допустимо: {expected}.",
    "list_type": "Нужен список.",
    "too_long": "Слишком много значений: не больше {max_length}.",
    "too_short": "Нужно хотя бы одно значение.",
    "model_attributes_type": "Нужен объект.",
    "model_type": "Нужен объект.",
    "int_parsing": "Нужно целое число.",
    "int_parsing_size": "Число слишком велико.",
    "int_type": "Нужно целое число.",
    "greater_than_equal": "Нужно число не меньше {ge}.",
    "less_than_equal": "Нужно число не больше {le}.",
    "uuid_parsing": "Нужен идентификатор в виде UUID.",
    "uuid_type": "Нужен идентификатор в виде UUID.",
    "iso_day": "Нужна дата вида 2026-11-24.",
    "wall_time": "Нужно время вида 09:30.",
    "day_range": "Дата слишком далеко. Проверьте год.",
}
_MEANINGS: tuple[tuple[tuple[type[Exception], ...], type[DomainError]], ...] = (
    ((AuthenticationError,), TokenRequiredError),
    ((Http404,), NotFoundError),
    ((HttpError, SuspiciousOperation, UnreadablePostError), BadRequestError),
    ((OperationalError, InterfaceError), UnavailableError),
)
_log = logging.getLogger(__name__)


def document(error: DomainError, *, request_id: str) -> wire.Json:
    """Return a refusal as a problem document, with errors, alternatives or what is left where it has them."""
    body: wire.Json = {
        "type": f"{DOCS}#{error.code}",
        "title": error.message,
        "status": error.status,
        "code": error.code,
        "request_id": request_id,
    }
    if isinstance(error, InvalidInputError) and error.fields:
        body["errors"] = error.fields
    if isinstance(error, SlotTakenError):
        body["alternatives"] = wire.slots(error.alternatives)
    if isinstance(error, PhoneProofWrongError) and error.tries_left is not None:
        body["tries_left"] = error.tries_left
    if isinstance(error, PhoneCodeTooSoonError) and error.retry_at is not None:
        body["retry_at"] = wire.utc(error.retry_at)
    return body


def respond(error: DomainError) -> HttpResponse:
    """Return the answer for a refusal; retryable ones say when."""
    headers = {"Cache-Control": wire.NO_STORE}
    if error.retryable:
        headers["Retry-After"] = _RETRY_SECONDS
    if isinstance(error, PhoneCodeTooSoonError) and error.retry_at is not None:
        left = (error.retry_at - clock.now()).total_seconds()
        headers["Retry-After"] = str(max(1, math.ceil(left)))
    if isinstance(error, TokenRequiredError | KeyWrongError):
        headers["WWW-Authenticate"] = "Bearer"
    return HttpResponse(
        wire.encoded(document(error, request_id=trace_id())),
        status=error.status,
        content_type=CONTENT_TYPE,
        headers=headers,
    )


def invalid(errors: Sequence[Mapping[str, Any]]) -> InvalidInputError:
    """Turn pydantic's errors into sentences by field; a field is `patient.family` as in the body."""
    fields: dict[str, str] = {}
    for error in errors:
        # The first part is the source; the second of a body is our own argument.
        source, *path = error["loc"]
        parts = path[1:] if source == "body" else path
        name = ".".join(str(part) for part in parts) or "body"
        fields.setdefault(name, _sentence(error))
    return InvalidInputError("the input does not fit the schema", fields=fields)


def _sentence(error: Mapping[str, Any]) -> str:
    template = _SENTENCES.get(str(error["type"]), _DEFAULT_SENTENCE)
    limits = {name: value for name, value in error.get("ctx", {}).items() if name != "error"}
    if "expected" in limits:
        limits["expected"] = limits["expected"].replace("'", "").replace(" or ", ", ")
    return template.format_map(limits)


def translate(error: Exception) -> DomainError:
    """Return the refusal that an exception means; what nobody expected is logged."""
    if isinstance(error, DomainError):
        return error
    if isinstance(error, HttpError) and isinstance(error.__cause__, DomainError):
        return error.__cause__
    if isinstance(error, ValidationError):
        return invalid(error.errors)
    meaning = next((refusal for kinds, refusal in _MEANINGS if isinstance(error, kinds)), InternalError)
    if issubclass(meaning, InternalError | UnavailableError):
        _log.error("%s", told_of(error))
    return meaning()


def _handle(request: HttpRequest, error: Exception | type[Exception]) -> HttpResponse:  # noqa: ARG001 - ninja's
    return respond(translate(error if isinstance(error, Exception) else error()))


def install(api: NinjaAPI) -> None:
    """Make every exception of every operation a problem document."""
    for kind in (Exception, Http404, HttpError, ValidationError):
        api.add_exception_handler(kind, _handle)
