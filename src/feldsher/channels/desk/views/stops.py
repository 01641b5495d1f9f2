"""Stop and resume online booking: of a doctor, a branch, a doctor in a branch, or, apart, of everything."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from feldsher.channels.desk.gate import staff_page
from feldsher.channels.desk.pages import page
from feldsher.channels.desk.scopes import (
    Names,
    Scope,
    address,
    colleagues,
    doctor_options,
    known_names,
    names_of,
    place_options,
    scope_in,
)
from feldsher.channels.desk.stop_form import ENDS, typed_in, until_of, zone_options
from feldsher.channels.desk.zones import is_midnight, moment, zone_name, zones_of
from feldsher.channels.frontend.answers import SeeOther
from feldsher.domain.directory import selectors as directory
from feldsher.domain.directory.types import LocationCard
from feldsher.domain.scheduling import selectors as scheduling
from feldsher.domain.scheduling import services
from feldsher.domain.scheduling.types import StopCard
from feldsher.foundation.access.policies import Action
from feldsher.foundation.access.types import Staff
from feldsher.kernel import clock, formats
from feldsher.kernel.errors import InvalidInputError

_EVERYTHING = "Вся онлайн-запись"
_NOBODY = "Выберите врача, филиал или обоих. Чтобы остановить всё, есть отдельная кнопка внизу."
_ELSEWHERE = "В\u00a0этом филиале врач не\u00a0принимает."


@dataclass(frozen=True, slots=True)
class StopRow:
    """A stop in force: whom it stops, until when, why, what patients read, who stopped and when."""

    scope: str
    until: str
    reason: str
    notice: str
    author: str
    url: str
    is_everything: bool


@staff_page(Action.STOP_BOOKING, methods=("GET", "HEAD", "POST"))
def show(request: HttpRequest, staff: Staff) -> HttpResponse:
    """List the stops in force and the form of a new one; take it, or show what patients will read."""
    if request.method != "POST":
        return _page(request, staff, typed=typed_in(request.GET), errors={})
    typed, scope = typed_in(request.POST), scope_in(request.POST)
    wrong, zone, now = _unfit(scope), _zone(scope, typed), clock.now()
    try:
        until = until_of(typed, zone=zone, now=now)
        if "preview" in request.POST:
            words = scheduling.stop_words(typed["notice"], until, zone=zone, now=now)
            return _page(request, staff, typed=typed, errors={}, preview=words)
        services.check_stop(reason=typed["reason"], notice=typed["notice"], until=until)
        if not wrong:
            _stop(scope, typed, until=until, staff=staff)
            return SeeOther(address("stops"))
    except InvalidInputError as error:
        wrong |= error.fields
    return _page(request, staff, typed=typed, errors=_beside(wrong))


@staff_page(Action.STOP_BOOKING, methods=("GET", "HEAD", "POST"))
def everything(request: HttpRequest, staff: Staff) -> HttpResponse:
    """Stop all online booking, after a page that says what patients will read."""
    if request.method != "POST":
        return _everything(request, staff, typed=typed_in(request.GET), errors={})
    typed = typed_in(request.POST)
    zone, now = _zone(Scope(), typed), clock.now()
    try:
        until = until_of(typed, zone=zone, now=now)
        services.check_stop(reason=typed["reason"], notice=typed["notice"], until=until)
    except InvalidInputError as error:
        return _everything(request, staff, typed=typed, errors=_beside(error.fields))
    if "confirmed" in request.POST:
        _stop(Scope(), typed, until=until, staff=staff)
        return SeeOther(address("stops"))
    places = directory.locations()
    words = scheduling.stop_words(typed["notice"], until, zone=zone, now=now)
    context = {
        "question": "Остановить всю онлайн-запись?",
        "lines": [
            f"Все врачи и\u00a0филиалы, {_until_words(until, zone, places=places)}.",
            f"Пациенты прочтут вместо времени: «{words}»",
        ],
        "warning": "Действует сразу: на\u00a0сайте и\u00a0у\u00a0партнёров не\u00a0останется времени."
        " Кто уже заполняет форму, сможет записаться.",
        "act": "Остановить всю запись",
        "action": address("stop-everything"),
        "carried": [(name, value) for name, value in typed.items() if value],
        "danger": True,
        "back": address("stops"),
    }
    return page(request, staff, "confirm.html", context)


@staff_page(Action.STOP_BOOKING, methods=("POST",))
def resume(_request: HttpRequest, staff: Staff, stop_id: UUID) -> HttpResponse:
    services.resume_booking(stop_id, author=staff.login)
    return SeeOther(address("stops"))


def _stop(scope: Scope, typed: Mapping[str, str], *, until: datetime | None, staff: Staff) -> None:
    services.stop_booking(
        practitioner=scope.practitioner_id,
        location=scope.location_id,
        reason=typed["reason"],
        notice=typed["notice"],
        until=until,
        author=staff.login,
    )


def _unfit(scope: Scope) -> dict[str, str]:
    """Return what is wrong with the parties: none at all, or a doctor in a branch that is not theirs."""
    if scope.practitioner_id is None and scope.location_id is None:
        return {"practitioner": _NOBODY}
    names = known_names(scope)
    if scope.practitioner_id and scope.location_id:
        works = names.doctors[scope.practitioner_id].location_ids
        return {} if scope.location_id in works else {"location": _ELSEWHERE}
    return {}


def _beside(errors: Mapping[str, str]) -> dict[str, str]:
    """Put what the domain says of the end beside the field of the time."""
    return {{"until": "time"}.get(name, name): sentence for name, sentence in errors.items()}


def _zone(scope: Scope, typed: Mapping[str, str]) -> str:
    """Return whose clock tells the end: the branch's, else the chosen zone's, else that of most branches."""
    places = directory.locations()
    own = next((place.zone for place in places if place.id == scope.location_id), "")
    known = zones_of(places)
    return own or (typed["zone"] if typed["zone"] in known else known[0])


def _page(
    request: HttpRequest,
    staff: Staff,
    *,
    typed: Mapping[str, str],
    errors: Mapping[str, str],
    preview: str = "",
) -> HttpResponse:
    places, stops = directory.locations(), scheduling.live_stops()
    scopes = [Scope(stop.practitioner_id, None, stop.location_id) for stop in stops]
    names, people = names_of(scopes, places=places), colleagues()
    context = {
        "stops": [_row(stop, names, people=people, places=places) for stop in stops],
        "doctors": doctor_options("Все врачи филиала"),
        "places": place_options("Все филиалы врача", places),
        "preview": preview,
        **_fields(typed, errors, places=places),
    }
    return page(request, staff, "stops.html", context, status=422 if errors else 200)


def _everything(
    request: HttpRequest, staff: Staff, *, typed: Mapping[str, str], errors: Mapping[str, str]
) -> HttpResponse:
    context = _fields(typed, errors, places=directory.locations())
    return page(request, staff, "stop_everything.html", context, status=422 if errors else 200)


def _fields(
    typed: Mapping[str, str], errors: Mapping[str, str], *, places: Sequence[LocationCard]
) -> dict[str, object]:
    zones = zones_of(places)
    return {
        "typed": typed,
        "errors": errors,
        "ends": ENDS,
        "zones": zone_options(zones, now=clock.now()),
        "only_zone": "" if len(zones) > 1 else zone_name(zones[0], at=clock.now()),
    }


def _row(
    stop: StopCard, names: Names, *, people: Mapping[str, str], places: Sequence[LocationCard]
) -> StopRow:
    is_everything = stop.practitioner_id is None and stop.location_id is None
    zone, now = _zone_of(stop, names, places=places), clock.now()
    since = moment(stop.created_at, zone, now=now)
    return StopRow(
        scope=_EVERYTHING if is_everything else _parties(stop, names),
        until=_until_words(stop.until, zone, places=places),
        reason=stop.reason,
        notice=stop.notice,
        author=f"{people.get(stop.author, stop.author)}, {since}",
        url=reverse("desk:stop-resume", args=[stop.id]),
        is_everything=is_everything,
    )


def _parties(stop: StopCard, names: Names) -> str:
    doctor = names.doctor(stop.practitioner_id) if stop.practitioner_id else "Все врачи"
    return f"{doctor}, {names.place(stop.location_id) if stop.location_id else 'все филиалы'}"


def _zone_of(stop: StopCard, names: Names, *, places: Sequence[LocationCard]) -> str:
    """Return the zone of the stopped branch, of the stopped doctor's branches, or of the most branches."""
    own = {stop.location_id} if stop.location_id else set()
    if not own and stop.practitioner_id is not None:
        own = set(names.doctors[stop.practitioner_id].location_ids)
    return zones_of([place for place in places if place.id in own] or places)[0]


def _until_words(until: datetime | None, zone: str, *, places: Sequence[LocationCard]) -> str:
    """Return `до 18:00, завтра, вт, 24 ноября`, with the zone where the clinic has several."""
    if until is None:
        return "пока не\u00a0возобновят"
    now = clock.now()
    if is_midnight(until, zone):
        last = until - timedelta(seconds=1)
        day = formats.near_day(formats.local_day(last, zone), today=formats.local_day(now, zone))
        text = f"до\u00a0конца дня: {day}"
    else:
        text = f"до\u00a0{moment(until, zone, now=now)}"
    return f"{text}, {zone_name(zone, at=until)}" if len(zones_of(places)) > 1 else text
