"""Tells the figures what an answer of the API showed, and where a hold came from.

A program that calls here is no robot: it asks for a person. One that asks again with a tag, or goes on to the
next page of a list, is counted once.
"""

from collections.abc import Collection
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.http import HttpRequest

from feldsher.domain.figures import services as figures
from feldsher.domain.figures.types import UNKNOWN, Search, Source

_CHANNEL, _WIDGET = "api", "widget"


def note(request: HttpRequest, pairs: Collection[tuple[UUID, UUID]], *, search: Search | None) -> None:
    """Count an answer with free times of these (branch, doctor)s, or the `search` that found none."""
    if request.method != "GET" or "HTTP_IF_NONE_MATCH" in request.META:
        return
    channel = _channel(request)
    source = _host(request) if channel == _WIDGET else UNKNOWN
    if pairs:
        figures.note_shown(pairs, channel=channel, source=source)
    elif search is not None:
        figures.note_empty(search, channel=channel, source=source)


def note_hold(request: HttpRequest, hold: UUID, *, channel: str, labels: dict[str, Any]) -> None:
    """Remember where a hold came from: by the labels in its body, else by the page of a widget."""
    source = figures.from_utm({name: text for name, text in labels.items() if text})
    if source == UNKNOWN and channel == _WIDGET:
        source = figures.from_widget(str(labels.get("host") or "")) or UNKNOWN
        source = _host(request) if source == UNKNOWN else source
    figures.note_hold(hold, source=source)


def _channel(request: HttpRequest) -> str:
    """Return the channel of a partner whose key is for one alone; whoever else asks is the API's."""
    partner = getattr(request, "partner", None)
    channels = sorted(partner.channels) if partner is not None else []
    return channels[0] if len(channels) == 1 else _CHANNEL


def _host(request: HttpRequest) -> Source:
    """Return the site of the page that asks, as its browser says it."""
    try:
        host = urlsplit(request.META.get("HTTP_ORIGIN") or request.META.get("HTTP_REFERER", "")).hostname
    except ValueError:
        host = None
    return figures.from_widget(host or "")
