"""«Хочет раньше»: a visit is put on the waiting list at its patient's wish, for any earlier time or some."""

from http import HTTPStatus
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from feldsher.channels.desk.gate import staff_page
from feldsher.channels.desk.pages import page
from feldsher.channels.desk.scopes import Scope, names_of
from feldsher.channels.desk.views.attendance import when_words
from feldsher.channels.frontend.answers import SeeOther
from feldsher.channels.frontend.windows import WindowForm, usual_of
from feldsher.domain.scheduling import selectors as scheduling
from feldsher.domain.scheduling import services
from feldsher.domain.scheduling.errors import NotWaitableError
from feldsher.foundation.access.policies import Action
from feldsher.foundation.access.types import Staff
from feldsher.kernel import clock
from feldsher.kernel.errors import InvalidInputError


@staff_page(Action.BOOK_VISITS, methods=("GET", "HEAD", "POST"))
def ask(request: HttpRequest, staff: Staff, visit_id: UUID) -> HttpResponse:
    """Ask which days and hours suit; POST puts the visit on the list, or changes what suits one that waits.

    Days and hours that were left as they stood mean any earlier time, wherever the visit moves later.
    """
    known = scheduling.sooner_of_desk(staff, visit_id)
    if known is None:
        raise NotWaitableError("nothing earlier to wait for")
    card = scheduling.visit_of_grid(staff, visit_id)
    usual = usual_of(known.window, visit_at=card.visit.start, zone=card.zone, now=clock.now())
    form = WindowForm(request.POST) if request.method == "POST" else WindowForm(initial=usual)
    if form.is_bound and form.is_valid():
        is_any = known.window is None and all(form.data.get(name) == value for name, value in usual.items())
        window = None if is_any else form.window()
        try:
            wish = services.wait_for_sooner_by_staff(visit_id, staff=staff, window=window)
        except InvalidInputError as error:
            form.blame(error.fields)
        else:
            return SeeOther(reverse("desk:wish", args=[wish]))
    names = names_of([Scope(card.visit.practitioner_id, None, card.location_id)])
    context = {
        "form": form,
        "wish": known.wish_id,
        "who": card.visit.name,
        "phone": card.visit.phone,
        "visit": f"{when_words(card)}, {names.doctor(card.visit.practitioner_id)}",
        "back": reverse("desk:grid-visit", args=[visit_id]),
    }
    status = InvalidInputError.status if form.is_bound else HTTPStatus.OK
    return page(request, staff, "sooner.html", context, status=status)
