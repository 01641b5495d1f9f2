"""The short middleware chain: headers for every answer, CSRF for HTML forms only."""

from collections.abc import Callable
from typing import Any

from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest, HttpResponse, HttpResponseForbidden
from django.http.response import HttpResponseBase
from django.middleware.csrf import CsrfViewMiddleware
from django.middleware.gzip import GZipMiddleware

from feldsher.foundation.access.context import no_context

GetResponse = Callable[[HttpRequest], HttpResponse]

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; manifest-src 'self'"
)
_API_PREFIX = "/api/"
_DESK_PREFIX = "/desk/"


class SecurityHeadersMiddleware:
    """No inline script, no foreign hosts, no frames, on every answer."""

    def __init__(self, get_response: GetResponse) -> None:
        self._next = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self._next(request)
        headers = response.headers
        headers.setdefault("Content-Security-Policy", _POLICY)
        headers.setdefault("X-Content-Type-Options", "nosniff")
        headers.setdefault("Referrer-Policy", "same-origin")
        headers.setdefault("X-Frame-Options", "DENY")
        headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
        headers.setdefault("Permissions-Policy", "camera=(), microphone=(), geolocation=(self)")
        return response


class ContextMiddleware:
    """Begins each request with no personal row in reach, whatever its thread did before."""

    def __init__(self, get_response: GetResponse) -> None:
        self._next = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with no_context():
            return self._next(request)


class PageGZipMiddleware(GZipMiddleware):
    """Compresses pages, and only them: static files are compressed by the build.

    A secret beside text that an attacker chooses could be guessed from the length (BREACH). Django masks the
    CSRF token anew in every answer and pads each gzip by a random length; the one page with another secret,
    that of a visit, repeats nothing that came with the request.
    """

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if not response.headers.get("Content-Type", "").startswith("text/html"):
            return response
        return super().process_response(request, response)


class SiteCsrfMiddleware(CsrfViewMiddleware):
    """CSRF for the site's forms. The API takes no cookies as proof of anything, so it needs none.

    A form on a page with `no-referrer` comes with `Origin: null`. Then the browser itself says whether it
    came from this site (Sec-Fetch-Site); an old one says nothing, and the token alone decides.
    """

    def _origin_verified(self, request: HttpRequest) -> bool:
        if request.META.get("HTTP_ORIGIN") == "null":
            return bool(request.META.get("HTTP_SEC_FETCH_SITE", "same-origin") == "same-origin")
        return bool(super()._origin_verified(request))  # type: ignore[misc]  # the stubs leave it out

    def process_view(
        self, request: HttpRequest, callback: Any, callback_args: Any, callback_kwargs: Any
    ) -> HttpResponseForbidden | None:
        if request.path.startswith(_API_PREFIX):
            return None
        return super().process_view(request, callback, callback_args, callback_kwargs)


class DeskSessionMiddleware(SessionMiddleware):
    """Sessions for staff pages only: a patient's page asks no session table and does not vary with one."""

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path.startswith(_DESK_PREFIX):
            return self.get_response(request)  # type: ignore[return-value]  # a plain answer: no ASGI here
        return super().__call__(request)  # type: ignore[return-value]  # as above
