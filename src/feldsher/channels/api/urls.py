"""Addresses under /api/v1/; whatever is not one of them is a problem too, not a page of the site."""

from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, re_path

from feldsher.channels.api.door import OF_BOOKING, api
from feldsher.channels.api.intake import View, guarded
from feldsher.channels.api.partners import SCOPES
from feldsher.channels.api.reference import not_found, openapi_json, reference_page
from feldsher.foundation.modules import has_booking

app_name = "api"


def _operations() -> list[URLPattern]:
    """Return ninja's patterns, each behind the guard; its own root page is not among them."""
    patterns = [item for item in api.urls[0] if isinstance(item, URLPattern) and item.name != "api-root"]
    for pattern in patterns:
        part = str(pattern.pattern).partition("/")[0]
        view = guarded(pattern.callback, scope=SCOPES[part])
        pattern.callback = _with_booking(view) if part in OF_BOOKING else view
    return patterns


def _with_booking(view: View) -> View:
    """Answer like an address that is none where booking is off, before anything of the call is read."""

    @wraps(view)
    def answer(request: HttpRequest, **path: Any) -> HttpResponse:
        return view(request, **path) if has_booking() else not_found(request)

    return answer


urlpatterns = [
    path("openapi.json", guarded(openapi_json), name="openapi"),
    path("docs", guarded(reference_page), name="docs"),
    *_operations(),
    re_path("", guarded(not_found)),
]
