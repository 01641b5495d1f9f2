"""Remembers in a cookie which people have signed in with this browser, for the counters of `locks` alone.

The cookie proves nothing about who sits there: it opens no page. It carries an id of the browser, the day it
was signed, and the ids of up to eight people (a desk is shared), under an HMAC; nobody can make one for a
login that they have not signed in as. It is written after a whole sign-in, second factor included.
"""

import re
import secrets
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from uuid import UUID

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse

from feldsher.kernel import clock

KEPT = timedelta(days=365)
_PEOPLE = 8
_DEVICE = 32
_SHAPE = re.compile(r"([0-9a-f]{32})\.(\d{1,6})\.([0-9a-f]{32}(?:\.[0-9a-f]{32}){0,7})")


@dataclass(frozen=True, slots=True)
class KnownBrowser:
    """A browser by its random id, and who has signed in there, the last one last."""

    id: str
    people: tuple[UUID, ...]


def browser_for(request: HttpRequest, user_id: UUID | None) -> str | None:
    """Return the id of the browser if this person has signed in with it before, else None."""
    known = _read(request)
    return known.id if known is not None and user_id in known.people else None


def device_of(request: HttpRequest, user_id: UUID) -> str:
    """Return the browser as the journal names it: a digest, empty where it is strange."""
    browser = browser_for(request, user_id)
    return sha256(browser.encode()).hexdigest()[:_DEVICE] if browser else ""


def remember_browser(request: HttpRequest, response: HttpResponse, user_id: UUID) -> None:
    """Write the person into the browser's cookie, for a year from now."""
    known = _read(request) or KnownBrowser(secrets.token_hex(16), ())
    people = [*(each for each in known.people if each != user_id), user_id][-_PEOPLE:]
    text = ".".join((known.id, str(_today()), *(each.hex for each in people)))
    response.set_cookie(
        settings.KNOWN_BROWSER_COOKIE_NAME,
        _signer().sign(text),
        max_age=KEPT,
        path=settings.SESSION_COOKIE_PATH,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def _read(request: HttpRequest) -> KnownBrowser | None:
    try:
        text = _signer().unsign(request.COOKIES.get(settings.KNOWN_BROWSER_COOKIE_NAME, ""))
    except signing.BadSignature:
        return None
    found = _SHAPE.fullmatch(text)
    if found is None or not 0 <= _today() - int(found[2]) <= KEPT.days:
        return None
    return KnownBrowser(found[1], tuple(UUID(each) for each in found[3].split(".")))


def _signer() -> signing.Signer:
    return signing.Signer(salt="feldsher.access.known_browser")


def _today() -> int:
    return int(clock.now().timestamp() // 86400)
