"""Idempotency of HTML forms, on whatever page they stand.

A form carries a hidden random key. What the services get is its digest, scoped to the route and the caller;
for a hold the time is part of the scope, because one page offers many times under one key. Digests are keyed:
a body holds a name and a phone, and a bare hash of those could be guessed.
"""

import hmac
import re
import time
from collections.abc import Callable
from functools import cache
from typing import TypeVar
from uuid import uuid4

from django.conf import settings
from django.http import HttpRequest

from feldsher.domain.scheduling.errors import InProgressError
from feldsher.domain.scheduling.types import Idempotency
from feldsher.kernel.errors import DomainError

T = TypeVar("T")

_KEY_SHAPE = re.compile(r"^[0-9a-f]{32}$")
_NOT_CONTENT = {"csrfmiddlewaretoken", "key"}
_TWIN_WAITS = (0.1, 0.2, 0.4, 0.8)


class FormKeyError(DomainError):
    """The form came without its hidden key, which no page of ours sends."""

    code = "form_key_missing"
    status = 400
    sentence = "Форма пришла не целиком. Откройте страницу заново и повторите."


def fresh_key() -> str:
    """Return a key for the forms of one page (field `key`)."""
    return uuid4().hex


def idempotency_of(request: HttpRequest, *, route: str, caller: str, subject: str = "") -> Idempotency:
    """Return the digests of a form's key and body; FormKeyError when the key is absent or misshapen.

    `route` names the form and its door, `caller` who sends it: a device or a person.
    """
    key = request.POST.get("key", "")
    if not _KEY_SHAPE.match(key):
        raise FormKeyError
    body = repr(sorted((name, values) for name, values in request.POST.lists() if name not in _NOT_CONTENT))
    return Idempotency(key=_digest(f"{route}\x1f{subject}\x1f{caller}\x1f{key}"), body=_digest(body))


@cache
def _secret() -> bytes:
    return hmac.digest(settings.SECRET_KEY.encode(), b"feldsher form idempotency", "sha256")


def _digest(text: str) -> bytes:
    return hmac.digest(_secret(), text.encode("utf-8", "replace"), "sha256")


def after_its_twin(act: Callable[[], T]) -> T:
    """Run a command; while a twin of it is running (a double tap), wait up to 1.5 s and take its outcome."""
    for pause in _TWIN_WAITS:
        try:
            return act()
        except InProgressError:
            time.sleep(pause)
    return act()
