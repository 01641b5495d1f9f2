"""Feeds by name, plain or gzip as the name says; a partner's program asks again with what it has."""

from django.conf import settings
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseNotFound,
    StreamingHttpResponse,
)
from django.utils.cache import get_conditional_response
from django.utils.crypto import constant_time_compare
from django.utils.http import http_date
from django.views.decorators.http import require_safe

from feldsher.channels.feeds.built import built
from feldsher.kernel.errors import NotFoundError

_PACKED = ".gz"


@require_safe
def show(request: HttpRequest, name: str, key: str = "") -> HttpResponseBase:
    """Answer a feed with its ETag, 304 for whoever has it; 404 for another path than the settings say."""
    if not constant_time_compare(key, settings.FELDSHER_FEEDS_PATH):
        return HttpResponseNotFound(b"", content_type="text/plain")
    site = settings.SITE_URL or request.build_absolute_uri("/")
    try:
        feed = built(name.removesuffix(_PACKED), site=site.rstrip("/"))
    except NotFoundError:
        return HttpResponseNotFound(b"", content_type="text/plain")
    is_packed = name.endswith(_PACKED)
    etag = f'"{feed.digest[:32]}{"-gz" if is_packed else ""}"'
    answer: HttpResponseBase | None = get_conditional_response(request, etag, int(feed.since.timestamp()))
    if answer is None and is_packed:
        answer = HttpResponse(feed.content, content_type="application/gzip")
    elif answer is None:
        answer = StreamingHttpResponse(feed.plain(), content_type="application/xml; charset=utf-8")
    answer.headers["ETag"] = etag
    answer.headers["Last-Modified"] = http_date(feed.since.timestamp())
    answer.headers["Cache-Control"] = "no-cache"
    answer.headers["X-Robots-Tag"] = "noindex"
    return answer
