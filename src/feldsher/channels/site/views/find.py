"""The way to a time: home, doctors, one doctor's days, search of services.

Each page asks a constant number of questions, however many doctors it shows.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.shortcuts import render
from django.views.decorators.http import require_safe

from feldsher.channels.site import formats
from feldsher.channels.site.pages import page
from feldsher.channels.site.present import doctor_rows, link, place_words, specialty_rows
from feldsher.channels.site.queries import text_in, uuid_in
from feldsher.channels.site.schedule import Choice, choose, week_of
from feldsher.channels.site.views.errors import honest
from feldsher.domain.directory import selectors as directory
from feldsher.domain.directory.types import LocationCard, PractitionerCard, PriceQuery, SpecialtyCard
from feldsher.domain.scheduling import selectors as scheduling
from feldsher.kernel import clock
from feldsher.kernel.errors import NotFoundError
from feldsher.kernel.money import format_roubles

_HOME_ROWS = 5
_LIST_SIZE = 50
_NETWORK_SIZE = 500
_FOUND_SIZE = 30
_MIN_QUERY = 2


@dataclass(frozen=True, slots=True)
class Option:
    """One choice among branches or services; `note` stands at its right."""

    title: str
    url: str
    is_selected: bool
    note: str = ""


def _place(locations: Sequence[LocationCard], location_id: UUID | None) -> LocationCard | None:
    """Return the branch by its id, None for None; raises NotFoundError for an unknown one."""
    if location_id is None:
        return None
    for place in locations:
        if place.id == location_id:
            return place
    raise NotFoundError("no such branch")


def _specialty(specialties: Sequence[SpecialtyCard], slug: str) -> SpecialtyCard | None:
    """Return the specialty by its slug, None for nothing; raises NotFoundError for an unknown one."""
    if not slug:
        return None
    for specialty in specialties:
        if specialty.slug == slug:
            return specialty
    raise NotFoundError("no such specialty")


@require_safe
@honest
def home(request: HttpRequest) -> HttpResponse:
    """Show the nearest times of one branch first, then all specialties and branches."""
    locations = directory.locations()
    place = _place(locations, uuid_in(request.GET, "location")) or next(iter(locations), None)
    specialties = directory.specialties()
    rows: tuple[object, ...] = ()
    now = clock.now()
    if place is not None:
        doctors, _ = directory.practitioners(location=place.id, limit=_NETWORK_SIZE)
        times = scheduling.next_times([card.id for card in doctors], location_id=place.id)
        rows = specialty_rows(specialties, doctors, times, place=place, now=now, limit=_HOME_ROWS)
    context = {
        "rows": rows,
        "place": place,
        "place_words": place_words(place) if place else "",
        "branches": [
            Option(title=item.name, url=link("home", location=item.id), is_selected=item == place)
            for item in locations
        ],
        "specialties": specialties,
        "locations": locations,
    }
    return page(request, "home.html", context, locations=locations)


@require_safe
@honest
def doctors(request: HttpRequest) -> HttpResponse:
    """List doctors with their next times, filtered by specialty, branch and service."""
    locations, specialties = directory.locations(), directory.specialties()
    specialty = _specialty(specialties, text_in(request.GET, "specialty"))
    place = _place(locations, uuid_in(request.GET, "location"))
    service_id = uuid_in(request.GET, "service")
    service = directory.service(service_id) if service_id else None
    location_id = place.id if place else None
    slug = specialty.slug if specialty else None
    cards, after = directory.practitioners(
        specialty=slug,
        location=location_id,
        service=service_id,
        after=text_in(request.GET, "after") or None,
        limit=_LIST_SIZE,
    )
    times = scheduling.next_times([card.id for card in cards], location_id=location_id, service_id=service_id)
    rows = doctor_rows(
        cards,
        times,
        places={item.id: item for item in locations},
        location_id=location_id,
        service_id=service_id,
        now=clock.now(),
    )
    context = {
        "rows": rows,
        "has_times": any(row.times for row in rows),
        "specialty": specialty,
        "service": service,
        "place": place,
        "specialties": specialties,
        "locations": locations,
        "more_url": link("doctors", specialty=slug, location=location_id, service=service_id, after=after),
        "has_more": bool(after),
    }
    return page(request, "doctors.html", context, locations=locations)


def _working(doctor_id: UUID) -> PractitionerCard:
    """Return a doctor who sees patients now; raises NotFoundError, also for one who has left."""
    card = directory.practitioner(doctor_id)
    if not card.is_open:
        raise NotFoundError("the doctor has left")
    return card


@require_safe
@honest
def doctor(request: HttpRequest, doctor_id: UUID) -> HttpResponse:
    """Show a doctor's days, the times of one day, and the choice of branch and service."""
    locations = directory.locations()
    card = _working(doctor_id)
    choice = choose(card, request.GET, locations=locations)
    now = clock.now()
    services = _services(choice, request)
    context = {
        "card": card,
        "specialties": formats.sentence_case(", ".join(card.specialties)),
        "place": choice.location,
        "place_words": place_words(choice.location) if choice.location else "",
        "branches": [
            Option(
                title=item.name,
                url=link("doctor", card.id, location=item.id),
                is_selected=item == choice.location,
            )
            for item in locations
            if item.id in card.location_ids
        ],
        "services": services,
        "service": next((item for item in services if item.is_selected), None),
        "week": week_of(choice, request.GET, now=now),
        "call_url": link("call", doctor=card.id, location=choice.location.id if choice.location else None),
    }
    return page(request, "doctor.html", context, locations=locations)


