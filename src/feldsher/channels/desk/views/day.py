"""Who comes to a branch on a day: the list of a registrar, and of a doctor for their own patients."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.http import urlencode

from feldsher.channels.desk.asked import day_of
from feldsher.channels.desk.gate import staff_page
from feldsher.channels.desk.pages import page
from feldsher.channels.desk.queue import Directory
from feldsher.channels.desk.states import STATES
from feldsher.channels.frontend.queries import text_in, uuid_in
from feldsher.domain.directory import selectors as directory
from feldsher.domain.directory.types import LocationCard
from feldsher.domain.scheduling import selectors as scheduling
from feldsher.domain.scheduling.types import VisitRow
from feldsher.foundation.access.policies import Action
from feldsher.foundation.access.types import Staff
from feldsher.kernel import clock, formats
from feldsher.kernel.errors import NotFoundError


@dataclass(frozen=True, slots=True)
class Row:
    """A visit in words; `name` is empty where it is not for the reader."""

    time: str
    doctor: str
    service: str
    state: str
    name: str
    phone: str


@staff_page(Action.SEE_VISITS)
def show(request: HttpRequest, staff: Staff) -> HttpResponse:
    """List the visits of a branch's day, fifty a page; today in the first branch where nothing is asked."""
    places = [place for place in directory.locations() if place.zone]
    place = _place(places, uuid_in(request.GET, "location"))
    if place is None:
        return page(request, staff, "day.html", {"places": []})
    today = clock.now().astimezone(ZoneInfo(place.zone)).date()
    day = day_of(text_in(request.GET, "date")) or today
    found = scheduling.day_of_visits(staff, location=place.id, day=day, after=text_in(request.GET, "after"))
    context = {
        "location": str(place.id),
        "places": [(str(item.id), item.name) for item in places],
        "date": day.isoformat(),
        "day": formats.near_day(day, today=today),
        "earlier": _address(place, day - timedelta(days=1)),
        "later": _address(place, day + timedelta(days=1)),
        "following": _address(place, day, after=found.following) if found.following else "",
        "is_clear": found.is_clear,
        "visits": _rows(found.visits, place),
    }
    return page(request, staff, "day.html", context)


def _place(places: Sequence[LocationCard], wanted: UUID | None) -> LocationCard | None:
    if wanted is None:
        return places[0] if places else None
    for place in places:
        if place.id == wanted:
            return place
    raise NotFoundError("no such branch")


def _address(place: LocationCard, day: date, *, after: str = "") -> str:
    asked = {"location": str(place.id), "date": day.isoformat()} | ({"after": after} if after else {})
    return f"{reverse('desk:day')}?{urlencode(asked)}"


def _rows(visits: Sequence[VisitRow], place: LocationCard) -> list[Row]:
    doctors = directory.practitioner_cards({visit.practitioner_id for visit in visits})
    names = Directory(doctors=doctors, places={place.id: place}, colleagues={})
    services = directory.service_cards({visit.service_id for visit in visits})
    return [
        Row(
            time=_span(visit.start, visit.end, place.zone),
            doctor=names.doctor(visit.practitioner_id),
            service=services[visit.service_id].name if visit.service_id in services else "",
            state=STATES[visit.state],
            name=visit.name,
            phone=visit.phone,
        )
        for visit in visits
    ]


def _span(start: datetime, end: datetime, zone: str) -> str:
    return f"{formats.clock(start, zone)}–{formats.clock(end, zone)}"
