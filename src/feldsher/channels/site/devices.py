"""The device that sends a form of the site: a random cookie.

It says nothing of the person, and serves the cap on live holds and the scope of a form's key.
"""

import re
from secrets import token_urlsafe

from django.http import HttpRequest, HttpResponse

from feldsher.channels.frontend.cookies import keep_cookie, read_cookie

_DEVICE = "device"
_DEVICE_SHAPE = re.compile(r"^[\w-]{20,64}$")
_DEVICE_SECONDS = 365 * 24 * 3600


def device_of(request: HttpRequest) -> str:
    """Return the device's random name: from its cookie, else a new one (see `remember_device`)."""
    return known_device(request) or token_urlsafe(24)


def known_device(request: HttpRequest) -> str:
    """Return the device's random name, empty for one that never held a time here."""
    known = read_cookie(request, _DEVICE)
    return known if _DEVICE_SHAPE.match(known) else ""


def remember_device(response: HttpResponse, device: str) -> None:
    keep_cookie(response, _DEVICE, device, seconds=_DEVICE_SECONDS)
