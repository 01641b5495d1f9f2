"""«Хочу раньше» of a visit: whether it waits, what is offered, and a POST for each answer."""

from http import HTTPStatus
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from feldsher.channels.cabinet.gate import patient_page
from feldsher.channels.cabinet.pages import page
from feldsher.channels.cabinet.present import visit_line
from feldsher.channels.cabinet.views.visits import KEPT
from feldsher.channels.frontend.answers import SeeOther
from feldsher.channels.frontend.offered import offered_time
from feldsher.channels.frontend.queries import text_in, uuid_in
from feldsher.channels.frontend.windows import WindowForm, usual_of, window_words
from feldsher.domain.scheduling import selectors as scheduling
from feldsher.domain.scheduling import services
from feldsher.domain.scheduling.errors import NotWaitableError
from feldsher.domain.scheduling.types import State
from feldsher.foundation.access.types import PhoneHolder
from feldsher.kernel import clock, formats
from feldsher.kernel.errors import InvalidInputError

_NOBODYS = UUID(int=0)
"""An offer that the form did not name."""


@patient_page(methods=("GET", "HEAD", "POST"))
def sooner(request: HttpRequest, holder: PhoneHolder, visit_id: UUID) -> HttpResponse:
    """Show how the visit waits for an earlier time; a POST begins, stops or answers an offer (`do`)."""
    if request.method != "POST":
        return _shown(request, holder, visit_id)
    offer, said = uuid_in(request.POST, "offer") or _NOBODYS, text_in(request.POST, "do")
    if said == "accept":
        return _accepted(request, holder, visit_id, offer=offer)
    if said == "decline":
        services.decline_time_own(visit_id, offer_id=offer, holder=holder)
    elif said == "stop":
        services.stop_waiting_own(visit_id, holder=holder)
    elif "first_day" in request.POST:
        return _narrowed(request, holder, visit_id)
    else:
        services.wait_for_sooner_own(visit_id, holder=holder)
    return SeeOther(reverse("cabinet:sooner-own", args=[visit_id]))


def _narrowed(request: HttpRequest, holder: PhoneHolder, visit_id: UUID) -> HttpResponse:
    """Wait on the days and at the hours of the form alone; the place in the queue stays."""
    form = WindowForm(request.POST)
    if form.is_valid():
        try:
            services.wait_for_sooner_own(visit_id, holder=holder, window=form.window())
        except InvalidInputError as error:
            form.blame(error.fields)
        else:
            return SeeOther(reverse("cabinet:sooner-own", args=[visit_id]))
    return _shown(request, holder, visit_id, form=form, status=InvalidInputError.status)


def _accepted(request: HttpRequest, holder: PhoneHolder, visit_id: UUID, *, offer: UUID) -> HttpResponse:
    """Move, and wait a moment for the clinic; where it refuses, the visit stands and waits on."""
    made = services.accept_time_own(visit_id, offer_id=offer, holder=holder)
    services.wait_for_answer(made, timeout=settings.FELDSHER_BOOKING.confirm_wait_seconds)
    if scheduling.own_visit(made, holder=holder).state is State.REJECTED:
        return _shown(request, holder, visit_id, notice=KEPT, status=HTTPStatus.CONFLICT)
    return SeeOther(reverse("cabinet:cabinet"))


def _shown(
    request: HttpRequest,
    holder: PhoneHolder,
    visit_id: UUID,
    *,
    notice: str = "",
    form: WindowForm | None = None,
    status: int = HTTPStatus.OK,
) -> HttpResponse:
    visit = scheduling.own_visit(visit_id, holder=holder)
    waiting = scheduling.waiting_own(visit_id, holder=holder)
    if waiting is None and not notice:
        raise NotWaitableError("a visit that does not wait")
    now, window = clock.now(), waiting.window if waiting else None
    usual = usual_of(window, visit_at=visit.key.start, zone=visit.zone, now=now)
    context = {
        "form": form or WindowForm(initial=usual),
        "is_narrowing": form is not None,
        "when": window_words(window, today=formats.local_day(now, visit.zone)),
        "visit": visit_line(visit),
        "waiting": waiting,
        "offered": offered_time(waiting.offer, now=now) if waiting and waiting.offer else None,
        "notice": notice,
    }
    return page(request, "sooner.html", context, status=status)
