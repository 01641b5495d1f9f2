"""Doctors of a specialty everywhere, in a city, at a metro station or in a branch.

The page is the list of doctors; this says of which, under what words, and where else the specialty is. One
without doctors is an answer all the same: it says what to do, and is not indexed.
"""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from feldsher.channels.site.listings import Area, area_of, around, canonical_area, words_of
from feldsher.channels.site.offered import offered_words
from feldsher.channels.site.pages import Frame
from feldsher.channels.site.present import at
from feldsher.channels.site.rules import answers_in
from feldsher.channels.site.seo import Crumb, Seo
from feldsher.channels.site.views.doctors import Asked, listed
from feldsher.channels.site.views.errors import honest
from feldsher.channels.site.views.options import Option
from feldsher.domain.directory import selectors as directory
from feldsher.domain.directory.types import LocationCard, SpecialtyCard
from feldsher.domain.directory.types.listings import ListingKind
from feldsher.domain.scheduling.types import Sort
from feldsher.kernel import formats
from feldsher.kernel.errors import NotFoundError


@require_safe
@honest
def specialty(request: HttpRequest, slug: str) -> HttpResponse:
    """Show the doctors of a specialty in all branches."""
    return _answer(request, slug, ListingKind.SPECIALTY, "")


@require_safe
@honest
def specialty_city(request: HttpRequest, slug: str, city: str) -> HttpResponse:
    """Show the doctors of a specialty in a city; 404 where no branch is."""
    return _answer(request, slug, ListingKind.SPECIALTY_CITY, city)


@require_safe
@honest
def specialty_metro(request: HttpRequest, slug: str, station: str) -> HttpResponse:
    """Show the doctors of a specialty at a metro station; 404 where no branch is."""
    return _answer(request, slug, ListingKind.SPECIALTY_METRO, station)


@require_safe
@honest
def specialty_branch(request: HttpRequest, slug: str, location_id: UUID) -> HttpResponse:
    """Show the doctors of a specialty in a branch; 404 for a closed or unknown one."""
    return _answer(request, slug, ListingKind.SPECIALTY_BRANCH, str(location_id))


def _answer(request: HttpRequest, slug: str, kind: ListingKind, key: str) -> HttpResponse:
    locations, specialties = directory.locations(), directory.specialties()
    area = area_of(locations, kind, key)
    if area is None:
        raise NotFoundError("no open branch there")
    card = next((item for item in specialties if item.slug == slug), None) or directory.specialty(slug)
    work = directory.specialty_work(slug)
    ids = tuple(dict.fromkeys(doctor for doctor, branch in work if branch in area.ids))
    asked = Asked(
        specialties=specialties,
        specialty=card,
        place=area.places[0] if len(area.places) == 1 else None,
        service=None,
        answers=answers_in(request.GET),
        sort=Sort.TIME,
        base=None,
        distances={},
        area=area,
    )
    beside = around(area, locations, busy=[branch for _, branch in work])
    return listed(
        request,
        asked,
        ids,
        locations=locations,
        seo=lambda frame: _seo(frame, card, area, locations=locations, is_found=bool(ids)),
        around=[Option(_title(item), at(item.path(slug)), is_selected=False) for item in beside],
    )


def _title(area: Area) -> str:
    return {
        ListingKind.SPECIALTY: "Все филиалы",
        ListingKind.SPECIALTY_METRO: f"у\u00a0метро {area.name}",
    }.get(area.kind, area.name)


def _seo(
    frame: Frame, card: SpecialtyCard, area: Area, *, locations: tuple[LocationCard, ...], is_found: bool
) -> Seo:
    words = words_of(frame.texts, area, card, clinic=frame.brand)
    everywhere = area_of(locations, ListingKind.SPECIALTY, "")
    doctors = Crumb("Врачи", reverse("site:doctors"))
    title = formats.sentence_case(card.title)
    whole = canonical_area(everywhere, locations) if everywhere else area
    own = canonical_area(area, locations)
    way = (Crumb(title),) if own == whole else (Crumb(title, whole.path(card.slug)), Crumb(area.name))
    return Seo(
        title=words.title,
        description=f"{words.heading}. {offered_words()}.",
        path=own.path(card.slug),
        crumbs=(doctors, *way),
        is_indexed=is_found,
        heading=words.heading,
        names_clinic=True,
    )
