"""Who calls, and which call it is: keys, devices and tokens from the headers.

What is kept of a key and of a body are keyed digests: a body holds a name and a phone, and a bare hash of
those could be guessed.
"""

import hashlib
import hmac
import re
from functools import cache

from django.conf import settings
from django.http import HttpRequest
from ninja.security import HttpBearer
from pydantic import BaseModel

from feldsher.channels.api.errors import KeyInvalidError, KeyRequiredError
from feldsher.domain.scheduling.errors import AppointmentNotFoundError
from feldsher.domain.scheduling.types import Idempotency
from feldsher.foundation.access.addresses import address_of
from feldsher.kernel.errors import DomainError, InvalidInputError

_KEY_SHAPE = re.compile(r"[\x21-\x7e]{1,255}")
_DEVICE_SHAPE = re.compile(r"[\x21-\x7e]{1,64}")
_TOKEN_SHAPE = re.compile(r"[\x21-\x7e]{1,200}")


class Bearer(HttpBearer):
    """The secret of one appointment, or wish; a misshapen one opens nothing, like a wrong one."""

    def __init__(self, refusal: type[DomainError] = AppointmentNotFoundError) -> None:
        """`refusal` is what a secret that opens nothing is answered with."""
        super().__init__()
        self._refusal = refusal

    def authenticate(self, request: HttpRequest, token: str) -> str:  # noqa: ARG002 - the signature is ninja's
        if not _TOKEN_SHAPE.fullmatch(token):
            raise self._refusal("a misshapen token")
        return token


def device_of(request: HttpRequest) -> str:
    """Return the opaque name of the device, empty without one; InvalidInputError when misshapen."""
    device: str = request.META.get("HTTP_X_DEVICE", "")
    if device and not _DEVICE_SHAPE.fullmatch(device):
        raise InvalidInputError("X-Device", fields={"X-Device": "Нужно 1–64 видимых знака ASCII."})
    return device


def idempotency_of(request: HttpRequest, body: BaseModel) -> Idempotency:
    """Return the digests of this call, scoped to method, path and caller.

    The body is the checked one, written in one canonical way, so that spaces and the order of fields do not
    count. Raises KeyRequiredError, KeyInvalidError.
    """
    key = request.META.get("HTTP_IDEMPOTENCY_KEY")
    if key is None:
        raise KeyRequiredError
    if not _KEY_SHAPE.fullmatch(key):
        raise KeyInvalidError
    caller = (
        request.META.get("HTTP_AUTHORIZATION") or request.META.get("HTTP_X_DEVICE") or address_of(request)
    )
    scope = repr((request.method, request.path, caller, key))
    return Idempotency(
        key=_digest(scope.encode("utf-8", "surrogateescape")), body=_digest(body.model_dump_json().encode())
    )


@cache
def _secret() -> bytes:
    return hmac.digest(settings.SECRET_KEY.encode(), b"feldsher api idempotency", hashlib.sha256)


def _digest(data: bytes) -> bytes:
    return hmac.digest(_secret(), data, hashlib.sha256)
