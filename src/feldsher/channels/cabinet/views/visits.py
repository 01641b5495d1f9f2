"""Cancel a visit: a question, then one POST. A GET never acts."""

from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from feldsher.channels.cabinet.gate import patient_page
from feldsher.channels.cabinet.pages import page
from feldsher.channels.cabinet.present import visit_line
from feldsher.channels.frontend.answers import SeeOther
from feldsher.domain.scheduling import selectors as scheduling
from feldsher.domain.scheduling import services
from feldsher.domain.scheduling.errors import NotCancellableError
from feldsher.domain.scheduling.types import State
from feldsher.foundation.access.types import PhoneHolder


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
    if not visit.can_cancel:
        raise NotCancellableError
    return page(request, "cancel.html", {"visit": visit_line(visit)})
