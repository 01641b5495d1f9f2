"""Cleans what a stranger says of where they come from: a name and no more, or nothing.

Whatever looks like a person's own (an address with @, a long row of digits) is dropped whole.
"""

import re
from collections.abc import Mapping

from feldsher.domain.figures.types import UNKNOWN, Source, SourceKind

LONGEST = 60
_LEFT_OUT = re.compile(r"[^\w.:+/-]+")
_PERSONAL = re.compile(r"@|%40|\d[\d\s()+-]{6,}\d")
_HOST = re.compile(r"(?=.{1,60}$)[a-z0-9а-яё](?:[a-z0-9а-яё-]*[a-z0-9а-яё])?(?:\.[a-z0-9а-яё-]+)+")


def clean_text(text: str) -> str:
    """Return LONGEST letters, digits and `._:+/-` in lower case at most; nothing for a person's own."""
    said = text[:200]
    if _PERSONAL.search(said):
        return ""
    return _LEFT_OUT.sub("-", said.strip().casefold()).strip("-")[:LONGEST]


def clean_host(text: str) -> str:
    """Return a host's name without `www.`, in lower case; empty for anything else, an IP address among it."""
    said = text[:200].strip().casefold().removeprefix("www.").rstrip(".")
    if said.replace(".", "").isdigit() or not _HOST.fullmatch(said):
        return ""
    return said


def from_utm(labels: Mapping[str, str]) -> Source:
    """Return the source that `utm_source`, `utm_medium` and `utm_campaign` name, or `utm_referrer`."""
    name = clean_text(labels.get("utm_source", ""))
    if name:
        medium, campaign = (clean_text(labels.get(f"utm_{part}", "")) for part in ("medium", "campaign"))
        return Source(SourceKind.UTM, name, medium, campaign)
    return from_referrer(labels.get("utm_referrer", ""))


def from_referrer(host: str) -> Source:
    return _hosted(SourceKind.REFERRER, host)


def from_widget(host: str) -> Source:
    """Return the source of a widget that stands on a page of this host."""
    return _hosted(SourceKind.WIDGET, host)


def _hosted(kind: SourceKind, host: str) -> Source:
    name = clean_host(host)
    return Source(kind, name) if name else UNKNOWN