def _services(choice: Choice, request: HttpRequest) -> list[Option]:
    """Return what the doctor does in the chosen branch, with prices of today there."""
    if choice.location is None:
        return []
    cards = directory.services_of(choice.doctor.id, location=choice.location.id)
    today = formats.local_day(clock.now(), choice.location.zone or formats.MOSCOW)
    asked = [PriceQuery(card.id, choice.location.id, choice.doctor.id, today) for card in cards]
    amounts = directory.prices(asked)
    usual = next((card.id for card in cards), None)
    selected = choice.service_id or usual
    day = text_in(request.GET, "from")
    return [
        Option(
            title=card.name,
            url=link("doctor", choice.doctor.id, location=choice.location.id, service=card.id, from_=day),
            is_selected=card.id == selected,
            note=format_roubles(amounts.get(query)),
        )
        for card, query in zip(cards, asked, strict=True)
    ]


@require_safe
@honest
def doctor_times(request: HttpRequest, doctor_id: UUID) -> HttpResponse:
    """Answer the live times of an open page as a fragment; 304 while nothing has changed."""
    locations = directory.locations()
    card = _working(doctor_id)
    week = week_of(choose(card, request.GET, locations=locations), request.GET, now=clock.now())
    etag = f'"{week.etag}"'
    if request.headers.get("If-None-Match") == etag:
        response: HttpResponse = HttpResponseNotModified()
    else:
        response = render(request, "site/_week.html", {"week": week, "card": card})
    response.headers["ETag"] = etag
    response.headers["Cache-Control"] = "no-cache"
    return response


@require_safe
@honest
def services(request: HttpRequest) -> HttpResponse:
    """Find services, doctors and specialties by a few letters."""
    query = text_in(request.GET, "q", limit=80)
    is_asked = len(query) >= _MIN_QUERY
    cards, _ = directory.practitioners(limit=_NETWORK_SIZE) if is_asked else ((), None)
    wanted = _plain(query)
    context = {
        "query": query,
        "is_asked": is_asked,
        "services": directory.search_services(query, _FOUND_SIZE) if is_asked else (),
        "doctors": [card for card in cards if _fits(wanted, card.name)][:_FOUND_SIZE],
        "specialties": [card for card in directory.specialties() if is_asked and _fits(wanted, card.title)],
    }
    return page(request, "services.html", context)


def _plain(text: str) -> str:
    return text.casefold().replace("ё", "е")


def _fits(wanted: str, text: str) -> bool:
    """Tell whether each word asked for begins a word of the text."""
    words = _plain(text).replace("-", " ").split()
    return all(any(word.startswith(part) for word in words) for part in wanted.split())
