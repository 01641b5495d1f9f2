"""Book over a taken time: the page says what stands there, and asks why; nothing happens before."""

from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from feldsher.channels.desk.gate import staff_page
from feldsher.channels.desk.over_words import OVER_REASONS, counted, lines_of
from feldsher.channels.desk.pages import page
from feldsher.channels.desk.rule_words import span_ago
from feldsher.channels.desk.scopes import Scope, address, names_of
from feldsher.channels.frontend.answers import SeeOther
from feldsher.channels.frontend.form_keys import after_its_twin, fresh_key, idempotency_of
from feldsher.channels.frontend.queries import text_in
from feldsher.domain.scheduling import selectors as scheduling
from feldsher.domain.scheduling import services
from feldsher.domain.scheduling.errors import (
    MoreTakenError,
    NotOverbookableError,
    OverbookFullError,
    SlotTakenError,
)
from feldsher.domain.scheduling.types import Hold, Over, OverReason
from feldsher.foundation.access.policies import Action
from feldsher.foundation.access.types import Staff
from feldsher.kernel import clock, formats
from feldsher.kernel.errors import DomainError, InvalidInputError, NotFoundError

_TOKEN = 300
_MOST_TOLD = 400


@staff_page(Action.OVERBOOK, methods=("GET", "HEAD", "POST"))
def over(request: HttpRequest, staff: Staff) -> HttpResponse:
    """Say what stands at a time and ask why it is given twice; POST holds it and leads to the patient."""
    if request.method != "POST":
        return _show(request, staff, text_in(request.GET, "slot", limit=_TOKEN))
    token = text_in(request.POST, "slot", limit=_TOKEN)
    why = text_in(request.POST, "why")
    if why not in set(OverReason):
        return _show(request, staff, token, errors={"why": "Выберите причину"})
    try:
        held = _hold(request, staff, token, OverReason(why))
    except InvalidInputError as error:
        return _show(request, staff, token, errors=error.fields)
    except (MoreTakenError, NotOverbookableError, OverbookFullError, SlotTakenError) as error:
        return _show(request, staff, token, refusal=error)
    return SeeOther(reverse("desk:book-for", args=[held.id]))


@staff_page(Action.OVERBOOK)
def at_visit(_request: HttpRequest, staff: Staff, visit_id: UUID) -> HttpResponse:
    """Lead to the question about the time at which a visit, or a held time, begins."""
    return SeeOther(address("over", [("slot", scheduling.slot_over(staff, visit_id))]))


def _hold(request: HttpRequest, staff: Staff, token: str, why: OverReason) -> Hold:
    told = text_in(request.POST, "told", limit=_MOST_TOLD)
    try:
        ids = tuple(UUID(each) for each in told.split())
    except ValueError:
        raise NotFoundError("no ids of visits") from None
    words = Over(ids, why, text_in(request.POST, "words", limit=500))
    once = idempotency_of(request, route="desk over", caller=str(staff.id), subject=token)
    return after_its_twin(
        lambda: services.overbook_by_staff(token, over=words, staff=staff, idempotency=once)
    )


def _show(
    request: HttpRequest,
    staff: Staff,
    token: str,
    *,
    errors: dict[str, str] | None = None,
    refusal: DomainError | None = None,
) -> HttpResponse:
    taken = scheduling.taken_time(staff, token)
    slot, key = taken.slot, taken.slot.key
    names = names_of([Scope(key.practitioner_id, key.service_id, key.location_id)])
    day = formats.local_day(key.start, slot.zone)
    words = formats.near_day(day, today=formats.local_day(clock.now(), slot.zone))
    begin, end = formats.clock(key.start, slot.zone), formats.clock(slot.end, slot.zone)
    context = {
        "when": f"{formats.sentence_case(words)}, {begin}–{end}",
        "facts": [
            ("Врач", names.doctor(key.practitioner_id)),
            ("Филиал", names.places[key.location_id].name),
            ("Услуга", names.service(key.service_id)),
        ],
        "count": counted(taken.standing),
        "lines": lines_of(taken.standing, slot.zone),
        "told": " ".join(str(each.id) for each in taken.standing),
        "is_full": taken.is_full,
        "most": formats.plural(taken.most, "записи", "записей", "записей"),
        "slot": slot.token,
        "key": fresh_key(),
        "hold_for": span_ago(settings.FELDSHER_BOOKING.hold_minutes),
        "reasons": OVER_REASONS,
        "why": text_in(request.POST, "why"),
        "words": text_in(request.POST, "words", limit=500),
        "errors": errors or {},
        "refusal": refusal.message if refusal else "",
        "back": address("schedule", [("location", str(key.location_id)), ("date", day.isoformat())]),
    }
    status = refusal.status if refusal else 422 if errors else 200
    return page(request, staff, "over.html", context, status=status)
