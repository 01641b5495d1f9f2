"""Waiting for a doctor's time without a visit: a form, then the page of the wish behind its secret link.

The secret leaves the address for a cookie of this one wish at once. A GET never acts: an offered time is
taken by the form of its hold, like any other.
"""

from datetime import date, timedelta
from functools import partial
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from feldsher.channels.frontend.answers import SeeOther, private
from feldsher.channels.frontend.cookies import keep_cookie, read_cookie
from feldsher.channels.frontend.form_keys import after_its_twin, idempotency_of
from feldsher.channels.frontend.offered import offered_time
from feldsher.channels.frontend.queries import uuid_in
from feldsher.channels.site.forms import PARTS, WaitForm
from feldsher.channels.site.pages import page
from feldsher.channels.site.present import link
from feldsher.channels.site.rules import answers_in, answers_out
from feldsher.channels.site.views.errors import honest
from feldsher.domain.directory import selectors as directory
from feldsher.domain.directory.types import LocationCard, PractitionerCard
from feldsher.domain.scheduling import selectors as scheduling
from feldsher.domain.scheduling import services
from feldsher.domain.scheduling.errors import WishNotFoundError
from feldsher.domain.scheduling.types import WaitingFor
from feldsher.kernel import clock, formats
from feldsher.kernel.errors import InvalidInputError, NotFoundError

_COOKIE = "wish"
_COOKIE_SECONDS = 60 * 24 * 3600
_MAX_TOKEN = 100
_NOBODYS = UUID(int=0)
_ANY = "any"


@require_http_methods(["GET", "HEAD", "POST"])
@honest
def ask(request: HttpRequest) -> HttpResponse:
    """Take a phone and what suits, and lead to the page of the wish."""
    asked = request.POST if request.method == "POST" else request.GET
    doctor_id, location_id, service_id = (uuid_in(asked, name) for name in ("doctor", "location", "service"))
    if doctor_id is None:
        raise NotFoundError("no doctor is named")
    doctor = directory.practitioner(doctor_id)
    place = directory.location(location_id) if location_id else None
    answers = answers_in(asked)
    if request.method != "POST":
        return _form(request, WaitForm(initial=_usual(place)), doctor=doctor, place=place)
    form = WaitForm(request.POST)
    if form.is_valid():
        wanted = form.wish(doctor.id, location=location_id, service=service_id, answers=answers)
        once = idempotency_of(request, route="site wish", caller="")
        try:
            made = after_its_twin(partial(services.wish_for_time, wanted, idempotency=once))
        except InvalidInputError as error:
            form.blame(error.fields)
        else:
            return private(SeeOther(reverse("site:wish-enter", args=made)))
    return _form(request, form, doctor=doctor, place=place, status=InvalidInputError.status)


@require_safe
@honest
def enter(request: HttpRequest, wish_id: UUID, token: str) -> HttpResponse:  # noqa: ARG001 - a view
    """Move the secret from the address to a cookie. A wrong one changes nothing."""
    if len(token) > _MAX_TOKEN:
        raise WishNotFoundError
    scheduling.waiting_for(wish_id, token=token)
    address = reverse("site:wish", args=[wish_id])
    response = private(SeeOther(address))
    keep_cookie(response, _COOKIE, token, seconds=_COOKIE_SECONDS, path=address)
    return response


@require_safe
@honest
def show(request: HttpRequest, wish_id: UUID) -> HttpResponse:
    """Show the place in the queue, or the time that is offered."""
    wish = scheduling.waiting_for(wish_id, token=_token(request))
    now = clock.now()
    doctor = directory.practitioner(wish.practitioner_id)
    place = directory.location(wish.location_id) if wish.location_id else None
    offered_at = directory.location(wish.offer.key.location_id) if wish.offer else None
    context = {
        "wish": wish,
        "doctor": doctor,
        "place": place,
        "days": _days(wish, today=_today(place)),
        "hours": _hours(wish),
        "offered": offered_time(wish.offer, now=now) if wish.offer else None,
        "offered_at": offered_at.where if offered_at else "",
        "doctor_url": link("doctor", doctor.id, location=wish.location_id),
    }
    return private(page(request, "wish.html", context, place=place))


@require_POST
@honest
def stop(request: HttpRequest, wish_id: UUID) -> HttpResponse:
    """Take the wish off the list; twice is fine."""
    services.withdraw_wish(wish_id, token=_token(request))
    return private(SeeOther(reverse("site:wish", args=[wish_id])))


@require_POST
@honest
def decline(request: HttpRequest, wish_id: UUID) -> HttpResponse:
    """Leave an offered time to the next; the wish waits on."""
    offer = uuid_in(request.POST, "offer") or _NOBODYS
    services.decline_wished(wish_id, offer_id=offer, token=_token(request))
    return private(SeeOther(reverse("site:wish", args=[wish_id])))


def _token(request: HttpRequest) -> str:
    return read_cookie(request, _COOKIE, path=request.path)[:_MAX_TOKEN]


def _form(
    request: HttpRequest,
    form: WaitForm,
    *,
    doctor: PractitionerCard,
    place: LocationCard | None,
    status: int = 200,
) -> HttpResponse:
    asked = request.POST if request.method == "POST" else request.GET
    context = {
        "form": form,
        "doctor": doctor,
        "place": place,
        "service": uuid_in(asked, "service"),
        "answers": answers_out(answers_in(asked)),
        "parts": [(name, title) for name, (title, _, _) in PARTS.items()],
        "part": form["hours"].value() or _ANY,
        "has_branches": place is not None and len(doctor.location_ids) > 1,
    }
    return private(page(request, "wait.html", context, place=place, status=status))


def _usual(place: LocationCard | None) -> dict[str, str]:
    """Return what stands in the form at first: from today, as far as times are offered."""
    today = _today(place)
    last = today + timedelta(days=settings.FELDSHER_BOOKING.horizon_days)
    return {"first_day": today.isoformat(), "last_day": last.isoformat()}


def _today(place: LocationCard | None) -> date:
    return formats.local_day(clock.now(), (place.zone if place else "") or formats.MOSCOW)


def _days(wish: WaitingFor, *, today: date) -> str:
    first = formats.day_month(max(wish.first_day, today), today=today)
    return f"с\u00a0{first} по\u00a0{formats.day_month(wish.last_day, today=today)}"


def _hours(wish: WaitingFor) -> str:
    """Return the part of the day in words, nothing for any."""
    bounds = (wish.opens, wish.closes)
    found = next((title for title, *part in PARTS.values() if tuple(part) == bounds), "")
    return "" if found == PARTS[_ANY][0] else f"{found[:1].lower()}{found[1:]}"
