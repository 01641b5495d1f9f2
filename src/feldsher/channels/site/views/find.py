"""The way to a time: home, one doctor's days, what leads to services.

Each page asks a constant number of questions, however many doctors it shows.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified, HttpResponsePermanentRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from feldsher.channels.frontend.answers import private
from feldsher.channels.frontend.queries import text_in, uuid_in
from feldsher.channels.frontend.times import chip, price_words
from feldsher.channels.site import structured
from feldsher.channels.site.columns import nearest_words
from feldsher.channels.site.freed import forget_freed, freed_in
from feldsher.channels.site.nearest import nearest_doctors
from feldsher.channels.site.offered import offered_words
from feldsher.channels.site.pages import Frame, page
from feldsher.channels.site.present import link, specialty_rows
from feldsher.channels.site.rules import answers_out
from feldsher.channels.site.said import pages_in, said
from feldsher.channels.site.schedule import Choice, choose, week_of
from feldsher.channels.site.seo import Crumb, Seo
from feldsher.channels.site.shown import note
from feldsher.channels.site.views.errors import honest
from feldsher.channels.site.views.options import DEEP, NETWORK_SIZE, Option, place_of
from feldsher.domain.directory import selectors as directory
from feldsher.domain.directory.types import (
    LocationCard,
    PractitionerCard,
)
from feldsher.domain.directory.types.profile import Profile
from feldsher.domain.figures.types import Search, Wanted
from feldsher.domain.reviews import selectors as reviews
from feldsher.domain.scheduling import selectors as scheduling
from feldsher.foundation.modules import has_booking
from feldsher.kernel import clock, formats
from feldsher.kernel.errors import NotFoundError
from feldsher.kernel.money import format_roubles

_HOME_ROWS = 5
_HOME_DOCTORS = 4
_MANY = 60
_MAX_QUERY = 80
_HOME_WORDS = {
    True: (
        "Запись к\u00a0врачу",
        "Свободное время врачей, цены и\u00a0филиалы. Запись без\u00a0звонка.",
    ),
    False: ("Врачи, услуги и\u00a0цены", "Врачи, услуги, цены и\u00a0филиалы клиники."),
}


def _per_doctor(doctors: int) -> int:
    """Return how many times of each doctor to read: whole days where doctors are few, else what is shown."""
    return DEEP if doctors <= _MANY else 6


def _stop_of(place: LocationCard, *, now: datetime) -> str:
    """Return what patients read while online booking of a whole branch is stopped."""
    stops = (stop for stop in scheduling.live_stops() if stop.practitioner_id is None)
    stop = next((stop for stop in stops if stop.location_id in {None, place.id}), None)
    if stop is None:
        return ""
    return scheduling.stop_words(stop.notice, stop.until, zone=place.zone or formats.MOSCOW, now=now)


def _today_words(place: LocationCard | None, *, now: datetime) -> str:
    today = formats.local_day(now, (place.zone if place else "") or formats.MOSCOW)
    return formats.sentence_case(formats.day_words(today, today=today))


@require_safe
@honest
def home(request: HttpRequest) -> HttpResponse:
    """Show the nearest times of one branch first, then its doctors, all specialties and branches."""
    locations = directory.locations()
    place = place_of(locations, uuid_in(request.GET, "location")) or next(iter(locations), None)
    specialties = directory.specialties()
    rows: tuple[object, ...] = ()
    table = None
    now = clock.now()
    if place is not None:
        doctors, _ = directory.practitioners(location=place.id, limit=NETWORK_SIZE)
        per = _per_doctor(len(doctors))
        times = scheduling.next_times([card.id for card in doctors], location_id=place.id, per=per)
        rows = specialty_rows(specialties, doctors, times, place=place, now=now, limit=_HOME_ROWS, per=per)
        table = nearest_doctors(request, doctors, times, place=place, count=_HOME_DOCTORS, now=now)
    context = {
        "stop": _stop_of(place, now=now) if place and has_booking() else "",
        "rows": rows,
        "table": table,
        "today": _today_words(place, now=now),
        "place": place,
        "place_words": place.where if place else "",
        "zone": formats.zone_words(place.zone or formats.MOSCOW, at=now) if place else "",
        "cities": " и\u00a0".join(dict.fromkeys(item.city for item in locations if item.city)),
        "branches": [
            Option(title=item.name, url=link("home", location=item.id), is_selected=item == place)
            for item in locations
        ],
        "specialties": specialties,
        "locations": locations,
        "hold_minutes": settings.FELDSHER_BOOKING.hold_minutes,
    }
    title, description = _HOME_WORDS[has_booking()]
    seo = Seo(title=title, description=description, path=reverse("site:home"))

    def told(frame: Frame) -> Seo:
        return replace(seo, things=lambda origin: _network(frame, locations, origin=origin))

    return page(request, "home.html", context, locations=locations, place=place, seo=told)


def _network(frame: Frame, locations: Sequence[LocationCard], *, origin: str) -> list[structured.Thing]:
    """Return the site and the network with its branches, in schema.org's words."""
    branches = {reverse("site:branch", args=[place.id]): place for place in locations}
    return [
        structured.website(frame.brand, origin=origin, search=reverse("site:search")),
        structured.organization(frame.brand, origin=origin, logo=frame.logo, branches=branches),
    ]


