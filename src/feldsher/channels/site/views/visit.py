"""«Моя запись»: the state of an appointment behind its secret, cancel, calendar.

The secret leaves the address for a cookie of this one visit at once. A GET never acts: cancelling is a POST,
on a page of its own, or at once for who was asked whether they come.
"""

from http import HTTPStatus
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from feldsher.channels.frontend.answers import SeeOther, private
from feldsher.channels.frontend.offered import offered_time
from feldsher.channels.frontend.own_session import seems_signed_in
from feldsher.channels.frontend.queries import text_in
from feldsher.channels.frontend.remembered import DAYS, keep_token, token_of
from feldsher.channels.frontend.times import Times, group_times
from feldsher.channels.frontend.windows import window_words
from feldsher.channels.site import known
from feldsher.channels.site.devices import device_of, known_device, remember_device
from feldsher.channels.site.pages import page
from feldsher.channels.site.present import link
from feldsher.channels.site.secret_page import SecretPage, bounded
from feldsher.channels.site.talon import promise_of, talon_of, words_of
from feldsher.channels.site.views.errors import honest
from feldsher.domain.directory import selectors as directory
from feldsher.domain.directory.types import LocationCard
from feldsher.domain.scheduling import selectors as scheduling
from feldsher.domain.scheduling import services
from feldsher.domain.scheduling.errors import (
    AppointmentNotFoundError,
    NotCancellableError,
    NotMovableError,
    PatientBusyError,
    SlotInPastError,
    SlotNotOfferedError,
    SlotTakenError,
)
from feldsher.domain.scheduling.types import AppointmentCard, State, Waiting
from feldsher.foundation.access.opened import told
from feldsher.foundation.messaging import push_devices
from feldsher.kernel import clock, formats
from feldsher.kernel.ics import Event
from feldsher.kernel.ics import calendar as calendar_file

PAGE = SecretPage("site:visit", cookie="visit", days=90)
_MAX_SLOT = 300
_OFFERED = 3
"""Times that are offered at once to whose visit can't take place."""
_REFRESH = {State.BOOKING: 3, State.CANCELLING: 3, State.UNKNOWN: 15}
_IN_CALENDAR = {
    State.BOOKED: False,
    State.ARRIVED: False,
    State.FULFILLED: False,
    State.CANCELLING: True,
    State.CANCELLED: True,
}
"""Whether the file takes the visit out. One that moved has none: a calendar's entry follows the visit."""


def _mine(request: HttpRequest, visit_id: UUID) -> AppointmentCard:
    """Return the appointment whose secret the cookie holds; raises AppointmentNotFoundError."""
    return scheduling.appointment(visit_id, token=PAGE.secret_of(request))


@require_safe
@honest
def enter(request: HttpRequest, visit_id: UUID, token: str) -> HttpResponse:  # noqa: ARG001 - a view
    """Move the secret from the address to a cookie. A wrong one changes nothing."""
    scheduling.appointment(visit_id, token=bounded(token))
    return PAGE.entered(visit_id, token)


@require_safe
@honest
def show(request: HttpRequest, visit_id: UUID) -> HttpResponse:
    """Show the appointment as it is now."""
    visit = _mine(request, visit_id)
    words, now = words_of(visit), clock.now()
    talon = talon_of(visit, now=now)
    can_remember = visit.state is State.BOOKED
    memory = known.offered(request, visit_id, secret=PAGE.secret_of(request)) if can_remember else False
    offered = scheduling.alternatives(visit.key) if words.offers_times else ()
    if visit.is_off:
        offered = scheduling.times_to_move_to(visit)[:_OFFERED]
    context = {
        "visit": visit,
        "words": words,
        "offers_memory": memory is True,
        "remembered": None if isinstance(memory, bool) else memory,
        "memory_days": DAYS,
        "promise": promise_of(visit),
        "talon": talon,
        "refresh": _REFRESH.get(visit.state, 0),
        "times": group_times(offered, places={talon.location.id: talon.location}, now=now),
        "others": _of_colleagues(visit, place=talon.location) if visit.is_off else (),
        "in_calendar": visit.state is State.BOOKED,
        "waiting": (waiting := _waiting(request, visit)),
        "waiting_when": window_words(
            waiting.window if waiting else None, today=formats.local_day(now, visit.zone)
        ),
        "offered": offered_time(waiting.offer, now=now) if waiting and waiting.offer else None,
        "secret_url": reverse("site:visit-enter", args=[visit_id, PAGE.secret_of(request)]),
        "again_url": link("doctor", visit.key.practitioner_id, location=visit.key.location_id),
        "here": request.path,
        "call_url": link("call", doctor=visit.key.practitioner_id, location=visit.key.location_id),
        "push_key": push_devices.public_key() if can_remember and seems_signed_in(request) else "",
    }
    return private(page(request, "visit.html", context, place=talon.location))


