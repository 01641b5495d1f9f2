"""«Перезвоните мне»: for a stale schedule, a doctor without free time, or a person who prefers to talk."""

from datetime import datetime
from functools import partial

from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods, require_safe

from feldsher.channels.frontend.answers import SeeOther, private
from feldsher.channels.frontend.form_keys import after_its_twin, idempotency_of
from feldsher.channels.frontend.queries import uuid_in
from feldsher.channels.site.forms import CallForm
from feldsher.channels.site.pages import page
from feldsher.channels.site.present import link
from feldsher.channels.site.views.errors import honest
from feldsher.domain.directory import selectors as directory
from feldsher.domain.scheduling import services
from feldsher.domain.scheduling.types import CallRequest
from feldsher.kernel import clock, formats
from feldsher.kernel.errors import InvalidInputError, NotFoundError

_PROMISE = "feldsher.site.promise"
_PROMISE_SECONDS = 24 * 3600


@require_http_methods(["GET", "HEAD", "POST"])
@honest
def ask(request: HttpRequest) -> HttpResponse:
    """Take a name and a phone, and promise the hour of the call."""
    asked = request.POST if request.method == "POST" else request.GET
    doctor_id, location_id = uuid_in(asked, "doctor"), uuid_in(asked, "location")
    doctor = directory.practitioner(doctor_id) if doctor_id else None
    place = directory.location(location_id) if location_id else None
    form, status = CallForm(), 200
    if request.method == "POST":
        form, status = CallForm(request.POST), InvalidInputError.status
        if form.is_valid():
            once = idempotency_of(request, route="site call", caller="")
            ask_once = partial(
                services.request_call,
                name=form.cleaned_data["name"],
                phone=form.cleaned_data["phone"],
                topic=form.cleaned_data["topic"],
                location_id=location_id,
                practitioner_id=doctor_id,
                channel="site",
                idempotency=once,
            )
            try:
                taken = after_its_twin(ask_once)
            except InvalidInputError as error:
                form.blame(error.fields)
            else:
                return private(SeeOther(promise_address(taken, zone=place.zone if place else "")))
    context = {"form": form, "doctor": doctor, "place": place}
    return private(page(request, "call.html", context, status=status))


def promise_address(taken: CallRequest, *, zone: str) -> str:
    """Return the address of the page that says by when we call; it holds the signed hour only."""
    promised = signing.dumps([taken.call_by.timestamp(), zone], salt=_PROMISE)
    return link("call-asked", promised)


@require_safe
@honest
def asked(request: HttpRequest, promised: str) -> HttpResponse:
    """Say by when we call; the address holds the signed hour only."""
    try:
        stamp, zone = signing.loads(promised[:500], salt=_PROMISE, max_age=_PROMISE_SECONDS)
    except signing.BadSignature:
        raise NotFoundError("no such promise") from None
    now = clock.now()
    call_by = datetime.fromtimestamp(stamp, tz=now.tzinfo)
    promise = formats.promise(call_by, zone=zone or formats.MOSCOW, now=now)
    if not zone and {each.zone or formats.MOSCOW for each in directory.locations()} != {formats.MOSCOW}:
        promise += " (по\u00a0московскому времени)"
    return private(page(request, "called.html", {"promise": promise}))