def _working(doctor_id: UUID) -> tuple[PractitionerCard, Profile]:
    """Return a doctor who sees patients now; raises NotFoundError, also for one who has left."""
    found = directory.profiled([doctor_id]).get(doctor_id)
    if found is None or not found[0].is_open:
        raise NotFoundError("no such doctor, or one who has left")
    return found


@require_safe
@honest
def doctor(request: HttpRequest, doctor_id: UUID) -> HttpResponse:
    """Show a doctor's days, the times of one day, and the choice of branch and service."""
    locations = directory.locations()
    card, profile = _working(doctor_id)
    choice = choose(card, request.GET, locations=locations)
    now = clock.now()
    services = _services(choice, request)
    week = week_of(choice, request.GET, now=now) if has_booking() else None
    _note(request, choice, is_asked=week is not None and (week.gate.is_asking or bool(week.gate.refusal)))
    context = {
        "card": card,
        "profile": profile,
        **_profile_words(profile, today=formats.local_day(now, formats.MOSCOW)),
        "specialties": formats.sentence_case(", ".join(card.specialties)),
        "place": choice.location,
        "place_words": choice.location.where if choice.location else "",
        "branches": [
            Option(
                title=item.name,
                url=link("doctor", card.id, location=item.id, **answers_out(choice.answers)),
                is_selected=item == choice.location,
            )
            for item in locations
            if item.id in card.location_ids
        ],
        "services": services,
        "service": next((item for item in services if item.is_selected), None),
        "week": week,
        "call_url": _call_url(choice),
        "wait_url": _wait_url(choice),
        "nearest": chip(choice.nearest, now=now) if choice.nearest else None,
        "nearest_words": nearest_words(choice.nearest.key.start, choice.nearest.zone, now=now)
        if choice.nearest
        else "",
        "nearest_price": price_words([choice.nearest]) if choice.nearest else "",
        **said(
            reviews.of_doctor(card.id, earlier=profile.earlier_ids, pages=pages_in(request.GET)),
            page="doctor",
            of=card.id,
            locations=locations,
            location=choice.location.id if choice.location else None,
            service=choice.service_id,
        ),
        "freed": (freed := freed_in(request, doctor_id=card.id) if has_booking() else None),
    }
    response = page(
        request, "doctor.html", context, locations=locations, place=choice.location, seo=_seo(card, locations)
    )
    if freed:
        forget_freed(response)
    return response


def _seo(card: PractitionerCard, locations: Sequence[LocationCard]) -> Seo:
    """Return what a doctor's page says of itself; its branch, service and day are one page."""
    titles, path = ", ".join(card.specialties), reverse("site:doctor", args=[card.id])
    places = {
        reverse("site:branch", args=[place.id]): place for place in locations if place.id in card.location_ids
    }
    crumbs = [Crumb("Врачи", reverse("site:doctors"))]
    if card.specialty_slugs:
        specialty = reverse("site:specialty", args=[card.specialty_slugs[0]])
        crumbs.append(Crumb(formats.sentence_case(card.specialties[0]), specialty))
    return Seo(
        title=f"{card.name}, {titles}" if titles else card.name,
        description=f"{card.name}{f', {titles}' if titles else ''}. {offered_words()}.",
        path=path,
        crumbs=(*crumbs, Crumb(card.name)),
        things=lambda origin: [structured.physician(card, places, origin=origin, path=path)],
    )