def _waiting(request: HttpRequest, visit: AppointmentCard) -> Waiting | None:
    """Return how the visit waits for an earlier time; None where it can't."""
    if not visit.can_cancel or visit.is_off:
        return None
    return scheduling.waiting(visit.id, token=PAGE.secret_of(request))


@require_safe
@honest
def state(request: HttpRequest, visit_id: UUID) -> HttpResponse:
    """Answer the state for the page that refreshes itself; `version` grows with each change."""
    visit = _mine(request, visit_id)
    return private(
        JsonResponse({"state": visit.state, "version": visit.version, "final": words_of(visit).is_final})
    )


@require_http_methods(["GET", "HEAD", "POST"])
@honest
def cancel(request: HttpRequest, visit_id: UUID) -> HttpResponse:
    """Ask once more, then cancel by POST; cancelling twice shows the same page."""
    if request.method == "POST":
        visit = services.cancel(visit_id, token=PAGE.secret_of(request))
        services.wait_for_outcome(visit.id, timeout=settings.FELDSHER_BOOKING.confirm_wait_seconds)
        return private(SeeOther(reverse("site:visit", args=[visit_id])))
    visit = _mine(request, visit_id)
    if visit.state in {State.CANCELLING, State.CANCELLED}:
        return private(SeeOther(reverse("site:visit", args=[visit_id])))
    if visit.is_too_late:
        raise scheduling.too_late_to_change(visit)
    if not visit.can_cancel:
        raise NotCancellableError
    return private(page(request, "cancel.html", {"visit": visit, "talon": talon_of(visit, now=clock.now())}))


@require_http_methods(["GET", "HEAD", "POST"])
@honest
def not_mine(request: HttpRequest, visit_id: UUID) -> HttpResponse:
    """Ask whether the message came to a stranger; a POST stops messages to them and cancels nothing."""
    token = PAGE.secret_of(request)
    if request.method == "POST":
        services.disown(visit_id, token=token)
        return private(SeeOther(reverse("site:visit-not-mine", args=[visit_id])))
    visit = _mine(request, visit_id)
    context = {"visit": visit, "is_said": scheduling.is_disowned(visit_id, token=token)}
    return private(page(request, "not_mine.html", context))


@require_POST
@honest
def coming(request: HttpRequest, visit_id: UUID) -> HttpResponse:
    """Keep the patient's answer to a reminder: they come."""
    services.say_coming(visit_id, token=PAGE.secret_of(request))
    return private(SeeOther(reverse("site:visit", args=[visit_id])))


@require_http_methods(["GET", "HEAD", "POST"])
@honest
def move(request: HttpRequest, visit_id: UUID) -> HttpResponse:
    """Show other times of the same doctor; a POST takes one, and the old time goes once it is booked."""
    visit = _mine(request, visit_id)
    if request.method == "POST":
        return _moved(request, visit)
    if visit.state is State.MOVED:
        return private(SeeOther(reverse("site:visit", args=[visit_id])))
    if visit.is_too_late:
        raise scheduling.too_late_to_change(visit)
    if not visit.can_cancel:
        raise NotMovableError
    return times_to_move_to(request, visit)


