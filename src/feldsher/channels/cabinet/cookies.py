"""The two cookies of the cabinet, both random: whose session it is, and which browser has asked for a code.

Over https their names begin with `__Host-`: a browser takes such a cookie from this very host only, over
https, for the whole of it, so that nobody beside it can plant one.
"""

from datetime import datetime

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from feldsher.foundation.access import chains
from feldsher.kernel import clock

_SESSION, _ASKER = "lk", "lk-code"
_LONGEST = 64
_ASKER_SECONDS = 24 * 3600


def session_token(request: HttpRequest) -> str:
    """Return what the browser holds of its session, empty for nothing."""
    return request.COOKIES.get(_named(_SESSION), "")[:_LONGEST]


def keep_session(response: HttpResponse, token: str, *, until: datetime | None) -> None:
    """Give the browser its session; with `until` None it forgets it when it is closed."""
    seconds = None if until is None else max(0, int((until - clock.now()).total_seconds()))
    _keep(response, _SESSION, token, seconds=seconds)


def drop_session(response: HttpResponse) -> None:
    response.delete_cookie(_named(_SESSION), path="/", samesite="Lax")
    if settings.SESSION_COOKIE_SECURE:
        response.cookies[_named(_SESSION)]["secure"] = True


def asker_of(request: HttpRequest) -> str:
    """Return the token of this browser for its codes: what it holds, else a new one (see `keep_asker`)."""
    known = request.COOKIES.get(_named(_ASKER), "")[:_LONGEST]
    return known if chains.digest(known) else chains.new_token()


def keep_asker(response: HttpResponse, token: str) -> None:
    _keep(response, _ASKER, token, seconds=_ASKER_SECONDS)


def _keep(response: HttpResponse, name: str, value: str, *, seconds: int | None) -> None:
    response.set_cookie(
        _named(name),
        value,
        max_age=seconds,
        path="/",
        httponly=True,
        samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
    )


def _named(name: str) -> str:
    return f"__Host-{name}" if settings.SESSION_COOKIE_SECURE else name
