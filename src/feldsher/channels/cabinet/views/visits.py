"""Cancel a visit: a question, then one POST. Move it: its other times, each a POST. Book one like it again.

A GET never acts.
"""

from http import HTTPStatus
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from feldsher.channels.cabinet.gate import patient_page
from feldsher.channels.cabinet.pages import page
from feldsher.channels.cabinet.present import visit_line
from feldsher.channels.frontend.answers import SeeOther
from feldsher.channels.frontend.queries import text_in
from feldsher.channels.frontend.remembered import keep_token, token_of
from feldsher.channels.frontend.times import group_times
from feldsher.domain.directory import selectors as directory
from feldsher.domain.scheduling import selectors as scheduling
from feldsher.domain.scheduling import services
from feldsher.domain.scheduling.errors import (
    NotCancellableError,
    NotMovableError,
    PatientBusyError,
    SlotInPastError,
    SlotNotOfferedError,
    SlotTakenError,
)
from feldsher.domain.scheduling.types import AppointmentCard, State
from feldsher.foundation.access.types import PhoneHolder
from feldsher.kernel import clock

_MAX_SLOT = 300
KEPT = (
    "Клиника не\u00a0подтвердила новое время. Вы\u00a0записаны, как\u00a0были: "
    "выберите другое или оставьте это."
)


@patient_page(methods=("GET", "HEAD", "POST"))
def cancel(request: HttpRequest, holder: PhoneHolder, visit_id: UUID) -> HttpResponse:
    """Ask once more, then cancel by POST; what is cancelled already leads to the list, which says so."""
    home = SeeOther(reverse("cabinet:cabinet"))
    if request.method == "POST":
        services.cancel_own(visit_id, holder=holder)
        services.wait_for_answer(visit_id, timeout=settings.FELDSHER_BOOKING.confirm_wait_seconds)
        return home
    visit = scheduling.own_visit(visit_id, holder=holder)
    if visit.state in {State.CANCELLING, State.CANCELLED}:
        return home
    if visit.is_too_late:
        raise scheduling.too_late_to_change(visit)
    if not visit.can_cancel:
        raise NotCancellableError
    return page(request, "cancel.html", {"visit": visit_line(visit)})


@patient_page(methods=("GET", "HEAD", "POST"))
def move(request: HttpRequest, holder: PhoneHolder, visit_id: UUID) -> HttpResponse:
    """Show other times of the same doctor; a POST takes one, and the old time goes once it is booked."""
    visit = scheduling.own_visit(visit_id, holder=holder)
    if request.method == "POST":
        return _moved(request, holder, visit)
    if visit.state is State.MOVED:
        return SeeOther(reverse("cabinet:cabinet"))
    if visit.is_too_late:
        raise scheduling.too_late_to_change(visit)
    if not visit.can_cancel:
        raise NotMovableError
    return _times(request, visit)


@patient_page(methods=("POST",))
def again(request: HttpRequest, holder: PhoneHolder, visit_id: UUID) -> HttpResponse:
    """Lead to the times of the same doctor, branch and service; the form knows the patient for an hour."""
    key, token = services.book_again(visit_id, holder=holder, known=token_of(request))
    where = urlencode({"location": key.location_id, "service": key.service_id})
    response = SeeOther(f"{reverse('site:doctor', args=[key.practitioner_id])}?{where}")
    keep_token(response, token)
    return response


def _moved(request: HttpRequest, holder: PhoneHolder, visit: AppointmentCard) -> HttpResponse:
    """Move, and wait a moment for the clinic; a time that is gone shows what is left of the others."""
    slot = text_in(request.POST, "slot", limit=_MAX_SLOT)
    try:
        made = services.move_own(visit.id, holder=holder, slot=slot)
    except (PatientBusyError, SlotInPastError, SlotNotOfferedError, SlotTakenError) as refusal:
        return _times(request, visit, notice=refusal.sentence, status=refusal.status)
    services.wait_for_answer(made, timeout=settings.FELDSHER_BOOKING.confirm_wait_seconds)
    if scheduling.own_visit(made, holder=holder).state is State.REJECTED:
        return _times(request, visit, notice=KEPT, status=HTTPStatus.CONFLICT)
    return SeeOther(reverse("cabinet:cabinet"))


def _times(
    request: HttpRequest, visit: AppointmentCard, *, notice: str = "", status: int = HTTPStatus.OK
) -> HttpResponse:
    slots = scheduling.times_to_move_to(visit)
    places = {visit.key.location_id: directory.location(visit.key.location_id)}
    context = {
        "visit": visit_line(visit),
        "notice": notice,
        "can_wait": scheduling.has_waiting_list() and not visit.is_off,
        "times": group_times(slots, places=places, now=clock.now(), limit=len(slots)),
    }
    return page(request, "move.html", context, status=status)
