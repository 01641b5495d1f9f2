"""A provider of SMS calls to tell what became of what it was given; a device, that it has shown something.

No session, no cookie, no token of a form: its signature opens the door, before the database is asked. What is
answered says nothing of whether a message is known. A provider calls again where it does not get its receipt.
"""

import logging
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from feldsher.channels.frontend.answers import private
from feldsher.foundation.messaging import pushing, services
from feldsher.foundation.messaging.errors import ForgedReportError, UnknownProviderError

LONGEST: Final = 64 * 1024
"""Bytes: a hundred statuses of one call are about ten thousand."""
_NO_CONTENT: Final = 204
_UNKNOWN: Final = 404
_TOO_LONG: Final = 413
_log = logging.getLogger(__name__)


@csrf_exempt
@require_POST
def delivery_report(request: HttpRequest, provider: str) -> HttpResponse:
    """Answer with the provider's receipt; 403 for a forged call, 404 for a provider that is not set."""
    body = request.read(LONGEST + 1)
    if len(body) > LONGEST:
        return _said("too_long", status=_TOO_LONG)
    try:
        receipt = services.take_reports(provider, body)
    except (ForgedReportError, UnknownProviderError) as error:
        _log.warning("delivery reports refused: %s", error.detail)
        return _said(error.code, status=error.status)
    return _said(receipt, status=200)


@csrf_exempt
@require_POST
def shown(request: HttpRequest) -> HttpResponse:
    """Keep that a device has shown a notification, by the token that came inside it; 404 for nobody's.

    Its service worker calls, without a cookie. Again, and too late, is answered alike.
    """
    token = request.read(pushing.LONGEST_TOKEN + 1).decode("ascii", "replace")
    if not pushing.hear(token):
        return _said("unknown", status=_UNKNOWN)
    return private(HttpResponse(status=_NO_CONTENT))


def _said(text: str, *, status: int) -> HttpResponse:
    return private(HttpResponse(text, status=status, content_type="text/plain; charset=utf-8"))
