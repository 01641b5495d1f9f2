"""Addresses of the editor of pages: Wagtail's own names, so that they stand in no namespace of ours.

Its two addresses by pattern are written as ours are: what compares revisions, and the last one, which
takes all that is no address at all.
"""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import URLResolver, path, register_converter
from django.urls.converters import StringConverter
from django.urls.resolvers import RegexPattern
from wagtail.admin.urls import urlpatterns as of_wagtail

from feldsher.channels.desk.editorial import Pattern, doors
from feldsher.kernel.errors import NotFoundError


class RevisionConverter(StringConverter):
    """A revision: its number, or a word for one."""

    regex = r"live|earliest|latest|\d{1,9}"


register_converter(RevisionConverter, "revision")
_COMPARE = "<int:pk>/revisions/compare/<revision:revision_id_a>...<revision:revision_id_b>/"


def _nothing(request: HttpRequest, rest: str) -> HttpResponse:
    raise NotFoundError(f"no address of the editor, of {len(rest)} characters, asked by {request.method}")


def _ours(patterns: list[Any]) -> list[Pattern]:
    """Return the patterns without those written as regular expressions."""
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            inside: list[Any] = pattern.url_patterns
            compared = [each for each in inside if getattr(each, "name", "") == "revisions_compare"]
            inside[:] = _ours(inside)
            inside += [path(_COMPARE, each.callback, name=each.name) for each in compared]
    return [
        pattern
        for pattern in patterns
        if isinstance(pattern, URLResolver) or not isinstance(pattern.pattern, RegexPattern)
    ]


urlpatterns = doors([*_ours(of_wagtail), path("<path:rest>", _nothing)])
