"""The cookie of a device that books somebody without typing: a random token, the rest is in the database."""

from django.http import HttpRequest, HttpResponse

from feldsher.channels.frontend.cookies import keep_cookie, read_cookie

DAYS = 180
_COOKIE = "remembered"
_TOKEN = 64


def token_of(request: HttpRequest) -> str:
    """Return the device's token, empty for none."""
    return read_cookie(request, _COOKIE)[:_TOKEN]


def keep_token(response: HttpResponse, token: str) -> None:
    keep_cookie(response, _COOKIE, token, seconds=DAYS * 24 * 3600)
