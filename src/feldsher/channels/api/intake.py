"""What is true of every call before its operation runs: a bounded, whole JSON body and a known method.

A chunked body has no length to trust, so it is counted while it is read.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from ninja.parser import Parser
from pydantic_core import from_json

from feldsher.channels.api.errors import (
    BodyTooLargeError,
    MalformedJsonError,
    MediaTypeError,
    MethodNotAllowedError,
)
from feldsher.channels.api.partners import admit
from feldsher.channels.api.problems import respond, translate
from feldsher.foundation.access.types import ApiScope

View = Callable[..., HttpResponse]

_METHOD_NOT_ALLOWED = 405
_DRAIN_LIMIT = 4 * 1024 * 1024
_CHUNK = 65_536


class StrictParser(Parser):
    """JSON as RFC 8259 has it: UTF-8, no NaN, no lone surrogates, bounded depth and numbers."""

    def parse_body(self, request: HttpRequest) -> Any:
        try:
            return from_json(request.body, allow_inf_nan=False)
        except ValueError:
            raise MalformedJsonError from None


def guarded(view: View, *, scope: ApiScope | None = None) -> View:
    """Wrap an operation so that a bad call is refused before it, and its own refusals are problems too.

    A partner's key, where one is shown, has to have `scope`; the operation finds it as `request.partner`.
    """

    @wraps(view)
    def answer(request: HttpRequest, **path: Any) -> HttpResponse:
        try:
            if scope is not None:
                request.partner = admit(request, scope)  # type: ignore[attr-defined]  # ours
            if request.method == "POST":
                _take_body(request)
            response = view(request, **path)
        except Exception as error:  # noqa: BLE001 - the last door: whatever it is, the caller gets a problem
            return respond(translate(error))
        if response.status_code == _METHOD_NOT_ALLOWED:
            allowed = sorted(response.headers["Allow"].split(", "))
            response = respond(MethodNotAllowedError())
            response.headers["Allow"] = ", ".join(allowed)
        return response

    return answer


def _take_body(request: HttpRequest) -> None:
    limit: int = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    length = request.META.get("CONTENT_LENGTH") or ""
    if not length and request.META.get("HTTP_TRANSFER_ENCODING"):
        body = _read(request, limit + 1)
        request._body = body  # noqa: SLF001 - Django reads nothing without a length
        size, unread = len(body), _DRAIN_LIMIT
    else:
        size = unread = int(length) if length.isdecimal() else 0
    if size > limit:
        # A client that is still writing would not hear the answer.
        _read(request, min(unread, _DRAIN_LIMIT))
        raise BodyTooLargeError
    if not size:
        raise MalformedJsonError
    if request.content_type != "application/json":
        raise MediaTypeError


def _read(request: HttpRequest, limit: int) -> bytes:
    stream = request.META["wsgi.input"]
    parts: list[bytes] = []
    left = limit
    while left > 0 and (part := stream.read(min(left, _CHUNK))):
        parts.append(part)
        left -= len(part)
    return b"".join(parts)
