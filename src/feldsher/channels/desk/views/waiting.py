"""The waiting list: who waits for whom, in their order, what is kept for them, and what a registrar does.

A registrar adds who calls, takes a wish off, and accepts or declines a time in the person's name. Nothing is
done by a GET.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from feldsher.channels.desk.gate import staff_page
from feldsher.channels.desk.pages import page
from feldsher.channels.desk.queue import call_about
from feldsher.channels.desk.scopes import doctor_options
from feldsher.channels.desk.wait_form import WaitForm
from feldsher.channels.frontend.answers import SeeOther
from feldsher.channels.frontend.form_keys import after_its_twin, fresh_key, idempotency_of
from feldsher.channels.frontend.queries import text_in, uuid_in
from feldsher.channels.frontend.windows import ANY, PARTS, typed_of, window_words
from feldsher.domain.directory import selectors as directory
from feldsher.domain.directory.types import LocationCard
from feldsher.domain.patients.types import Purpose
from feldsher.domain.scheduling import selectors as scheduling
from feldsher.domain.scheduling import services
from feldsher.domain.scheduling.types import WaitingRow, Window, WithdrawReason
from feldsher.foundation.access.policies import Action
from feldsher.foundation.access.types import Staff
from feldsher.kernel import clock, formats
from feldsher.kernel.errors import InvalidInputError

_NOBODYS = UUID(int=0)
"""An offer that the form did not name."""
_REASONS = (
    ("", "Выберите"),
    (WithdrawReason.ASKED.value, "Больше не\u00a0хочет ждать"),
    (WithdrawReason.BOOKED.value, "Уже записан"),
    (WithdrawReason.UNREACHABLE.value, "Не\u00a0дозвонились"),
    (WithdrawReason.MISTAKE.value, "Добавлен по\u00a0ошибке"),
)
_ORDERS = (("", "Не\u00a0спрашивали"), ("first", "Впервые"), ("repeat", "Уже был"))


@dataclass(frozen=True, slots=True)
class _Line:
    """One who waits, in words."""

    id: UUID
    whose: str
    position: int
    who: str = field(repr=False)
    wants: str
    place: str
    offered: str
    untold: str


@staff_page(Action.BOOK_VISITS)
def show(request: HttpRequest, staff: Staff) -> HttpResponse:
    """Show the whole list, by doctor and specialty."""
    rows = scheduling.waiting_list(staff)
    return page(request, staff, "waiting.html", {"lines": _lines(rows)})


@staff_page(Action.BOOK_VISITS, methods=("GET", "HEAD", "POST"))
def add(request: HttpRequest, staff: Staff) -> HttpResponse:
    """Ask whom a caller waits for; POST puts their phone on the list and leads to their place in it."""
    places = directory.locations()
    if request.method != "POST":
        return _form(request, staff, WaitForm(initial=_usual(), places=places))
    form = WaitForm(request.POST, places=places)
    if form.is_valid():
        once = idempotency_of(request, route="desk wish", caller=str(staff.id))
        asked = (Purpose.BOOKING.value,)
        keep = partial(services.wish_by_staff, form.wish(), consents=asked, staff=staff, idempotency=once)
        try:
            made = after_its_twin(keep)
        except InvalidInputError as error:
            form.blame(error.fields)
        else:
            return SeeOther(reverse("desk:wish", args=[made]))
    return _form(request, staff, form, status=InvalidInputError.status)


@staff_page(Action.BOOK_VISITS)
def one(request: HttpRequest, staff: Staff, wish_id: UUID) -> HttpResponse:
    """Show one who waits, what is kept for them, and what can be done in their name."""
    return _one(request, staff, wish_id)


@staff_page(Action.BOOK_VISITS, methods=("POST",))
def accept(request: HttpRequest, staff: Staff, wish_id: UUID) -> HttpResponse:
    """Move the visit to the offered time, and wait a moment for the clinic; refused, they wait on."""
    made = services.accept_by_staff(wish_id, offer_id=_offer(request), staff=staff)
    services.wait_for_answer(made, timeout=settings.FELDSHER_BOOKING.confirm_wait_seconds)
    return SeeOther(reverse("desk:waiting"))


@staff_page(Action.BOOK_VISITS, methods=("POST",))
def decline(request: HttpRequest, staff: Staff, wish_id: UUID) -> HttpResponse:
    """Leave the offered time to the next; the person waits on."""
    services.decline_by_staff(wish_id, offer_id=_offer(request), staff=staff)
    return SeeOther(reverse("desk:waiting"))


@staff_page(Action.BOOK_VISITS, methods=("POST",))
def withdraw(request: HttpRequest, staff: Staff, wish_id: UUID) -> HttpResponse:
    """Take the person off the list, and keep why; twice is fine."""
    why = text_in(request.POST, "why")
    if why not in set(WithdrawReason):
        return _one(request, staff, wish_id, error="Выберите причину")
    services.withdraw_wish_by_staff(wish_id, why=WithdrawReason(why), staff=staff)
    return SeeOther(reverse("desk:waiting"))


def _offer(request: HttpRequest) -> UUID:
    """Return which offer the page showed: a later one is another question."""
    return uuid_in(request.POST, "offer") or _NOBODYS


def _one(request: HttpRequest, staff: Staff, wish_id: UUID, *, error: str = "") -> HttpResponse:
    row = scheduling.wish_of_desk(staff, wish_id)
    (line,) = _lines([row])
    context = {"line": line, "row": row, "offer": row.offer, "reasons": _REASONS, "error": error}
    return page(request, staff, "wish.html", context, status=InvalidInputError.status if error else 200)


def _form(request: HttpRequest, staff: Staff, form: WaitForm, *, status: int = 200) -> HttpResponse:
    specialties = [(each.slug, formats.sentence_case(each.title)) for each in directory.specialties()]
    context = {
        "form": form,
        "key": fresh_key(),
        "doctors": doctor_options("Любой врач специальности"),
        "specialties": [("", "Только этот врач"), *specialties],
        "orders": _ORDERS,
        "practitioner": str(form["practitioner"].value() or ""),
    }
    return page(request, staff, "wait.html", context, status=status)


def _usual() -> dict[str, str]:
    today = formats.local_day(clock.now(), formats.MOSCOW)
    last = today + timedelta(days=settings.FELDSHER_BOOKING.horizon_days)
    return typed_of(Window(today, last, *PARTS[ANY][1:]))


def _lines(rows: Sequence[WaitingRow]) -> list[_Line]:
    offered = {row.offer.key.practitioner_id for row in rows if row.offer}
    doctors = directory.practitioner_cards(
        {row.practitioner_id for row in rows if row.practitioner_id} | offered
    )
    names = {doctor: card.name for doctor, card in doctors.items()}
    titles = {each.slug: formats.sentence_case(each.title) for each in directory.specialties()}
    places = {place.id: place for place in directory.locations()}
    lines = [
        _Line(
            id=row.id,
            whose=names.get(row.practitioner_id, "")
            if row.practitioner_id
            else titles.get(row.specialty, ""),
            position=row.position,
            who=", ".join(part for part in (row.name, row.phone) if part),
            wants=_wants(row, zone=_zone(row, places)),
            place=", ".join(places[each].name for each in row.location_ids if each in places)
            or "любой филиал",
            offered=_offered(row, names=names),
            untold=call_about(row.unheard) if row.unheard else "",
        )
        for row in rows
    ]
    return sorted(lines, key=lambda line: line.whose)


def _zone(row: WaitingRow, places: Mapping[UUID, LocationCard]) -> str:
    known = [places[each].zone for each in row.location_ids if each in places]
    return (known[0] if known else "") or formats.MOSCOW


def _wants(row: WaitingRow, *, zone: str) -> str:
    """Return what is waited for: before which visit, on which days and at which hours."""
    today = formats.local_day(clock.now(), zone)
    when = window_words(row.window, today=today)
    if not row.has_visit:
        return when
    before = "раньше своей записи"
    if row.visit_at is not None:
        day = formats.day_month(formats.local_day(row.visit_at, zone), today=today)
        before = f"раньше {day}, {formats.clock(row.visit_at, zone)}"
    return ", ".join(each for each in (before, when) if each)


def _offered(row: WaitingRow, *, names: Mapping[UUID, str]) -> str:
    if row.offer is None:
        return ""
    offer = row.offer
    day = formats.day_month(
        formats.local_day(offer.key.start, offer.zone), today=formats.local_day(clock.now(), offer.zone)
    )
    when = f"{day}, {formats.clock(offer.key.start, offer.zone)}"
    whom = f", {names.get(offer.key.practitioner_id, '')}" if row.specialty else ""
    return f"{when}{whom}, до\u00a0{formats.clock(offer.until, offer.zone)}"
