"""Move a visit from the schedule: a free time is chosen there, and confirmed on a page of its own."""

from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from feldsher.channels.desk.gate import staff_page
from feldsher.channels.desk.pages import page
from feldsher.channels.desk.scopes import Scope, names_of
from feldsher.channels.desk.views.attendance import grid_address, when_words
from feldsher.channels.frontend.answers import SeeOther
from feldsher.channels.frontend.queries import text_in
from feldsher.domain.scheduling import selectors as scheduling
from feldsher.domain.scheduling import services
from feldsher.foundation.access.policies import Action
from feldsher.foundation.access.types import Staff
from feldsher.kernel import clock, formats
from feldsher.kernel.money import format_roubles

_TOKEN = 300


@staff_page(Action.BOOK_VISITS, methods=("GET", "HEAD", "POST"))
def move(request: HttpRequest, staff: Staff, visit_id: UUID) -> HttpResponse:
    """Say what moves where, and ask; POST begins the move, twice is one."""
    if request.method == "POST":
        slot = text_in(request.POST, "slot", limit=_TOKEN)
        moved = services.move_by_staff(visit_id, slot=slot, staff=staff)
        services.wait_for_answer(moved, timeout=settings.FELDSHER_BOOKING.confirm_wait_seconds)
        return SeeOther(reverse("desk:book-for", args=[moved]))
    card = scheduling.visit_of_grid(staff, visit_id)
    back = f"{grid_address(card.location_id, card)}&move={visit_id}"
    token = text_in(request.GET, "slot", limit=_TOKEN)
    if not token:
        return SeeOther(back)
    to = scheduling.time_to_move_to(staff, visit_id, slot=token)
    visit, key = card.visit, to.key
    names = names_of(Scope(each, None, None) for each in (visit.practitioner_id, key.practitioner_id))
    day = formats.local_day(key.start, to.zone)
    words = formats.near_day(day, today=formats.local_day(clock.now(), to.zone))
    begin, end = formats.clock(key.start, to.zone), formats.clock(to.end, to.zone)
    context = {
        "question": "Перенести запись?",
        "lines": [
            ", ".join(part for part in (visit.name, visit.phone) if part),
            f"Было: {when_words(card)}, {names.doctor(visit.practitioner_id)}",
            f"Станет: {formats.sentence_case(words)}, {begin}–{end}, {names.doctor(key.practitioner_id)}",
            f"Цена: {format_roubles(to.price)}",
        ],
        "warning": "Прежнее время остаётся за\u00a0пациентом, пока новое не\u00a0подтверждено.",
        "act": "Перенести",
        "action": request.path,
        "carried": [("slot", to.token)],
        "back": back,
        "leave": "Выбрать другое время",
    }
    return page(request, staff, "confirm.html", context)
