"""Pages of editors: lists of a kind, pages with their texts, images; and drafts for the editor's preview."""

from pathlib import PurePosixPath
from typing import Final

from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.urls import reverse
from django.views.decorators.http import require_safe

from feldsher.channels.frontend.queries import whole
from feldsher.channels.site import pages, structured
from feldsher.channels.site.page_cache import kept, rests_on
from feldsher.channels.site.present import link
from feldsher.channels.site.seo import Crumb, Seo, whole_crumbs
from feldsher.channels.site.structured_pages import text_page
from feldsher.channels.site.views.errors import honest
from feldsher.domain.editorial import selectors
from feldsher.domain.editorial.types import PageKind, PicturePart, SectionCard, ShownPage
from feldsher.kernel.errors import NotFoundError
from feldsher.kernel.formats import sentence_case

_TYPES: Final = {
    ".avif": "image/avif",
    ".webp": "image/webp",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".png": "image/png",
}
_ABOUT: Final = {
    PageKind.ARTICLE: "Статьи о\u00a0здоровье: каждую проверил врач клиники.",
    PageKind.CONDITION: "Заболевания: признаки, обследование, лечение. Каждый текст проверил врач клиники.",
    PageKind.PROMOTION: "Действующие предложения клиники, их условия и\u00a0сроки.",
    PageKind.NEWS: "Новости клиники.",
    PageKind.LANDING: "О\u00a0клинике.",
    PageKind.LEGAL: "Документы клиники.",
}
"""What a list says of itself where its editor has written no introduction."""
_FOR_EVER = "public, max-age=31536000, immutable"


@require_safe
@honest
@kept("page", query="page")
def section(request: HttpRequest, kind: PageKind) -> HttpResponse:
    """List the pages of a kind, twenty at once."""
    asked = request.GET.get("page")
    number = whole(asked) if asked is not None else 1
    if number is None:
        raise NotFoundError("no such page of the list")
    card = selectors.section(kind, number=number)
    return pages.page(request, "section.html", {"section": card}, seo=_seo_of_list(card))


@require_safe
@honest
@kept("image", "specialty")
def show(request: HttpRequest, kind: PageKind, slug: str) -> HttpResponse:
    """Show a page; lead from an address where it stood once to the one where it stands."""
    try:
        shown = selectors.page(kind, slug=slug)
    except NotFoundError:
        now = selectors.moved(kind, slug=slug)
        if now is None:
            raise
        return HttpResponsePermanentRedirect(link("page", kind, now))
    _rest(shown)
    return pages.page(request, "page.html", {"page": shown}, seo=lambda frame: _seo(frame, shown))


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
    """Draw what is not published, found and counted by nobody: the port `PageRenderer` of editorial."""
    crumbs = whole_crumbs(_crumbs(page), home=reverse("site:home"))
    return pages.page(request, "page.html", {"page": page, "is_draft": True, "crumbs": crumbs})


def _seo_of_list(card: SectionCard) -> Seo:
    """Return what a list says of itself.

    A further page has an address of its own: it shows other texts than the first one, and calling that one
    canonical would hide from robots what stands here alone.
    """
    first = reverse("site:section", args=[card.kind])
    told = card.lead or _ABOUT[card.kind]
    if card.number == 1:
        crumbs = (Crumb(card.title),)
        return Seo(card.title, told, first, crumbs, is_indexed=bool(card.lines))
    words = f"страница {card.number}"
    return Seo(
        title=f"{card.title}, {words}",
        description=f"{told} {sentence_case(words)}.",
        path=f"{first}?page={card.number}",
        crumbs=(Crumb(card.title, first), Crumb(sentence_case(words))),
    )


def _seo(frame: pages.Frame, shown: ShownPage) -> Seo:
    path = reverse("site:page", args=[shown.kind, shown.slug])
    picture = next((part for part in shown.parts if isinstance(part, PicturePart)), None)
    people = (shown.trust.author, shown.trust.reviewer) if shown.trust else ()
    doctors = {person.id: reverse("site:doctor", args=[person.id]) for person in people if person.is_open}

    def things(origin: str) -> list[structured.Thing]:
        network = structured.organization(frame.brand, origin=origin, logo=frame.logo, branches={})
        return text_page(shown, network, origin=origin, path=path, doctors=doctors)

    return Seo(
        title=shown.title,
        description=shown.lead,
        path=path,
        crumbs=_crumbs(shown),
        is_indexed=not shown.is_over,
        image=picture.plain.url if picture else "",
        things=things,
    )


def _crumbs(shown: ShownPage) -> tuple[Crumb, ...]:
    return (Crumb(shown.section, reverse("site:section", args=[shown.kind])), Crumb(shown.title))


def _rest(shown: ShownPage) -> None:
    """Say what a page shows: itself and its list, any page where it links to some; its doctors.

    Those are any doctor, as the one who is shown may be what an author's or a reviewer's row was merged into.
    """
    rests_on(*(["page"] if shown.rests_on is None else [f"page:{key}" for key in shown.rests_on]))
    if shown.trust is not None:
        rests_on("doctor")
