"""Branches: where they are, when they are open, who works there and what is done there.

The map is a picture that leads to a map of another site. That site itself is asked for a map, inside a frame,
only once a reader has tapped a button that says what it learns.
"""

from collections.abc import Sequence
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from feldsher.channels.frontend.answers import SeeOther
from feldsher.channels.frontend.policy import POLICY, with_frame_of
from feldsher.channels.site import structured
from feldsher.channels.site.hours import opening
from feldsher.channels.site.legal import legal_words
from feldsher.channels.site.nearest import nearest_doctors
from feldsher.channels.site.offered import offered_words
from feldsher.channels.site.page_cache import kept
from feldsher.channels.site.pages import page
from feldsher.channels.site.present import at, link
from feldsher.channels.site.said import pages_in, said
from feldsher.channels.site.seo import Crumb, Seo
from feldsher.channels.site.views.errors import honest
from feldsher.channels.site.views.options import NETWORK_SIZE
from feldsher.domain.directory import selectors as directory
from feldsher.domain.directory.types import LocationCard, PractitionerCard
from feldsher.domain.reviews import selectors as reviews
from feldsher.domain.scheduling import selectors as scheduling
from feldsher.kernel import clock, formats
from feldsher.kernel.errors import NotFoundError

_MAPS = "https://yandex.ru"
_MAP, _WIDGET = f"{_MAPS}/maps/", f"{_MAPS}/map-widget/v1/"
_SHOWN = 6
_SERVICES = 24


@require_safe
@honest
@kept()
def branches(request: HttpRequest) -> HttpResponse:
    """List the branches by city."""
    locations = directory.locations()
    cities: dict[str, list[LocationCard]] = {}
    for place in locations:
        cities.setdefault(place.city, []).append(place)
    seo = Seo(
        title="Филиалы: адреса, часы, телефоны",
        description="Адреса, часы работы и\u00a0телефоны филиалов, кто принимает и\u00a0как пройти.",
        path=reverse("site:branches"),
        crumbs=(Crumb("Филиалы"),),
        is_indexed=bool(locations),
    )
    context = {"cities": sorted(cities.items())}
    return page(request, "branches.html", context, locations=locations, seo=seo)


@require_safe
@honest
def branch(request: HttpRequest, location_id: UUID) -> HttpResponse:
    """Show a branch: contacts, map, way, legal entity, doctors with times, services; 404 if closed."""
    return _branch(request, location_id, has_widget=False)


@require_http_methods(["GET", "HEAD", "POST"])
@honest
def widget(request: HttpRequest, location_id: UUID) -> HttpResponse:
    """Show the branch with a map of another site inside: its reader has agreed to that, this once.

    Who comes to the address by itself has agreed to nothing, and is led to the branch.
    """
    if request.method != "POST":
        return SeeOther(reverse("site:branch", args=[location_id]))
    response = _branch(request, location_id, has_widget=True)
    policy = response.headers.get("Content-Security-Policy", POLICY)
    response.headers["Content-Security-Policy"] = with_frame_of(policy, _MAPS)
    response.headers["Cache-Control"] = "no-store"
    return response


def _branch(request: HttpRequest, location_id: UUID, *, has_widget: bool) -> HttpResponse:
    locations = directory.locations()
    place = next((item for item in locations if item.id == location_id), None)
    if place is None:
        raise NotFoundError("no such branch")
    now = clock.now()
    doctors, _ = directory.practitioners(location=place.id, limit=NETWORK_SIZE)
    times = scheduling.next_times([card.id for card in doctors], location_id=place.id, per=1)
    services = directory.services_given(location=place.id, limit=_SERVICES + 1)
    context = {
        "place": place,
        "open_now": opening(place.hours, zone=place.zone, now=now).words if place.hours else "",
        "zone": formats.zone_words(place.zone or formats.MOSCOW, at=now),
        "map_url": map_url(place),
        "map": directory.branch_map(place.id),
        "map_words": f"Карта: {place.where}. Откроется сайт Яндекса",
        "widget_url": widget_url(place) if has_widget else "",
        "entity": legal_words(place.legal),
        "table": nearest_doctors(request, doctors, times, place=place, count=_SHOWN, now=now),
        "doctors_count": len(doctors),
        "doctors_url": link("doctors", location=place.id),
        "specialties": _specialties(doctors, place),
        "services": [(card, link("service-branch", card.id, place.id)) for card in services[:_SERVICES]],
        "has_more_services": len(services) > _SERVICES,
        **said(
            reviews.of_branch(place.id, pages=pages_in(request.GET)),
            page="branch",
            of=place.id,
            locations=locations,
            doctors=doctors,
        ),
        "call_url": link("call", location=place.id),
    }
    return page(request, "branch.html", context, locations=locations, place=place, seo=_seo(place))


def _seo(place: LocationCard) -> Seo:
    path = reverse("site:branch", args=[place.id])
    told = ", ".join(part for part in (place.where, place.hours) if part)
    return Seo(
        title=f"{place.name}: адрес, часы работы, врачи",
        description=f"{told}. Врачи и\u00a0услуги. {offered_words()}.",
        path=path,
        crumbs=(Crumb("Филиалы", reverse("site:branches")), Crumb(place.name)),
        things=lambda origin: [structured.clinic(place, origin=origin, path=path)],
    )


def map_url(place: LocationCard) -> str:
    """Return the branch on a map of another site: by its degrees, else by its address; empty without both."""
    return f"{_MAP}?{urlencode(asked)}" if (asked := _on_map(place)) else ""


def widget_url(place: LocationCard) -> str:
    """Return the address of the same map to stand inside a page; empty without degrees and address."""
    asked = _on_map(place)
    middle = {"ll": asked["pt"]} if "pt" in asked else {}
    return f"{_WIDGET}?{urlencode(middle | asked)}" if asked else ""


def _on_map(place: LocationCard) -> dict[str, str]:
    if place.latitude is not None and place.longitude is not None:
        return {"pt": f"{place.longitude},{place.latitude}", "z": "17", "l": "map"}
    return {"text": place.where} if place.address else {}


def _specialties(doctors: Sequence[PractitionerCard], place: LocationCard) -> list[tuple[str, str, int]]:
    """Return title, address and number of doctors of each specialty of the branch, by title."""
    counts: dict[str, int] = {}
    titles: dict[str, str] = {}
    for card in doctors:
        for slug, title in zip(card.specialty_slugs, card.specialties, strict=True):
            titles[slug] = title
            counts[slug] = counts.get(slug, 0) + 1
    return [
        (
            formats.sentence_case(title),
            at(reverse("site:specialty-branch", args=[slug, place.id])),
            counts[slug],
        )
        for slug, title in sorted(titles.items(), key=lambda item: item[1])
    ]
