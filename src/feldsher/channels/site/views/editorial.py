"""Pages of editors: lists of a kind, pages with their texts, images; and drafts for the editor's preview."""

from pathlib import PurePosixPath
from typing import Final

from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.views.decorators.http import require_safe

from feldsher.channels.frontend.queries import whole
from feldsher.channels.site.pages import page
from feldsher.channels.site.present import link
from feldsher.channels.site.views.errors import honest
from feldsher.domain.editorial import selectors
from feldsher.domain.editorial.types import PageKind, ShownPage
from feldsher.kernel.errors import NotFoundError

_TYPES: Final = {
    ".avif": "image/avif",
    ".webp": "image/webp",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".png": "image/png",
}
_FOR_EVER = "public, max-age=31536000, immutable"


@require_safe
@honest
def section(request: HttpRequest, kind: PageKind) -> HttpResponse:
    """List the pages of a kind, twenty at once."""
    asked = request.GET.get("page")
    number = whole(asked) if asked is not None else 1
    if number is None:
        raise NotFoundError("no such page of the list")
    return page(request, "section.html", {"section": selectors.section(kind, number=number)})


@require_safe
@honest
def show(request: HttpRequest, kind: PageKind, slug: str) -> HttpResponse:
    """Show a page; lead from an address where it stood once to the one where it stands."""
    try:
        shown = selectors.page(kind, slug=slug)
    except NotFoundError:
        now = selectors.moved(kind, slug=slug)
        if now is None:
            raise
        return HttpResponsePermanentRedirect(link("page", kind, now))
    return _drawn(request, shown, is_draft=False)


@require_safe
@honest
def media(_request: HttpRequest, name: str) -> HttpResponse:
    """Give an image as pages show it; its name tells its content, so that browsers keep it for ever."""
    content_type = _TYPES.get(PurePosixPath(name).suffix)
    if content_type is None:
        raise NotFoundError("no image")
    response = HttpResponse(selectors.stored_file(name), content_type=content_type)
    response.headers["Cache-Control"] = _FOR_EVER
    return response


def draft(request: HttpRequest, page: ShownPage) -> HttpResponse:
    """Draw what is not published: the port `PageRenderer` of editorial."""
    return _drawn(request, page, is_draft=True)


def _drawn(request: HttpRequest, shown: ShownPage, *, is_draft: bool) -> HttpResponse:
    return page(request, "page.html", {"page": shown, "is_draft": is_draft})
