"""The way to a time: home, doctors, one doctor's days, search of services.

Each page asks a constant number of questions, however many doctors it shows.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.shortcuts import render
from django.views.decorators.http import require_safe

from feldsher.channels.site.columns import Terms, doctor_table, earliest, nearest_words
from feldsher.channels.site.freed import forget_freed, freed_in
from feldsher.channels.site.nearness import distances_from, point_in, point_of
from feldsher.channels.site.order import Ranked, Sort, ranked, sort_of
from feldsher.channels.site.pages import page
from feldsher.channels.site.present import chip, link, place_words, price_words, specialty_rows
from feldsher.channels.site.queries import text_in, uuid_in
from feldsher.channels.site.rules import answers_in, answers_out, askings, notes_of, stop_words
from feldsher.channels.site.schedule import Choice, choose, week_of
from feldsher.channels.site.views.errors import honest
from feldsher.domain.directory import selectors as directory
from feldsher.domain.directory.types import (
    LocationCard,
    PractitionerCard,
    PriceQuery,
    ServiceCard,
    SpecialtyCard,
)
from feldsher.domain.scheduling import selectors as scheduling
from feldsher.domain.scheduling.types import Answers, OpenSlot
from feldsher.kernel import clock, formats
from feldsher.kernel.errors import NotFoundError
from feldsher.kernel.money import format_roubles

_HOME_ROWS = 5
_HOME_DOCTORS = 4
_LIST_SIZE = 20
_DEEP = 48
_MANY = 60
_NETWORK_SIZE = 500
_FOUND_SIZE = 30
_MIN_QUERY = 2
_APART = 2
_REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Option:
    """One choice among branches or services; `note` stands at its right."""

    title: str
    url: str
    is_selected: bool
    note: str = ""


@dataclass(frozen=True, slots=True)
class SortOption:
    """One order of the list; `asks_place`: our script asks the browser for the reader's place first."""

    title: str
    url: str
    is_selected: bool
    asks_place: bool


@dataclass(frozen=True, slots=True)
class Near:
    """From where distances are counted: the address of a branch, or the reader's own place for an empty one.

    Not `is_known`: nothing to count from yet; `is_refused` then, when the browser did not tell the place.
    """

    is_known: bool
    base: str
    is_refused: bool
    own_url: str
    bases: tuple[Option, ...]


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


def _per_doctor(doctors: int) -> int:
    """Return how many times of each doctor to read: whole days where doctors are few, else what is shown."""
    return _DEEP if doctors <= _MANY else 6


def _stop_of(place: LocationCard, *, now: datetime) -> str:
    """Return what patients read while online booking of a whole branch is stopped."""
    stops = (stop for stop in scheduling.live_stops() if stop.practitioner_id is None)
    stop = next((stop for stop in stops if stop.location_id in {None, place.id}), None)
    return stop_words(stop, zone=place.zone or formats.MOSCOW, now=now) if stop else ""


def _today_words(place: LocationCard | None, *, now: datetime) -> str:
    today = formats.local_day(now, (place.zone if place else "") or formats.MOSCOW)
    return formats.sentence_case(formats.day_words(today, today=today))


