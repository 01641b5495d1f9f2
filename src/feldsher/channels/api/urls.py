"""Addresses under /api/v1/; whatever is not one of them is a problem too, not a page of the site."""

from django.urls import URLPattern, path, re_path

from feldsher.channels.api.door import api
from feldsher.channels.api.intake import guarded
from feldsher.channels.api.partners import SCOPES
from feldsher.channels.api.reference import not_found, openapi_json, reference_page

app_name = "api"


def _operations() -> list[URLPattern]:
    """Return ninja's patterns, each behind the guard; its own root page is not among them."""
    patterns = [item for item in api.urls[0] if isinstance(item, URLPattern) and item.name != "api-root"]
    for pattern in patterns:
        scope = SCOPES[str(pattern.pattern).partition("/")[0]]
        pattern.callback = guarded(pattern.callback, scope=scope)
    return patterns


urlpatterns = [
    path("openapi.json", guarded(openapi_json), name="openapi"),
    path("docs", guarded(reference_page), name="docs"),
    *_operations(),
    re_path("", guarded(not_found)),
]
