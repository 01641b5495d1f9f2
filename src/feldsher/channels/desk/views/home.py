"""What needs a person now, the nearest deadline first."""

from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from feldsher.channels.desk.gate import staff_page
from feldsher.channels.desk.live import etag_of, fragment, unchanged
from feldsher.channels.desk.names import names_for
from feldsher.channels.desk.pages import page
from feldsher.channels.desk.queue import items, marks
from feldsher.domain.corporate import selectors as corporate
from feldsher.domain.scheduling import selectors as scheduling
from feldsher.foundation.access.policies import Action, can
from feldsher.foundation.access.types import Staff
from feldsher.foundation.modules import CORPORATE, has_booking, is_on
from feldsher.kernel import clock


@staff_page(Action.ENTER)
def show(request: HttpRequest, staff: Staff) -> HttpResponse:
    """Show the queue to whoever handles calls or resolves visits; others see where they may go.

    An open page asks four times a minute: while nothing has changed, nobody's name is opened for it.
    """
    now = clock.now()
    etag = _etag(staff, now)
    if same := unchanged(request, etag=etag):
        return same
    calls = scheduling.open_calls(staff) if can(staff, Action.HANDLE_CALLS) else ()
    visits = scheduling.troubled_visits(staff) if _sees_visits(staff) else ()
    offers = scheduling.untold_offers(staff) if _hears_of_offers(staff) else ()
    names = names_for(calls, visits, [offer.mark for offer in offers])
    context = {
        "tasks": items(calls, visits, offers, names=names, me=staff.id, now=now),
        "has_queue": can(staff, Action.HANDLE_CALLS) or _sees_visits(staff),
        "etag": etag,
        "live": f"{reverse('desk:home')}?live=1",
        "is_asked": "asked" in request.GET,
    }
    if part := fragment(request, "_queue.html", context, etag=etag):
        return part
    has_hours = _sees_visits(staff) and scheduling.keeps_own_schedule()
    outside = scheduling.outside_count(staff) if has_hours else 0
    companies = corporate.open_request_count(staff) if _hears_of_companies(staff) else 0
    return page(request, staff, "home.html", {**context, "outside": outside, "companies": companies})


def _etag(staff: Staff, now: datetime) -> str:
    """Return a name of the queue as it stands, told by ids, states and instants."""
    calls = scheduling.open_call_marks(staff) if can(staff, Action.HANDLE_CALLS) else ()
    visits = scheduling.troubled_visit_marks(staff) if _sees_visits(staff) else ()
    offers = scheduling.untold_offer_marks(staff) if _hears_of_offers(staff) else ()
    return etag_of(marks(calls, visits, offers, names=names_for(calls, visits, offers), now=now))


def _sees_visits(staff: Staff) -> bool:
    """Tell whether visits stand in the queue of this person; their pages are closed where nobody books."""
    return has_booking() and can(staff, Action.RESOLVE_VISITS)


def _hears_of_offers(staff: Staff) -> bool:
    return can(staff, Action.BOOK_VISITS) and scheduling.has_waiting_list()


def _hears_of_companies(staff: Staff) -> bool:
    return is_on(CORPORATE) and can(staff, Action.HANDLE_COMPANIES)
