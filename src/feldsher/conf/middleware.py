"""The short middleware chain: an id and headers for every answer, CSRF for HTML forms only."""

import logging
from collections.abc import Callable, Mapping
from typing import Any

from django.conf import settings
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest, HttpResponse, HttpResponseForbidden
from django.http.response import HttpResponseBase, ResponseHeaders
from django.middleware.csrf import CsrfViewMiddleware
from django.middleware.gzip import GZipMiddleware

from feldsher.channels.api.errors import TooManyRequestsError
from feldsher.channels.api.problems import respond
from feldsher.channels.frontend.policy import POLICY
from feldsher.channels.site.views.errors import too_often
from feldsher.conf.limits import Limits
from feldsher.foundation.access.addresses import settle_address
from feldsher.foundation.access.context import no_context
from feldsher.kernel.trace import tracing

GetResponse = Callable[[HttpRequest], HttpResponse]

_DATA_POLICY = "default-src 'none'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
_FEATURES = (
    "geolocation=(self), accelerometer=(), autoplay=(), camera=(), display-capture=(), fullscreen=(), "
    "gyroscope=(), magnetometer=(), microphone=(), midi=(), payment=(), "
    "usb=(), xr-spatial-tracking=()"
)
_ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": _FEATURES,
}
_NOTHING = ("", "")
_TWO_YEARS = "max-age=63072000; includeSubDomains; preload"
_LAST_WORDS = "У нас сбой. Если вы записывались, позвоните в клинику. Код обращения: {}"
_PLAIN = "text/plain; charset=utf-8"
_API_PREFIX = "/api/"
_DESK_PREFIX = "/desk/"
_log = logging.getLogger(__name__)


def _kept(headers: Mapping[str, str]) -> dict[str, tuple[str, str]]:
    """Return header fields as Django keeps them, with its checks made once."""
    return dict(ResponseHeaders(headers)._store)  # noqa: SLF001 - see SecurityHeadersMiddleware


class TraceMiddleware:
    """Gives each request an id of its own, whatever it says itself, and its answer the same in X-Request-Id.

    It is the outermost: when even the page of an error fails, a bare sentence with the id is left.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self._next = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with tracing() as name:
            request.trace_id = name  # type: ignore[attr-defined]  # for the line that Django logs after us
            try:
                response = self._next(request)
            except Exception:  # noqa: BLE001 - the last door of all
                _log.exception("no page could be made of an error")
                response = HttpResponse(_LAST_WORDS.format(name), status=500, content_type=_PLAIN)
            response.headers._store["x-request-id"] = ("X-Request-Id", name)  # noqa: SLF001 - see below
            return response


class SecurityHeadersMiddleware:
    """No inline script, no foreign hosts, no frames, on every answer, a file too.

    What no cache may keep is somebody's own: neither does another page learn its address (`no-referrer`).
    """

    def __init__(self, get_response: GetResponse) -> None:
        self._next = get_response
        is_https = settings.SITE_URL.startswith("https:")
        always = _ALWAYS | ({"Strict-Transport-Security": _TWO_YEARS} if is_https else {})
        self._kept = {
            (is_data, is_own): _kept(
                always
                | {"Content-Security-Policy": _DATA_POLICY if is_data else POLICY}
                | {"Referrer-Policy": "no-referrer" if is_own else "strict-origin-when-cross-origin"}
            )
            for is_data in (True, False)
            for is_own in (True, False)
        }

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self._next(request)
        if request.path.startswith(_DESK_PREFIX):
            response.headers.setdefault("Cache-Control", "no-store")
        # Past the checks of each value, which cost more than all the rest here: these have been checked.
        own = response.headers._store  # noqa: SLF001 - see above
        is_data = "json" in own.get("content-type", _NOTHING)[1]
        is_own = "no-store" in own.get("cache-control", _NOTHING)[1]
        response.headers._store = self._kept[is_data, is_own] | own  # noqa: SLF001 - see above
        return response


class CallerMiddleware:
    """Settles who asks, once, for all that counts or names callers: whom the trusted proxies have seen."""

    def __init__(self, get_response: GetResponse) -> None:
        self._next = get_response
        self._trusted = settings.FELDSHER_TRUSTED_PROXIES

    def __call__(self, request: HttpRequest) -> HttpResponse:
        settle_address(request, trusted=self._trusted)
        return self._next(request)


class ContextMiddleware:
    """Begins each request with no personal row in reach, whatever its thread did before."""

    def __init__(self, get_response: GetResponse) -> None:
        self._next = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with no_context():
            return self._next(request)


class RateLimitMiddleware:
    """Refuses who calls too often, before anything is read or asked, and tells everybody what is left."""

    def __init__(self, get_response: GetResponse) -> None:
        self._next = get_response
        self._limits = Limits()

    def __call__(self, request: HttpRequest) -> HttpResponse:
        verdict = self._limits.judge(request)
        if verdict is None:
            return self._next(request)
        if verdict.is_allowed:
            response = self._next(request)
        elif request.path.startswith(_API_PREFIX):
            response = respond(TooManyRequestsError())
            response.headers["Retry-After"] = str(verdict.retry_seconds)
        else:
            response = too_often(verdict.retry_seconds)
        # Our own words: see SecurityHeadersMiddleware.
        store = response.headers._store  # noqa: SLF001 - see there
        store["ratelimit-policy"] = ("RateLimit-Policy", verdict.policy)
        store["ratelimit"] = ("RateLimit", verdict.state)
        return response


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
