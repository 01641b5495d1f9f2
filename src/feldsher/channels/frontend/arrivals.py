"""Where a reader comes from, and whether a page is read at all: for counts that name nobody.

Nothing is kept on the device for it. Labels of an address (`utm_…`) go on in the addresses of our own pages,
and in the form of a hold; a page that was reached without them learns them from the page before (Referer).
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from urllib.parse import parse_qsl, urlsplit

from django.http import HttpRequest

from feldsher.domain.conversions.selectors import are_clicks_wanted
from feldsher.domain.conversions.types import LONGEST
from feldsher.domain.figures.services import from_referrer, from_utm
from feldsher.domain.figures.types import UNKNOWN, Source, SourceKind

LABELS = ("utm_source", "utm_medium", "utm_campaign", "utm_referrer")
CLICK = "ya_token"
"""What Яндекс adds to the address of a page that it leads to, and hears back with a booking."""
_MARK = re.compile(rf"[A-Za-z0-9._~+/=:-]{{1,{LONGEST}}}")
_LONGEST_QUERY = 2000
"""Characters of a query before ours; a longer one is looked at by nobody, so that no label is cut."""
_ROBOT = re.compile(
    r"bot|crawl|spider|slurp|preview|lighthouse|headless|monitor|uptime|curl|wget|scrapy|facebookexternalhit"
    r"|mediapartners|yandex(?!search)\w*/|python|java/|go-http|httpclient|okhttp/1",
    re.IGNORECASE,
)
_AHEAD = ("HTTP_SEC_PURPOSE", "HTTP_PURPOSE", "HTTP_X_MOZ", "HTTP_X_PURPOSE")
_NOTHING: Mapping[str, str] = {}
_CARRIED: ContextVar[Mapping[str, str]] = ContextVar("carried_labels", default=_NOTHING)


def is_read(request: HttpRequest) -> bool:
    """Tell whether a person asked for the page: no robot by its own word, no browser ahead of its reader.

    A question with a tag (`If-None-Match`) is an open page that asks again.
    """
    told = request.META
    return not (
        request.method != "GET"
        or "HTTP_IF_NONE_MATCH" in told
        or any("prefetch" in told.get(name, "") or "prerender" in told.get(name, "") for name in _AHEAD)
        or is_robot(told.get("HTTP_USER_AGENT", ""))
    )


def is_robot(agent: str) -> bool:
    """Tell whether a program says itself that it is one; who says nothing is none of ours either."""
    return not agent or _ROBOT.search(agent) is not None


def source_of(request: HttpRequest) -> Source:
    """Return where the reader comes from: by the labels of a form or an address, else by the page before."""
    for said in (request.POST if request.method == "POST" else _NOTHING, request.GET):
        found = from_utm({name: said[name] for name in LABELS if name in said})
        if found != UNKNOWN:
            return found
    try:
        host = urlsplit(request.META.get("HTTP_REFERER", "")).hostname or ""
    except ValueError:
        return UNKNOWN
    return from_utm(_before(request)) if host == _own_host(request) else from_referrer(host)


def _before(request: HttpRequest) -> Mapping[str, str]:
    """Return the labels in the address of the page before, where it was our own."""
    try:
        before = urlsplit(request.META.get("HTTP_REFERER", ""))
        is_read = before.hostname == _own_host(request) and len(before.query) <= _LONGEST_QUERY
        return dict(parse_qsl(before.query, max_num_fields=50)) if is_read else _NOTHING
    except ValueError:
        return _NOTHING


def _own_host(request: HttpRequest) -> str:
    return request.get_host().partition(":")[0].strip("[]")


def click_of(request: HttpRequest) -> str:
    """Return the mark of the catalogue that led here, from where labels come; empty where none is told."""
    if not are_clicks_wanted():
        return ""
    for said in (request.POST if request.method == "POST" else _NOTHING, request.GET, _before(request)):
        mark = said.get(CLICK, "")
        if _MARK.fullmatch(mark):
            return mark
    return ""


@contextmanager
def carrying(request: HttpRequest) -> Iterator[None]:
    """Do the block with where its reader came from in the addresses that it makes (`carried`)."""
    click = click_of(request)
    token = _CARRIED.set({**_labels(source_of(request)), **({CLICK: click} if click else {})})
    try:
        yield
    finally:
        _CARRIED.reset(token)


def carried() -> Mapping[str, str]:
    """Return the labels that addresses of our pages carry on, by their names; nothing for most readers."""
    return _CARRIED.get()


def _labels(source: Source) -> Mapping[str, str]:
    if source.kind is SourceKind.UTM:
        said = zip(LABELS, (source.name, source.medium, source.campaign), strict=False)
        return {name: value for name, value in said if value}
    return {"utm_referrer": source.name} if source.kind is SourceKind.REFERRER else _NOTHING
