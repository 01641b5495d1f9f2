"""The two cookies of the cabinet, both random: whose session it is, and which browser asked for a code."""

from datetime import datetime

from django.http import HttpRequest, HttpResponse

from feldsher.channels.frontend.cookies import drop_cookie, keep_cookie, read_cookie
from feldsher.channels.frontend.own_session import OWN_SESSION
from feldsher.foundation.access import chains
from feldsher.kernel import clock

_SESSION, _ASKER = OWN_SESSION, "lk-code"
_LONGEST = 64
_ASKER_SECONDS = 24 * 3600


def session_token(request: HttpRequest) -> str:
    """Return what the browser holds of its session, empty for nothing."""
    return read_cookie(request, _SESSION)[:_LONGEST]


def keep_session(response: HttpResponse, token: str, *, until: datetime | None) -> None:
    """Give the browser its session; with `until` None it forgets it when it is closed."""
    seconds = None if until is None else max(0, int((until - clock.now()).total_seconds()))
    keep_cookie(response, _SESSION, token, seconds=seconds)


def drop_session(response: HttpResponse) -> None:
    drop_cookie(response, _SESSION)


def asker_of(request: HttpRequest) -> str:
    """Return the token of this browser for its codes: what it holds, else a new one (see `keep_asker`)."""
    known = read_cookie(request, _ASKER)[:_LONGEST]
    return known if chains.digest(known) else chains.new_token()


def keep_asker(response: HttpResponse, token: str) -> None:
    keep_cookie(response, _ASKER, token, seconds=_ASKER_SECONDS)
