"""Cookies of the pages, each the same way: HttpOnly, SameSite=Lax, and Secure where the site is https.

There a name says so too: `__Host-` for a cookie of the whole site, `__Secure-` for one of some pages only. A
browser then takes it from nowhere but this host over https, so that nobody beside it can plant one.
"""

from django.conf import settings
from django.http import HttpRequest, HttpResponse

_EVERYWHERE = "/"


def read_cookie(request: HttpRequest, name: str, *, path: str = _EVERYWHERE) -> str:
    """Return what the browser sent under a plain name, empty for nothing; `path` as it was kept with."""
    return request.COOKIES.get(_named(name, path), "")


def keep_cookie(
    response: HttpResponse, name: str, value: str, *, seconds: int | None, path: str = _EVERYWHERE
) -> None:
    """Give the browser a value for so many seconds, None: until it is closed."""
    response.set_cookie(
        _named(name, path),
        value,
        max_age=seconds,
        path=path,
        httponly=True,
        samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
    )


def drop_cookie(response: HttpResponse, name: str, *, path: str = _EVERYWHERE) -> None:
    response.delete_cookie(_named(name, path), path=path, samesite="Lax")


def _named(name: str, path: str) -> str:
    if not settings.SESSION_COOKIE_SECURE:
        return name
    return f"__Host-{name}" if path == _EVERYWHERE else f"__Secure-{name}"
