"""What robots read first: which pages are nobody's business, and where the maps of the others are."""

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from feldsher.channels.frontend.arrivals import CLICK, LABELS
from feldsher.channels.site.closed import for_robots
from feldsher.channels.site.seo import origin_of
from feldsher.channels.site.sitemaps import KINDS, index_xml, map_xml

_KEPT = "public, max-age=3600"


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    """Answer robots.txt (RFC 9309; `Clean-param` is Yandex's own)."""
    lines = [
        "User-agent: *",
        *(f"Disallow: {path}" for path in for_robots()),
        f"Clean-param: {'&'.join((*LABELS, CLICK))}",
        "",
        f"Sitemap: {origin_of(request)}{reverse('site:sitemap-index')}",
        "",
    ]
    return _kept(HttpResponse("\n".join(lines), content_type="text/plain; charset=utf-8"))


@require_safe
def sitemap_index(request: HttpRequest) -> HttpResponse:
    """Answer the index of the maps."""
    return _kept(_xml(index_xml(origin_of(request))))


@require_safe
def sitemap(request: HttpRequest, kind: str, part: int) -> HttpResponse:
    """Answer one part of the map of a kind; 404 for any other."""
    entries = KINDS.get(kind)
    body = map_xml(list(entries()), part, origin=origin_of(request)) if entries else None
    if body is None:
        raise Http404("no such map")
    return _kept(_xml(body))


def _xml(body: str) -> HttpResponse:
    return HttpResponse(body, content_type="application/xml; charset=utf-8")


def _kept(response: HttpResponse) -> HttpResponse:
    response.headers["Cache-Control"] = _KEPT
    return response