def _profile_words(profile: Profile, *, today: date) -> dict[str, object]:
    """Return what the page says of a doctor's work and papers; expired certificates are left out."""
    years = profile.experience(today)
    titles = [text for text in (profile.category, profile.degree, profile.rank) if text]
    return {
        "experience": f"Стаж {formats.plural(years, 'год', 'года', 'лет')}" if years else "",
        "titles": formats.sentence_case(", ".join(titles)),
        "certificates": profile.good_certificates(today),
    }


def _note(request: HttpRequest, choice: Choice, *, is_asked: bool) -> None:
    """Count what the page of a doctor showed; a page that asks or refuses first has not looked for times."""
    shown = [(choice.nearest.key.location_id, choice.doctor.id)] if choice.nearest else []
    place = choice.location.id if choice.location else None
    search = None if is_asked else Search(Wanted.DOCTOR, str(choice.doctor.id), place)
    note(request, shown, search=search)


def _call_url(choice: Choice) -> str:
    return link("call", doctor=choice.doctor.id, location=choice.location.id if choice.location else None)


def _wait_url(choice: Choice) -> str:
    """Return where one waits for a time of this choice; nothing where the clinic has no waiting list."""
    if not scheduling.has_waiting_list():
        return ""
    place = choice.location.id if choice.location else None
    answers = answers_out(choice.answers)
    return link("wait", doctor=choice.doctor.id, location=place, service=choice.service_id, **answers)


def _services(choice: Choice, request: HttpRequest) -> list[Option]:
    """Return what the doctor does in the chosen branch, with prices of today there."""
    if choice.location is None:
        return []
    today = formats.local_day(clock.now(), choice.location.zone or formats.MOSCOW)
    given = directory.priced_services_of(choice.doctor.id, location=choice.location.id, day=today)
    usual = next((card.id for card, _ in given), None)
    selected = choice.service_id or usual
    day = text_in(request.GET, "from")
    terms = {"location": choice.location.id, **answers_out(choice.answers)}
    return [
        Option(
            title=card.name,
            url=link("doctor", choice.doctor.id, **terms, service=card.id, from_=day),
            is_selected=card.id == selected,
            note=format_roubles(amount),
        )
        for card, amount in given
    ]


@require_safe
@honest
def doctor_times(request: HttpRequest, doctor_id: UUID) -> HttpResponse:
    """Answer the live times of an open page as a fragment; 304 while nothing has changed."""
    locations = directory.locations()
    card, _ = _working(doctor_id)
    choice = choose(card, request.GET, locations=locations)
    week = week_of(choice, request.GET, now=clock.now())
    etag = f'"{week.etag}"'
    if request.headers.get("If-None-Match", "").removeprefix("W/") == etag:
        response: HttpResponse = HttpResponseNotModified()
    else:
        urls = {"call_url": _call_url(choice), "wait_url": _wait_url(choice)}
        response = render(request, "site/_week.html", {"week": week, "card": card, **urls})
    response.headers["ETag"] = etag
    response.headers["Cache-Control"] = "no-cache"
    return response


@require_safe
@honest
def services(request: HttpRequest) -> HttpResponse:
    """Lead to what is done and by whom; a query goes to the search."""
    if query := text_in(request.GET, "q", limit=_MAX_QUERY):
        return private(HttpResponsePermanentRedirect(link("search", q=query)))
    seo = Seo(
        title="Услуги и\u00a0врачи",
        description=f"Поиск врача, специальности и\u00a0услуги. {offered_words()}.",
        path=reverse("site:services"),
        crumbs=(Crumb("Услуги"),),
    )
    return page(request, "services.html", {"specialties": directory.specialties()}, seo=seo)
