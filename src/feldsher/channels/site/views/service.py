"""The page of a service, in the whole network or in one branch: price, length, doctors, and its times.

A page asks a constant number of questions: seven.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from feldsher.channels.frontend.queries import day_in
from feldsher.channels.site import structured
from feldsher.channels.site.columns import Terms
from feldsher.channels.site.listings import city_values, said
from feldsher.channels.site.offered import offered_words
from feldsher.channels.site.pages import Frame, page
from feldsher.channels.site.panel import CHIPS, Asked, panel_of
from feldsher.channels.site.present import WEEK, link
from feldsher.channels.site.rules import answers_in, answers_out, askings, notes_of
from feldsher.channels.site.seo import Crumb, Seo
from feldsher.channels.site.shown import note
from feldsher.channels.site.views.errors import honest
from feldsher.channels.site.views.options import NETWORK_SIZE, Option, place_of
from feldsher.domain.directory import selectors as directory
from feldsher.domain.directory.types import LocationCard, PractitionerCard, PriceQuery, ServiceCard
from feldsher.domain.directory.types.listings import ListingKind
from feldsher.domain.figures.types import Search, Wanted
from feldsher.domain.scheduling import selectors as scheduling
from feldsher.foundation.modules import has_booking
from feldsher.kernel import clock, formats
from feldsher.kernel.errors import NotFoundError
from feldsher.kernel.money import Least, least_of

_DOCTORS_SHOWN = 30
_TITLE_WORDS = {True: "цена и\u00a0запись", False: "цена"}


@dataclass(frozen=True, slots=True)
class BranchPrice:
    """What each doctor of a branch takes for a service in roubles (None: nobody has said)."""

    place: LocationCard
    url: str
    amounts: tuple[Decimal | None, ...]

    @property
    def least(self) -> Least:
        return least_of(self.amounts)


@require_safe
@honest
def service(request: HttpRequest, service_id: UUID) -> HttpResponse:
    """Show a service in all branches where it is given."""
    return _answer(request, service_id, None)


@require_safe
@honest
def service_branch(request: HttpRequest, service_id: UUID, location_id: UUID) -> HttpResponse:
    """Show a service in one branch; 404 for a branch that is closed or none."""
    return _answer(request, service_id, location_id)


def _answer(request: HttpRequest, service_id: UUID, location_id: UUID | None) -> HttpResponse:
    locations = directory.locations()
    place = place_of(locations, location_id)
    card = directory.service(service_id)
    if not card.is_open:
        raise NotFoundError("the service is given no more")
    everybody, _ = directory.practitioners(service=service_id, limit=NETWORK_SIZE)
    doctors = [doctor for doctor in everybody if location_id in {None, *doctor.location_ids}]
    places = {item.id: item for item in locations}
    costs = _costs(card, everybody, places=places)
    listed = costs if place is None else [cost for cost in costs if cost.place == place]
    today = _today(cost.place for cost in listed)
    panel = _panel(request, card, place=place, doctors=doctors, places=places, today=today)
    context = {
        "service": card,
        "place": place,
        "price": least_of(amount for cost in listed for amount in cost.amounts).words,
        "minutes": f"{card.minutes}\u00a0мин" if card.minutes else "",
        "costs": listed,
        "priced_on": formats.day_month(today, today=date.min),
        "doctors": [
            (doctor, Terms(location_id, service_id).doctor(doctor)) for doctor in doctors[:_DOCTORS_SHOWN]
        ],
        "doctors_count": len(doctors),
        "all_doctors_url": link("doctors", service=service_id, location=location_id),
        "branches": _branch_options(card, place, costs),
        "beside": [(item, link("service", item.id)) for item in directory.services_beside(service_id)],
        "call_url": link("call", location=location_id),
        **panel,
    }
    return page(
        request,
        "service.html",
        context,
        locations=locations,
        place=place,
        seo=lambda frame: replace(
            _seo(card, place, frame, is_given=bool(doctors), price=str(context["price"])),
            things=lambda origin: _things(card, place, listed, origin=origin),
        ),
    )


def _seo(card: ServiceCard, place: LocationCard | None, frame: Frame, *, is_given: bool, price: str) -> Seo:
    services = Crumb("Услуги", reverse("site:services"))
    if place is None:
        return Seo(
            title=f"{card.name}: {_TITLE_WORDS[has_booking()]}",
            description=f"{card.name}: {price}. {offered_words()}.",
            path=_path(card, None),
            crumbs=(services, Crumb(card.name)),
            is_indexed=is_given,
            heading=card.name,
        )
    values = {"service": card.name, "branch": place.name, "clinic": frame.brand, **city_values([place])}
    words = said(frame.texts, ListingKind.SERVICE_BRANCH, values)
    return Seo(
        title=words.title,
        names_clinic=True,
        heading=words.heading,
        description=f"{card.name}: {price}. {place.where}. {offered_words()}.",
        path=_path(card, place),
        crumbs=(services, Crumb(card.name, reverse("site:service", args=[card.id])), Crumb(place.name)),
        is_indexed=is_given,
    )


def _things(
    card: ServiceCard, place: LocationCard | None, costs: Sequence[BranchPrice], *, origin: str
) -> list[structured.Thing]:
    """Return the procedure, the branches where it is done and its price in each that has one."""
    path = _path(card, place)
    own = {cost.place.id: reverse("site:branch", args=[cost.place.id]) for cost in costs}
    return [
        structured.procedure(card, origin=origin, path=path),
        *(structured.clinic(cost.place, origin=origin, path=own[cost.place.id]) for cost in costs),
        *(
            structured.offer(
                card,
                cost.least.amount,
                is_exact=cost.least.is_exact,
                origin=origin,
                paths=(_path(card, cost.place), own[cost.place.id]),
            )
            for cost in costs
            if cost.least.amount is not None
        ),
    ]


def _path(card: ServiceCard, place: LocationCard | None) -> str:
    """Return the address of a service, in a branch or everywhere, as search engines know it."""
    if place is None:
        return reverse("site:service", args=[card.id])
    return reverse("site:service-branch", args=[card.id, place.id])


def _costs(
    card: ServiceCard, doctors: Sequence[PractitionerCard], *, places: Mapping[UUID, LocationCard]
) -> list[BranchPrice]:
    """Return today's price in each branch where a doctor gives the service, by the branch's name."""
    now = clock.now()
    asked = {
        place: [
            PriceQuery(card.id, place.id, doctor.id, formats.local_day(now, place.zone or formats.MOSCOW))
            for doctor in doctors
            if place.id in doctor.location_ids
        ]
        for place in places.values()
    }
    amounts = directory.prices([query for queries in asked.values() for query in queries])
    return [
        BranchPrice(
            place=place,
            url=link("service-branch", card.id, place.id),
            amounts=tuple(amounts.get(query) for query in queries),
        )
        for place, queries in asked.items()
        if queries
    ]


def _branch_options(
    card: ServiceCard, place: LocationCard | None, costs: Sequence[BranchPrice]
) -> list[Option]:
    """Return the choice of a branch: all, and each where the service is given."""
    return [
        Option("Все филиалы", link("service", card.id), is_selected=place is None),
        *(Option(cost.place.name, cost.url, is_selected=cost.place == place) for cost in costs),
    ]


def _today(places: Iterable[LocationCard]) -> date:
    """Return the day from which times are read: today where it begins last; Moscow's for no branch."""
    now = clock.now()
    days = (formats.local_day(now, place.zone or formats.MOSCOW) for place in places)
    return min(days, default=formats.local_day(now, formats.MOSCOW))


