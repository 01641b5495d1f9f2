"""«Записать пациента»: a registrar takes a time and names the patient; the visit goes the way of every other.

The time is held while they talk; whoever else wants it meanwhile hears that it is taken.
"""

from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse, QueryDict
from django.urls import reverse

from feldsher.channels.desk.asked import day_of
from feldsher.channels.desk.booking_words import CANCEL_REASONS, outcome_of, to_ask
from feldsher.channels.desk.gate import staff_page
from feldsher.channels.desk.over_words import counted
from feldsher.channels.desk.pages import page
from feldsher.channels.desk.rule_words import span_ago
from feldsher.channels.desk.scopes import (
    Scope,
    address,
    doctor_options,
    names_of,
    place_options,
    scope_in,
    service_options,
)
from feldsher.channels.desk.zones import zone_name, zones_of
from feldsher.channels.frontend.answers import SeeOther
from feldsher.channels.frontend.form_keys import after_its_twin, fresh_key, idempotency_of
from feldsher.channels.frontend.queries import text_in
from feldsher.domain.directory import selectors as directory
from feldsher.domain.directory.types import LocationCard
from feldsher.domain.patients import services as patients
from feldsher.domain.patients.types import Purpose, TypedPerson
from feldsher.domain.scheduling import selectors as scheduling
from feldsher.domain.scheduling import services
from feldsher.domain.scheduling.errors import (
    AnswersRequiredError,
    HoldExpiredError,
    HoldNotFoundError,
    ScheduleStaleError,
    SlotTakenError,
)
from feldsher.domain.scheduling.types import (
    AppointmentCard,
    CancelReason,
    Confirmation,
    Hold,
    PersonInput,
    State,
)
from feldsher.foundation.access.policies import Action, can
from feldsher.foundation.access.types import Staff
from feldsher.kernel import clock, formats
from feldsher.kernel.errors import DomainError, InvalidInputError
from feldsher.kernel.money import format_roubles

_PERSON = ("family", "given", "middle", "phone", "birth_date")
_WISH = "wish"
_TOKEN = 300
_NEW_RULES = "Правила приёма изменились. Выберите время ещё раз."
_NO_CONSENT = "Спросите пациента и\u00a0отметьте, что он согласен."


@dataclass(frozen=True, slots=True)
class Time:
    """A free time as a button: its clock, what is read aloud, and the token that takes it."""

    clock: str
    aloud: str
    token: str


@staff_page(Action.BOOK_VISITS, methods=("GET", "HEAD", "POST"))
def choose(request: HttpRequest, staff: Staff) -> HttpResponse:
    """Offer a doctor's free times of a day; POST holds one and leads to the patient."""
    if request.method == "POST":
        try:
            held = _hold(request, staff)
        except SlotTakenError as error:
            return _times(request, staff, request.POST, refusal=error.message, is_taken=True)
        except AnswersRequiredError:
            return _times(request, staff, request.POST, refusal=_NEW_RULES)
        except ScheduleStaleError:
            return _times(request, staff, request.POST)
        return SeeOther(reverse("desk:book-for", args=[held.id]))
    return _times(request, staff, request.GET)


def _hold(request: HttpRequest, staff: Staff) -> Hold:
    token = text_in(request.POST, "slot", limit=_TOKEN)
    once = idempotency_of(request, route="desk book", caller=str(staff.id), subject=token)
    return after_its_twin(lambda: services.hold_by_staff(token, staff=staff, idempotency=once))