@require_safe
@honest
def home(request: HttpRequest) -> HttpResponse:
    """Show the nearest times of one branch first, then its doctors, all specialties and branches."""
    locations = directory.locations()
    place = _place(locations, uuid_in(request.GET, "location")) or next(iter(locations), None)
    specialties = directory.specialties()
    rows: tuple[object, ...] = ()
    table = None
    now = clock.now()
    if place is not None:
        doctors, _ = directory.practitioners(location=place.id, limit=_NETWORK_SIZE)
        per = _per_doctor(len(doctors))
        times = scheduling.next_times([card.id for card in doctors], location_id=place.id, per=per)
        rows = specialty_rows(specialties, doctors, times, place=place, now=now, limit=_HOME_ROWS, per=per)
        here = {pk: {place.id: slots} for pk, slots in times.items()}
        nearest = [row for row in ranked(doctors, here, sort=Sort.TIME, distances={}) if row.slots]
        table = doctor_table(
            nearest[:_HOME_DOCTORS],
            places={place.id: place},
            terms=Terms(place.id),
            now=now,
        )
    context = {
        "stop": _stop_of(place, now=now) if place else "",
        "rows": rows,
        "table": table,
        "today": _today_words(place, now=now),
        "place": place,
        "place_words": place_words(place) if place else "",
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
    return page(request, "home.html", context, locations=locations, place=place)


@require_safe
@honest
def doctors(request: HttpRequest) -> HttpResponse:
    """List doctors with the times of four days by specialty, branch and service, in the chosen order."""
    locations = directory.locations()
    asked = _asked(request, locations)
    number = _page_number(text_in(request.GET, "page"))
    cards, _ = directory.practitioners(
        specialty=asked.slug, location=asked.location_id, service=asked.service_id, limit=_NETWORK_SIZE
    )
    shown, first = _shown_of(cards, number, asked=asked)
    now = clock.now()
    places = {item.id: item for item in locations}
    rules = scheduling.visit_rules(
        [card.id for card in cards],
        location_id=asked.location_id,
        service_id=asked.service_id,
        is_all=False,
    )
    table = doctor_table(
        shown,
        places=places,
        terms=Terms(asked.location_id, asked.service_id, answers_out(asked.answers)),
        notes=notes_of(rules, asked.answers, places=places, now=now),
        now=now,
        is_pinned=asked.sort is not Sort.TIME,
    )
    context = {
        "table": table,
        # In a list of everybody a question would concern few; the doctor's own page asks it.
        "askings": askings(
            [rule for rule in rules if rule.stop is None], asked.answers, link_to=asked.answered
        )
        if asked.specialty or asked.service
        else (),
        "doctors_count": len(cards),
        "first": chip(first, now=now) if first else None,
        "first_words": nearest_words(first, now=now) if first else "",
        "first_price": price_words([first]) if first else "",
        "is_any": first is not None
        and number == 1
        and asked.sort is Sort.TIME
        and (asked.specialty is not None or asked.service is not None),
        "specialty": asked.specialty,
        "service": asked.service,
        "place": asked.place,
        "specialties": _specialty_options(asked),
        "branches": _branch_options(asked, locations),
        "sorts": _sort_options(asked, locations),
        "near": _near(request, asked, locations),
        "more_url": asked.link(page=number + 1),
        "has_more": number * _LIST_SIZE < len(cards),
    }
    response = page(request, "doctors.html", context, locations=locations, place=asked.place)
    if asked.sort is Sort.DISTANCE:
        response.headers["Cache-Control"] = "private"
    return response


@dataclass(frozen=True, slots=True)
class _Asked:
    """Which list was asked for: its filters, its order, and from where distances are counted."""

    specialties: Sequence[SpecialtyCard]
    specialty: SpecialtyCard | None
    place: LocationCard | None
    service: ServiceCard | None
    answers: Answers
    sort: Sort
    base: LocationCard | None
    distances: Mapping[UUID, float]

    @property
    def slug(self) -> str | None:
        return self.specialty.slug if self.specialty else None

    @property
    def location_id(self) -> UUID | None:
        return self.place.id if self.place else None

    @property
    def service_id(self) -> UUID | None:
        return self.service.id if self.service else None

    def link(self, **changed: object) -> str:
        """Return the address of the same list with some of its terms changed."""
        kept: dict[str, object] = {
            "specialty": self.slug,
            "location": self.location_id,
            "service": self.service_id,
            "sort": "" if self.sort is Sort.TIME else self.sort.value,
            "from_location": self.base.id if self.base else None,
            **answers_out(self.answers),
        }
        return link("doctors", **kept | changed)

    def answered(self, answers: dict[str, str]) -> str:
        """Return the address of the same list with other answers."""
        return self.link(**answers)


def _asked(request: HttpRequest, locations: Sequence[LocationCard]) -> _Asked:
    """Read the address and the cookie of the reader's place; raises NotFoundError for what is unknown."""
    specialties = directory.specialties()
    service_id = uuid_in(request.GET, "service")
    sort = sort_of(text_in(request.GET, "sort"))
    base = _place(locations, uuid_in(request.GET, "from_location"))
    point = None
    if sort is Sort.DISTANCE:
        point = point_of(base) if base else point_in(request.COOKIES)
    return _Asked(
        specialties=specialties,
        specialty=_specialty(specialties, text_in(request.GET, "specialty")),
        place=_place(locations, uuid_in(request.GET, "location")),
        service=directory.service(service_id) if service_id else None,
        answers=answers_in(request.GET),
        sort=sort,
        base=base,
        distances=distances_from(point, locations),
    )


def _specialty_options(asked: _Asked) -> list[Option]:
    every = Option("Все специальности", asked.link(specialty=None), is_selected=asked.specialty is None)
    return [
        every,
        *(
            Option(
                formats.sentence_case(item.title),
                asked.link(specialty=item.slug),
                is_selected=item == asked.specialty,
                note=str(item.practitioners),
            )
            for item in asked.specialties
        ),
    ]


def _branch_options(asked: _Asked, locations: Sequence[LocationCard]) -> list[Option]:
    every = Option("Все филиалы", asked.link(location=None), is_selected=asked.place is None)
    return [
        every,
        *(
            Option(item.name, asked.link(location=item.id), is_selected=item == asked.place)
            for item in locations
        ),
    ]


def _sort_options(asked: _Asked, locations: Sequence[LocationCard]) -> list[SortOption]:
    """Return the orders on offer; by distance only where branches are known to stand apart."""
    titles = {Sort.TIME: "Раньше", Sort.DISTANCE: "Ближе", Sort.PRICE: "Дешевле"}
    if len({point_of(place) for place in locations} - {None}) < _APART:
        del titles[Sort.DISTANCE]
    return [
        SortOption(
            title=title,
            url=asked.link(
                sort="" if sort is Sort.TIME else sort.value,
                from_location=asked.base.id if asked.base and sort is Sort.DISTANCE else None,
            ),
            is_selected=sort is asked.sort,
            asks_place=sort is Sort.DISTANCE and asked.base is None,
        )
        for sort, title in titles.items()
    ]


def _near(request: HttpRequest, asked: _Asked, locations: Sequence[LocationCard]) -> Near | None:
    """Return what the list by distance says of its beginning; None for another order."""
    if asked.sort is not Sort.DISTANCE:
        return None
    base = asked.base if asked.base and asked.distances else None
    return Near(
        is_known=bool(asked.distances),
        base=place_words(base) if base else "",
        is_refused=text_in(request.GET, "place") == _REFUSED and not asked.distances,
        own_url=asked.link(from_location=None),
        bases=tuple(
            Option(
                title=place_words(place),
                url=asked.link(from_location=place.id),
                is_selected=place == base,
                note=place.name,
            )
            for place in sorted(locations, key=lambda item: (item.city, item.name))
            if point_of(place) is not None
        ),
    )


def _page_number(text: str) -> int:
    return min(max(int(text), 1), _NETWORK_SIZE // _LIST_SIZE) if text.isascii() and text.isdigit() else 1


def _shown_of(
    cards: Sequence[PractitionerCard], number: int, *, asked: _Asked
) -> tuple[list[Ranked], OpenSlot | None]:
    """Return one page of doctors in order with the times of the days shown, and the first time of all."""
    ask = partial(
        scheduling.next_times_by_branch,
        location_id=asked.location_id,
        service_id=asked.service_id,
        answers=asked.answers,
    )
    order = partial(ranked, sort=asked.sort, distances=asked.distances)
    if len(cards) <= _LIST_SIZE:
        rows = order(cards, ask([card.id for card in cards], per=_DEEP))
        return rows, earliest(rows)
    every = order(cards, ask([card.id for card in cards], per=1))
    shown = [row.card for row in every[(number - 1) * _LIST_SIZE : number * _LIST_SIZE]]
    return order(shown, ask([card.id for card in shown], per=_DEEP)), earliest(every)


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
                url=link("doctor", card.id, location=item.id, **answers_out(choice.answers)),
                is_selected=item == choice.location,
            )
            for item in locations
            if item.id in card.location_ids
        ],
        "services": services,
        "service": next((item for item in services if item.is_selected), None),
        "week": week_of(choice, request.GET, now=now),
        "call_url": _call_url(choice),
        "nearest": chip(choice.nearest, now=now) if choice.nearest else None,
        "nearest_words": nearest_words(choice.nearest, now=now) if choice.nearest else "",
        "nearest_price": price_words([choice.nearest]) if choice.nearest else "",
        "freed": (freed := freed_in(request, doctor_id=card.id)),
    }
    response = page(request, "doctor.html", context, locations=locations, place=choice.location)
    if freed:
        forget_freed(response)
    return response


def _call_url(choice: Choice) -> str:
    return link("call", doctor=choice.doctor.id, location=choice.location.id if choice.location else None)


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
    terms = {"location": choice.location.id, **answers_out(choice.answers)}
    return [
        Option(
            title=card.name,
            url=link("doctor", choice.doctor.id, **terms, service=card.id, from_=day),
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
    choice = choose(card, request.GET, locations=locations)
    week = week_of(choice, request.GET, now=clock.now())
    etag = f'"{week.etag}"'
    if request.headers.get("If-None-Match", "").removeprefix("W/") == etag:
        response: HttpResponse = HttpResponseNotModified()
    else:
        response = render(
            request, "site/_week.html", {"week": week, "card": card, "call_url": _call_url(choice)}
        )
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
