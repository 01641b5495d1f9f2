"""One visit of the schedule, and what is said of it: the patient came, was seen, did not come."""

from dataclasses import dataclass
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from feldsher.channels.desk.gate import staff_page
from feldsher.channels.desk.over_words import NO_OVER, why_words
from feldsher.channels.desk.pages import page
from feldsher.channels.desk.scopes import Scope, address, names_of
from feldsher.channels.desk.states import STATES
from feldsher.channels.frontend.answers import SeeOther
from feldsher.domain.scheduling import selectors as scheduling
from feldsher.domain.scheduling import services
from feldsher.domain.scheduling.types import ACTIVE_STATES, AppointmentCard, GridCard, NoOver, State
from feldsher.foundation.access.policies import Action, can
from feldsher.foundation.access.types import Staff
from feldsher.kernel import clock, formats

_BACK = "back"
_TO_LIST = "list"


@dataclass(frozen=True, slots=True)
class Act:
    """A button of the page: where it sends; a GET leads to a question first."""

    title: str
    url: str
    is_post: bool


@staff_page(Action.SEE_VISITS)
def show(request: HttpRequest, staff: Staff, visit_id: UUID) -> HttpResponse:
    """Show a visit with its patient, and what the reader may do about it now."""
    card = scheduling.visit_of_grid(staff, visit_id)
    visit = card.visit
    names = names_of([Scope(visit.practitioner_id, visit.service_id, card.location_id)])
    context = {
        "when": when_words(card),
        "name": visit.name,
        "phone": visit.phone,
        "is_clear": card.is_clear,
        "facts": [
            ("Врач", names.doctor(visit.practitioner_id)),
            ("Филиал", names.places[card.location_id].name),
            ("Услуга", names.service(visit.service_id)),
            ("Состояние", "переносится на\u00a0другое время" if card.is_moving else STATES[visit.state]),
            *((("Поверх другой записи", why_words(card.over)),) if card.over else ()),
        ],
        "acts": _acts(staff, card),
        "no_over": _no_over(staff, card),
        "back": grid_address(card.location_id, card),
    }
    return page(request, staff, "grid_visit.html", context)


def _acts(staff: Staff, card: GridCard) -> list[Act]:
    visit, found = card.visit, []
    if can(staff, Action.MARK_ATTENDANCE):
        for mark, title, name in (
            (State.ARRIVED, "Пришёл", "visit-came"),
            (State.FULFILLED, "Приём прошёл", "visit-seen"),
            (State.NOSHOW, "Не\u00a0пришёл", "visit-missed"),
        ):
            if mark in card.marks:
                is_post = mark is not State.NOSHOW
                found.append(Act(title, reverse(f"desk:{name}", args=[visit.id]), is_post))
    if card.can_change and can(staff, Action.BOOK_VISITS):
        to_choose = f"{grid_address(card.location_id, card)}&move={visit.id}"
        found.append(Act("Перенести", to_choose, is_post=False))
        if (sooner := scheduling.sooner_of_desk(staff, visit.id)) is not None:
            title = "Ждёт раньше" if sooner.wish_id else "Хочет раньше"
            found.append(Act(title, reverse("desk:visit-sooner", args=[visit.id]), is_post=False))
        found.append(Act("Отменить", reverse("desk:visit-to-cancel", args=[visit.id]), is_post=False))
    if _is_ahead(card) and can(staff, Action.OVERBOOK) and _bar(card) is None:
        to_ask = reverse("desk:over-visit", args=[visit.id])
        found.append(Act("Записать ещё одного на\u00a0это время", to_ask, is_post=False))
    return found


def _no_over(staff: Staff, card: GridCard) -> str:
    """Return why nobody is booked over this visit, to who might; empty where they may, or it is past."""
    bar = _bar(card) if _is_ahead(card) and can(staff, Action.OVERBOOK) else None
    return NO_OVER[bar] if bar is not None else ""


def _bar(card: GridCard) -> NoOver | None:
    visit = card.visit
    return scheduling.why_not_over(visit.practitioner_id, location=card.location_id, service=visit.service_id)


def _is_ahead(card: GridCard) -> bool:
    return card.visit.start > clock.now() and card.visit.state in ACTIVE_STATES


@staff_page(Action.MARK_ATTENDANCE, methods=("POST",))
def came(request: HttpRequest, staff: Staff, visit_id: UUID) -> HttpResponse:
    return _back(request, services.mark_visit(visit_id, mark=State.ARRIVED, staff=staff))


@staff_page(Action.MARK_ATTENDANCE, methods=("POST",))
def seen(request: HttpRequest, staff: Staff, visit_id: UUID) -> HttpResponse:
    return _back(request, services.mark_visit(visit_id, mark=State.FULFILLED, staff=staff))


@staff_page(Action.MARK_ATTENDANCE, methods=("GET", "HEAD", "POST"))
def missed(request: HttpRequest, staff: Staff, visit_id: UUID) -> HttpResponse:
    """Ask whether the patient did not come, for it is not taken back; POST writes it."""
    if request.method == "POST":
        return _back(request, services.mark_visit(visit_id, mark=State.NOSHOW, staff=staff))
    card = scheduling.visit_of_grid(staff, visit_id)
    names = names_of([Scope(card.visit.practitioner_id, None, card.location_id)])
    context = {
        "question": "Пациент не\u00a0пришёл?",
        "lines": [
            ", ".join(part for part in (card.visit.name, card.visit.phone) if part),
            f"{when_words(card)}, {names.doctor(card.visit.practitioner_id)}",
        ],
        "warning": "Эту отметку назад не\u00a0берут. Если пациент опоздал и\u00a0его примут, "
        "отметьте «Пришёл».",
        "act": "Не\u00a0пришёл",
        "action": request.path,
        "danger": True,
        "back": reverse("desk:grid-visit", args=[visit_id]),
    }
    return page(request, staff, "confirm.html", context)


def when_words(card: GridCard) -> str:
    """Return `Сегодня, 25 ноября, 09:30–10:00`."""
    day = formats.local_day(card.visit.start, card.zone)
    words = formats.near_day(day, today=formats.local_day(clock.now(), card.zone))
    begin, end = (formats.clock(at, card.zone) for at in (card.visit.start, card.visit.end))
    return f"{formats.sentence_case(words)}, {begin}–{end}"


def grid_address(location_id: UUID, card: GridCard) -> str:
    """Return the address of the day of the grid in which a visit stands."""
    day = formats.local_day(card.visit.start, card.zone)
    return address("schedule", [("location", str(location_id)), ("date", day.isoformat())])


def _back(request: HttpRequest, card: AppointmentCard) -> HttpResponse:
    """Lead to the day of the visit: to the list where the button stood there, else to the grid."""
    day = formats.local_day(card.key.start, card.zone)
    name = "day" if request.POST.get(_BACK) == _TO_LIST else "schedule"
    return SeeOther(address(name, [("location", str(card.key.location_id)), ("date", day.isoformat())]))