def _times(
    request: HttpRequest, staff: Staff, data: QueryDict, *, refusal: str = "", is_taken: bool = False
) -> HttpResponse:
    scope, wanted = _wanted(data)
    places = directory.locations()
    place = next((each for each in places if each.id == scope.location_id), None)
    now = clock.now()
    zone = (place.zone if place else "") or zones_of(places)[0]
    day = wanted or formats.local_day(now, zone)
    own = (
        directory.services_of(scope.practitioner_id, location=scope.location_id)
        if scope.practitioner_id
        else ()
    )
    context: dict[str, object] = {
        "doctors": doctor_options("Выберите врача", location=place.id if place else None),
        "places": place_options("Выберите филиал", places),
        "services": service_options("Обычный приём врача", query="", chosen=scope.service_id, own=own)[0],
        "chosen": dict(scope.carried),
        "day": day.isoformat(),
        "refusal": refusal,
        "key": fresh_key(),
        "hold_for": span_ago(settings.FELDSHER_BOOKING.hold_minutes),
    }
    if place is not None and scope.practitioner_id is not None:
        try:
            times = _free(staff, scope, place, day)
        except ScheduleStaleError:
            times, context["is_stale"] = [], True
            context["is_own"] = place.id in directory.own_branches()
        context |= {
            "carried": [*scope.carried, ("day", day.isoformat())],
            "times": times,
            "taken": _taken(staff, scope, place, day),
            "when": formats.sentence_case(formats.near_day(day, today=formats.local_day(now, zone))),
            "zone": zone_name(zone, at=now) if len(zones_of(places)) > 1 else "",
        }
    if is_taken and can(staff, Action.OVERBOOK):
        context["over"] = address("over", [("slot", text_in(data, "slot", limit=_TOKEN))])
    return page(request, staff, "book.html", context, status=409 if refusal else 200)


def _wanted(data: QueryDict) -> tuple[Scope, date | None]:
    """Return whose day is asked for; a cell of the schedule sends nothing but the time that it would hold."""
    scope, token = scope_in(data), text_in(data, "slot", limit=_TOKEN)
    if scope.practitioner_id is not None or not token:
        return scope, day_of(text_in(data, "day"))
    key = scheduling.peek(token)
    day = formats.local_day(key.start, directory.location(key.location_id).zone or "UTC")
    return Scope(key.practitioner_id, key.service_id, key.location_id), day


def _free(staff: Staff, scope: Scope, place: LocationCard, day: date) -> list[Time]:
    if scope.practitioner_id is None:
        return []
    found = scheduling.times_for_staff(
        staff, scope.practitioner_id, location=place.id, service=scope.service_id, day=day
    )
    spoken = formats.spoken_day(day, today=clock.now().date())
    return [
        Time(at, f"{at}, {spoken}", slot.token)
        for slot in found
        for at in [formats.clock(slot.key.start, place.zone)]
    ]


def _taken(staff: Staff, scope: Scope, place: LocationCard, day: date) -> list[tuple[str, str, str]]:
    """Return the clock, what stands there, and the way to book over it, of each taken time where one may."""
    if scope.practitioner_id is None or not can(staff, Action.OVERBOOK):
        return []
    with suppress(ScheduleStaleError):
        found = scheduling.taken_times(
            staff, scope.practitioner_id, location=place.id, service=scope.service_id, day=day
        )
        return [
            (
                formats.clock(each.slot.key.start, place.zone),
                counted(each.standing),
                address("over", [("slot", each.slot.token)]),
            )
            for each in found
        ]
    return []


@staff_page(Action.BOOK_VISITS, methods=("GET", "HEAD", "POST"))
def book(request: HttpRequest, staff: Staff, hold_id: UUID) -> HttpResponse:
    """Ask for the patient of a held time; POST books. Afterwards the same address says what became of it."""
    card = scheduling.booking_of_desk(staff, hold_id)
    typed = {name: text_in(request.POST, name, limit=500) for name in (*_PERSON, _WISH)}
    if request.method != "POST" or card.state is not State.HELD:
        return _show(request, staff, card, typed)
    person = {name: typed[name] for name in _PERSON}
    if "consent" not in request.POST:
        return _show(request, staff, card, typed, errors={**_faults(person), "consent": _NO_CONSENT})
    confirmation = Confirmation(
        PersonInput(**person), (Purpose.BOOKING.value,), wish=typed[_WISH], channel="desk"
    )
    try:
        services.confirm_by_staff(hold_id, confirmation=confirmation, staff=staff)
    except InvalidInputError as error:
        return _show(request, staff, card, typed, errors=error.fields)
    except (HoldNotFoundError, HoldExpiredError):
        # A twin of this tap, or the clock, was faster: the page says what became of the time.
        return SeeOther(request.path)
    except DomainError as error:
        return _show(request, staff, card, typed, refusal=error)
    services.wait_for_answer(hold_id, timeout=settings.FELDSHER_BOOKING.confirm_wait_seconds)
    return SeeOther(request.path)


def _faults(person: dict[str, str]) -> dict[str, str]:
    """Return what is wrong with the person, so that a missing consent is not told alone."""
    try:
        patients.read_person(TypedPerson(**person))
    except InvalidInputError as error:
        return error.fields
    return {}


