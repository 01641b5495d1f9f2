"""One call: who it is for, who is on it, and how it ended."""

from datetime import datetime, timedelta
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from feldsher.channels.desk.gate import staff_page
from feldsher.channels.desk.names import names_for
from feldsher.channels.desk.pages import page
from feldsher.channels.desk.programme_visits import programme_visits
from feldsher.channels.desk.queue import clock_words
from feldsher.channels.frontend.answers import SeeOther
from feldsher.domain.scheduling import selectors as scheduling
from feldsher.domain.scheduling import services
from feldsher.domain.scheduling.types import CallOutcome
from feldsher.foundation.access.policies import Action
from feldsher.foundation.access.types import Staff
from feldsher.kernel import clock, formats
from feldsher.kernel.errors import InvalidInputError, NotFoundError

_LATER = timedelta(hours=1)


@staff_page(Action.HANDLE_CALLS, methods=("GET", "HEAD", "POST"))
def show(request: HttpRequest, staff: Staff, call_id: UUID) -> HttpResponse:
    """Show the call; POST puts it off, because nobody answered, to an hour that the page offered."""
    fault = ""
    if request.method == "POST":
        try:
            services.call_later(call_id, at=_instant(request.POST.get("at") or ""), staff=staff)
            return SeeOther(reverse("desk:home"))
        except InvalidInputError as error:
            fault = error.fields.get("at", error.message)
    return _page(request, staff, call_id, fault=fault)


@staff_page(Action.HANDLE_CALLS, methods=("POST",))
def take(request: HttpRequest, staff: Staff, call_id: UUID) -> HttpResponse:  # noqa: ARG001 - a view
    services.take_call(call_id, staff=staff)
    return SeeOther(reverse("desk:call", args=(call_id,)))


@staff_page(Action.HANDLE_CALLS, methods=("POST",))
def finish(request: HttpRequest, staff: Staff, call_id: UUID) -> HttpResponse:
    try:
        outcome = CallOutcome(request.POST.get("outcome") or "")
    except ValueError:
        raise NotFoundError("no such outcome") from None
    services.finish_call(call_id, outcome=outcome, staff=staff)
    return SeeOther(reverse("desk:home"))


def _page(request: HttpRequest, staff: Staff, call_id: UUID, *, fault: str) -> HttpResponse:
    call = scheduling.open_call_card(staff, call_id)
    names = names_for((call,), ())
    zone = names.zone(call.location_id)
    now = clock.now()
    hours = scheduling.hours_to_call(call)
    context = {
        "call": call,
        "doctor": names.doctor(call.practitioner_id),
        "place": names.place(call.location_id),
        "clock": clock_words(call.due, zone=zone, now=now),
        "is_late": call.due < now,
        "is_mine": call.taken_by == staff.id,
        "colleague": names.colleagues.get(call.taken_by) if call.taken_by else "",
        "hours": [(hour.isoformat(), formats.promise(hour, zone=zone, now=now)) for hour in hours],
        "hour": next((hour.isoformat() for hour in hours if hour >= now + _LATER), ""),
        "fault": fault,
        **programme_visits(request, staff, call),
    }
    return page(request, staff, "call.html", context, status=422 if fault else 200)


def _instant(typed: str) -> datetime:
    """Return an instant that a page of ours offered; InvalidInputError (`at`) for anything else."""
    try:
        instant = datetime.fromisoformat(typed[:40])
    except ValueError:
        instant = None
    if instant is None or instant.tzinfo is None:
        raise InvalidInputError("no instant", fields={"at": "Выберите время из списка"})
    return instant
