"""«Хочу раньше»: wait for an earlier time of a visit, and answer when one is offered. Each act is a POST."""

from http import HTTPStatus
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from feldsher.channels.frontend.answers import SeeOther, private
from feldsher.channels.frontend.queries import uuid_in
from feldsher.channels.frontend.windows import WindowForm, usual_of
from feldsher.channels.site.pages import page
from feldsher.channels.site.talon import words_of
from feldsher.channels.site.views.errors import honest
from feldsher.channels.site.views.visit import PAGE, times_to_move_to
from feldsher.domain.scheduling import selectors as scheduling
from feldsher.domain.scheduling import services
from feldsher.domain.scheduling.errors import NotWaitableError
from feldsher.domain.scheduling.types import State
from feldsher.kernel import clock
from feldsher.kernel.errors import InvalidInputError

_NOBODYS = UUID(int=0)


@require_http_methods(["GET", "HEAD", "POST"])
@honest
def begin(request: HttpRequest, visit_id: UUID) -> HttpResponse:
    """Ask which days and hours suit; a POST puts the visit on the waiting list, with them where it has them.

    Twice is fine, and days and hours may be said later: the place in the queue stays.
    """
    if request.method != "POST":
        return _when(request, visit_id, None)
    if "first_day" not in request.POST:
        services.wait_for_sooner(visit_id, token=PAGE.secret_of(request))
        return _to_visit(visit_id)
    form = WindowForm(request.POST)
    if form.is_valid():
        try:
            services.wait_for_sooner(visit_id, token=PAGE.secret_of(request), window=form.window())
        except InvalidInputError as error:
            form.blame(error.fields)
        else:
            return _to_visit(visit_id)
    return _when(request, visit_id, form)


def _when(request: HttpRequest, visit_id: UUID, form: WindowForm | None) -> HttpResponse:
    visit = scheduling.appointment(visit_id, token=PAGE.secret_of(request))
    waiting = scheduling.waiting(visit_id, token=PAGE.secret_of(request))
    if waiting is None:
        raise NotWaitableError("a visit that does not wait")
    usual = usual_of(waiting.window, visit_at=visit.key.start, zone=visit.zone, now=clock.now())
    context = {"visit": visit, "waiting": waiting, "form": form or WindowForm(initial=usual)}
    status = InvalidInputError.status if form else HTTPStatus.OK
    return private(page(request, "sooner.html", context, status=status))


@require_POST
@honest
def stop(request: HttpRequest, visit_id: UUID) -> HttpResponse:
    """Take it off the list; twice is fine."""
    services.stop_waiting(visit_id, token=PAGE.secret_of(request))
    return _to_visit(visit_id)


@require_POST
@honest
def decline(request: HttpRequest, visit_id: UUID) -> HttpResponse:
    """Leave an offered time to the next; the visit waits on."""
    services.decline_time(visit_id, offer_id=_offer(request), token=PAGE.secret_of(request))
    return _to_visit(visit_id)


@require_POST
@honest
def accept(request: HttpRequest, visit_id: UUID) -> HttpResponse:
    """Move to the offered time, and wait a moment for the clinic; where it refuses, the visit stands."""
    made = services.accept_time(visit_id, offer_id=_offer(request), token=PAGE.secret_of(request))
    card = services.wait_for_outcome(
        made.appointment_id, timeout=settings.FELDSHER_BOOKING.confirm_wait_seconds
    )
    if card.state is State.REJECTED:
        visit = scheduling.appointment(visit_id, token=PAGE.secret_of(request))
        return times_to_move_to(request, visit, notice=words_of(card).text, status=HTTPStatus.CONFLICT)
    return private(SeeOther(reverse("site:visit-enter", args=[card.id, made.token])))


def _offer(request: HttpRequest) -> UUID:
    """Return which offer the page showed: a later one is another question. Unnamed it is nobody's."""
    return uuid_in(request.POST, "offer") or _NOBODYS


def _to_visit(visit_id: UUID) -> HttpResponse:
    return private(SeeOther(reverse("site:visit", args=[visit_id])))