def _panel(
    request: HttpRequest,
    card: ServiceCard,
    *,
    place: LocationCard | None,
    doctors: Sequence[PractitionerCard],
    places: Mapping[UUID, LocationCard],
    today: date,
) -> dict[str, object]:
    """Return what the booking panel shows: questions first, then days and times, or why there are none.

    Nothing where nobody books.
    """
    if not has_booking():
        return {}
    now, answers = clock.now(), answers_in(request.GET)
    location_id = place.id if place else None
    ids = [doctor.id for doctor in doctors]
    last = today + timedelta(days=settings.FELDSHER_BOOKING.horizon_days)
    first = day_in(request.GET, "from", first=today, last=last) or today
    found = scheduling.day_times(
        ids,
        first=first,
        days=WEEK,
        zones={item.zone for item in places.values() if item.zone},
        location_id=location_id,
        service_id=card.id,
        shown=CHIPS,
        answers=answers,
        ruled=ids,
    )
    given = answers_out(answers)
    to = _Links(card, location_id)
    asked = Asked(
        first=first,
        day=day_in(request.GET, "day", first=first, last=last),
        link_to=lambda start, day: to.page(from_=start if start != today else None, day=day, **given),
    )
    terms = Terms(location_id, card.id, given)
    built = panel_of(
        {doctor.id: doctor for doctor in doctors}, found.times, asked, places=places, terms=terms, now=now
    )
    asks = askings(
        [rule for rule in found.rules if rule.stop is None], answers, link_to=lambda new: to.page(**new)
    )
    notes = {} if built.rows or built.elsewhere else notes_of(found.rules, answers, places=places, now=now)
    is_asking = any(each.is_asking for each in notes.values())
    is_refused = len(notes) == len(ids) and not is_asking
    note(
        request,
        [(row.location_id, row.card.id) for row in built.rows],
        search=None if asks else Search(Wanted.SERVICE, str(card.id), location_id),
    )
    return {
        "panel": built,
        "askings": asks,
        "is_asking": is_asking,
        "refusals": dict.fromkeys(each.words for each in notes.values()) if is_refused else (),
    }


class _Links:
    """Addresses of the same service in the same branch."""

    def __init__(self, card: ServiceCard, location_id: UUID | None) -> None:
        self._name = "service" if location_id is None else "service-branch"
        self._ids = (card.id,) if location_id is None else (card.id, location_id)

    def page(self, **terms: object) -> str:
        return link(self._name, *self._ids, **terms)