def _moved(request: HttpRequest, visit: AppointmentCard) -> HttpResponse:
    """Move, and wait a moment for the clinic; a time that is gone shows what is left of the others."""
    slot, device = text_in(request.POST, "slot", limit=_MAX_SLOT), device_of(request)
    try:
        made = services.move(visit.id, token=PAGE.secret_of(request), slot=slot, device=device)
    except (PatientBusyError, SlotInPastError, SlotNotOfferedError, SlotTakenError) as refusal:
        return times_to_move_to(request, visit, notice=refusal.sentence, status=refusal.status)
    card = services.wait_for_outcome(
        made.appointment_id, timeout=settings.FELDSHER_BOOKING.confirm_wait_seconds
    )
    if card.state is State.REJECTED:
        return times_to_move_to(request, visit, notice=words_of(card).text, status=HTTPStatus.CONFLICT)
    response = private(SeeOther(reverse("site:visit-enter", args=[card.id, made.token])))
    remember_device(response, device)
    return response


def _of_colleagues(
    visit: AppointmentCard, *, place: LocationCard
) -> tuple[tuple[str, tuple[Times, ...]], ...]:
    """Return the doctors of the same service who can see the patient soonest, with their nearest times."""
    found = scheduling.times_of_colleagues(visit.key, per=_OFFERED)
    soonest = sorted(found.items(), key=lambda each: (each[1][0].key.start, each[0]))[:_OFFERED]
    cards = directory.practitioner_cards({doctor for doctor, _ in soonest})
    now = clock.now()
    return tuple(
        (cards[doctor].name, group_times(slots, places={place.id: place}, now=now))
        for doctor, slots in soonest
        if doctor in cards
    )


def times_to_move_to(
    request: HttpRequest, visit: AppointmentCard, *, notice: str = "", status: int = HTTPStatus.OK
) -> HttpResponse:
    """Show the times to which a visit may move; `notice` says why another one did not do."""
    now = clock.now()
    talon = talon_of(visit, now=now)
    slots = scheduling.times_to_move_to(visit)
    context = {
        "visit": visit,
        "talon": talon,
        "notice": notice,
        "times": group_times(slots, places={talon.location.id: talon.location}, now=now, limit=len(slots)),
        "others": _of_colleagues(visit, place=talon.location) if visit.is_off else (),
        "call_url": link("call", doctor=visit.key.practitioner_id, location=visit.key.location_id),
    }
    return private(page(request, "move.html", context, place=talon.location, status=status))


@require_POST
@honest
def remember(request: HttpRequest, visit_id: UUID) -> HttpResponse:
    """Remember the patient of this visit on the device that booked it; twice is fine."""
    token = services.remember_patient(
        visit_id, token=PAGE.secret_of(request), device=known_device(request), known=token_of(request)
    )
    response = private(SeeOther(reverse("site:visit", args=[visit_id])))
    keep_token(response, token)
    return response


@require_safe
@honest
def calendar(request: HttpRequest, visit_id: UUID) -> HttpResponse:
    """Answer the visit as a calendar file; a cancelled one says so to the calendar that keeps it.

    One UID for all versions of a visit and a SEQUENCE that grows, as in letters: a calendar keeps one entry.
    """
    visit = _mine(request, visit_id)
    if visit.state not in _IN_CALENDAR:
        raise AppointmentNotFoundError("not in a calendar yet")
    now = clock.now()
    talon = talon_of(visit, now=now)
    event = Event(
        uid=visit.chain,
        start=visit.key.start,
        end=visit.end,
        stamp=now,
        sequence=visit.version,
        place=talon.place,
        phone=talon.phone,
        is_cancelled=_IN_CALENDAR[visit.state],
    )
    response = HttpResponse(calendar_file(event), content_type="text/calendar; charset=utf-8")
    response.headers["Content-Disposition"] = 'attachment; filename="visit.ics"'
    return private(response)


@require_safe
@honest
def opened(request: HttpRequest, visit_id: UUID) -> HttpResponse:
    """Say who opened this visit and why; the look itself stands there the next time."""
    visit = _mine(request, visit_id)
    found = scheduling.who_opened(visit_id, token=PAGE.secret_of(request))
    context = {"visit": visit, "told": told(found, zone=visit.zone)}
    return private(page(request, "opened.html", context))