@staff_page(Action.BOOK_VISITS, methods=("POST",))
def release(_request: HttpRequest, staff: Staff, hold_id: UUID) -> HttpResponse:
    """Let a held time go and come back to the doctor's day."""
    card = scheduling.booking_of_desk(staff, hold_id)
    if card.state is State.HELD:
        services.release_by_staff(hold_id, staff=staff)
    return SeeOther(_again(card))


def _show(
    request: HttpRequest,
    staff: Staff,
    card: AppointmentCard,
    typed: dict[str, str],
    *,
    errors: dict[str, str] | None = None,
    refusal: DomainError | None = None,
) -> HttpResponse:
    key = card.key
    names = names_of([Scope(key.practitioner_id, key.service_id, key.location_id)])
    now, day = clock.now(), formats.local_day(key.start, card.zone)
    today = formats.local_day(now, card.zone)
    is_held = card.state is State.HELD
    context = {
        "when": f"{formats.sentence_case(formats.near_day(day, today=today))}, "
        f"{formats.clock(key.start, card.zone)}–{formats.clock(card.end, card.zone)}",
        "facts": [
            ("Врач", names.doctor(key.practitioner_id)),
            ("Филиал", names.places[key.location_id].name),
            ("Услуга", names.service(key.service_id)),
            ("Цена", format_roubles(card.price)),
            *(to_ask(card) if is_held else ()),
        ],
        "book_url": request.path,
        "release_url": reverse("desk:book-release", args=[card.id]),
        "again_url": _again(card),
        "day_url": _day_of(key.location_id, key.start, card.zone),
        "grid_url": _day_of(key.location_id, key.start, card.zone, page_name="schedule"),
        "until": formats.clock(card.expires_at, card.zone) if card.expires_at else "",
        "is_held": is_held,
        "outcome": None if is_held else outcome_of(card),
        "needs_birth_date": is_held and scheduling.needs_birth_date(key),
        "typed": typed,
        "errors": errors or {},
        "refusal": refusal.message if refusal else "",
    }
    status = refusal.status if refusal else 422 if errors else 200
    return page(request, staff, "book_for.html", context, status=status)


def _day_of(location_id: UUID, start: datetime, zone: str, *, page_name: str = "day") -> str:
    """Return the address of the list, or of the schedule, in which a visit stands."""
    day = formats.local_day(start, zone)
    return address(page_name, [("location", str(location_id)), ("date", day.isoformat())])


def _again(card: AppointmentCard) -> str:
    scope = Scope(card.key.practitioner_id, card.key.service_id, card.key.location_id)
    day = formats.local_day(card.key.start, card.zone)
    return address("book", [*scope.carried, ("day", day.isoformat())])


@staff_page(Action.BOOK_VISITS, methods=("GET", "HEAD", "POST"))
def cancel(request: HttpRequest, staff: Staff, visit_id: UUID) -> HttpResponse:
    """Ask whether a visit shall be cancelled, and why; POST does it, and twice is fine."""
    why, error = text_in(request.POST, "why"), ""
    if request.method == "POST":
        if why in set(CancelReason):
            card = services.cancel_by_staff(visit_id, why=CancelReason(why), staff=staff)
            services.wait_for_answer(visit_id, timeout=settings.FELDSHER_BOOKING.confirm_wait_seconds)
            return SeeOther(_day_of(card.key.location_id, card.key.start, card.zone))
        error = "Выберите причину"
    visit = scheduling.visit_to_cancel(staff, visit_id)
    zone = visit.zone
    day = formats.local_day(visit.visit.start, zone)
    names = names_of([Scope(visit.visit.practitioner_id, None, visit.location_id)])
    when = formats.sentence_case(formats.near_day(day, today=formats.local_day(clock.now(), zone)))
    where = f"{names.doctor(visit.visit.practitioner_id)}, {names.place(visit.location_id)}"
    context = {
        "lines": [
            f"{visit.visit.name}, {visit.visit.phone}",
            f"{when}, {formats.clock(visit.visit.start, zone)}, {where}",
        ],
        "reasons": CANCEL_REASONS,
        "why": why,
        "error": error,
        "action": request.path,
        "back": _day_of(visit.location_id, visit.visit.start, zone),
    }
    return page(request, staff, "visit_cancel.html", context, status=422 if error else 200)
