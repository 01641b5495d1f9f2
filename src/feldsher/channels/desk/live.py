"""Parts of a page that refresh by themselves: a fragment with an ETag, 304 while nothing has changed."""

import hashlib
from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from feldsher.channels.desk.gate import LIVE


def etag_of(content: object) -> str:
    """Return a name of the content as it is shown; tokens of forms are no part of it."""
    return hashlib.sha256(repr(content).encode()).hexdigest()[:32]


def unchanged(request: HttpRequest, *, etag: str) -> HttpResponse | None:
    """Return 304 for a page that asks by itself and shows this already, None for everybody else."""
    quoted = f'"{etag}"'
    if LIVE not in request.GET or request.headers.get("If-None-Match") != quoted:
        return None
    response = HttpResponse(status=304)
    response.headers["ETag"] = quoted
    return response


def fragment(
    request: HttpRequest, template: str, context: Mapping[str, Any], *, etag: str
) -> HttpResponse | None:
    """Return the part alone for a page that asks by itself, None for a person who opens the page."""
    if LIVE not in request.GET:
        return None
    response = unchanged(request, etag=etag) or render(request, f"desk/{template}", dict(context))
    response.headers["ETag"] = f'"{etag}"'
    return response
