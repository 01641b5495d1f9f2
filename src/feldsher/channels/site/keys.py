"""Idempotency and devices of HTML forms.

A form carries a hidden random key. What the services get is its digest, scoped to the route and the caller;
for a hold the time is part of the scope, because one page offers many times under one key. Digests are keyed:
a body holds a name and a phone, and a bare hash of those could be guessed. A device is a
random cookie: it says nothing of the person and serves only the cap on live holds.
"""

import hmac
import re
import time
from collections.abc import Callable
from functools import cache
from secrets import token_urlsafe
from typing import TypeVar

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from feldsher.channels.frontend.cookies import keep_cookie, read_cookie
from feldsher.domain.scheduling.errors import InProgressError
from feldsher.domain.scheduling.types import Idempotency
from feldsher.kernel.errors import DomainError

T = TypeVar("T")

_DEVICE = "device"
_DEVICE_SHAPE = re.compile(r"^[\w-]{20,64}$")
_DEVICE_SECONDS = 365 * 24 * 3600
_KEY_SHAPE = re.compile(r"^[0-9a-f]{32}$")
_NOT_CONTENT = {"csrfmiddlewaretoken", "key"}
_TWIN_WAITS = (0.1, 0.2, 0.4, 0.8)


class FormKeyError(DomainError):
    """The form came without its hidden key, which no page of ours sends."""

    code = "form_key_missing"
    status = 400
    sentence = "Форма пришла не целиком. Откройте страницу заново и повторите."


def device_of(request: HttpRequest) -> str:
    """Return the device's random name: from its cookie, else a new one (see `remember_device`)."""
    return known_device(request) or token_urlsafe(24)


def known_device(request: HttpRequest) -> str:
    """Return the device's random name, empty for one that never held a time here."""
    known = read_cookie(request, _DEVICE)
    return known if _DEVICE_SHAPE.match(known) else ""


def remember_device(response: HttpResponse, device: str) -> None:
    keep_cookie(response, _DEVICE, device, seconds=_DEVICE_SECONDS)


def idempotency_of(request: HttpRequest, *, route: str, device: str, subject: str = "") -> Idempotency:
    """Return the digests of a form's key and body; FormKeyError when the key is absent or misshapen."""
    key = request.POST.get("key", "")
    if not _KEY_SHAPE.match(key):
        raise FormKeyError
    body = repr(sorted((name, values) for name, values in request.POST.lists() if name not in _NOT_CONTENT))
    scope = f"site\x1f{route}\x1f{subject}\x1f{device}\x1f{key}"
    return Idempotency(key=_digest(scope), body=_digest(body))


@cache
def _secret() -> bytes:
    return hmac.digest(settings.SECRET_KEY.encode(), b"feldsher site idempotency", "sha256")


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
