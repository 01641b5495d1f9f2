"""Waiting for a time of a doctor or a specialty without a visit: a form, then the page behind a secret link.

The secret leaves the address for a cookie of this one wish at once. A GET never acts: an offered time is
taken by the form of its hold, like any other.
"""

from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse, QueryDict
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from feldsher.channels.frontend.answers import SeeOther, private
from feldsher.channels.frontend.form_keys import after_its_twin, idempotency_of
from feldsher.channels.frontend.offered import offered_time
from feldsher.channels.frontend.queries import text_in, uuid_in
from feldsher.channels.frontend.windows import days_words, hours_words
from feldsher.channels.site.forms import WaitForm
from feldsher.channels.site.pages import page
from feldsher.channels.site.present import link
from feldsher.channels.site.rules import answers_in, answers_out
from feldsher.channels.site.secret_page import SecretPage, bounded
from feldsher.channels.site.views.errors import honest
from feldsher.domain.directory import selectors as directory
from feldsher.domain.directory.types import LocationCard, PractitionerCard, SpecialtyCard
from feldsher.domain.scheduling import selectors as scheduling
from feldsher.domain.scheduling import services
from feldsher.domain.scheduling.types import WaitingFor
from feldsher.kernel import clock, formats
from feldsher.kernel.errors import InvalidInputError, NotFoundError

PAGE = SecretPage("site:wish", cookie="wish", days=60)
_NOBODYS = UUID(int=0)


@dataclass(frozen=True, slots=True)
class _Sought:
    """Whose time is waited for: a doctor's, or that of any doctor of a specialty, and where they work.

    `service` None is each doctor's usual visit, as in a list of them.
    """

    doctor: PractitionerCard | None
    specialty: SpecialtyCard | None
    branches: tuple[LocationCard, ...]
    service: UUID | None

    @property
    def name(self) -> str:
        if self.doctor is not None:
            return self.doctor.name
        return formats.sentence_case(self.specialty.title) if self.specialty else ""


@require_http_methods(["GET", "HEAD", "POST"])
@honest
def ask(request: HttpRequest) -> HttpResponse:
    """Take a phone and what suits, and lead to the page of the wish."""
    asked = request.POST if request.method == "POST" else request.GET
    sought = _sought(asked)
    ids = [place.id for place in sought.branches]
    if request.method != "POST":
        return _form(request, WaitForm(initial=_usual(sought, asked), branches=ids), sought)
    form = WaitForm(request.POST, branches=ids)
    if form.is_valid():
        wanted = form.wish(
            doctor=sought.doctor.id if sought.doctor else None,
            specialty=sought.specialty.slug if sought.specialty else "",
            service=sought.service,
            answers=answers_in(asked),
        )
        once = idempotency_of(request, route="site wish", caller="")
        try:
            made = after_its_twin(partial(services.wish_for_time, wanted, idempotency=once))
        except InvalidInputError as error:
            form.blame(error.fields)
        else:
            return private(SeeOther(reverse("site:wish-enter", args=made)))
    return _form(request, form, sought, status=InvalidInputError.status)


def _sought(asked: QueryDict) -> _Sought:
    """Read whose time is waited for; raises NotFoundError for nobody, and for who is unknown."""
    doctor_id, slug = uuid_in(asked, "doctor"), text_in(asked, "specialty")
    doctor, specialty = None, None
    if doctor_id is not None:
        doctor = directory.practitioner(doctor_id)
        where = set(doctor.location_ids)
    else:
        specialty = next((each for each in directory.specialties() if slug and each.slug == slug), None)
        if specialty is None:
            raise NotFoundError("neither doctor nor specialty")
        where = {branch for _, branch in directory.specialty_places([slug]).get(slug, ())}
    branches = tuple(place for place in directory.locations() if place.id in where)
    return _Sought(doctor, specialty, branches, uuid_in(asked, "service"))


@require_safe
@honest
def enter(request: HttpRequest, wish_id: UUID, token: str) -> HttpResponse:  # noqa: ARG001 - a view
    """Move the secret from the address to a cookie. A wrong one changes nothing."""
    scheduling.waiting_for(wish_id, token=bounded(token))
    return PAGE.entered(wish_id, token)


@require_safe
@honest
def show(request: HttpRequest, wish_id: UUID) -> HttpResponse:
    """Show the place in the queue, or the time that is offered."""
    wish = scheduling.waiting_for(wish_id, token=PAGE.secret_of(request))
    now, places = clock.now(), directory.locations()
    branches = [place for place in places if place.id in wish.location_ids]
    where = branches[0] if len(branches) == 1 else None
    today = formats.local_day(now, (branches[0].zone if branches else "") or formats.MOSCOW)
    context = {
        "wish": wish,
        "name": _name_of(wish),
        "branches": "; ".join(place.where for place in branches) or "Любой филиал",
        "days": days_words(wish.window, today=today),
        "hours": hours_words(wish.window),
        "offered": offered_time(wish.offer, now=now) if wish.offer else None,
        "offered_at": _offered_at(wish),
        "times_url": _times_of(wish),
    }
    return private(page(request, "wish.html", context, locations=places, place=where))


def _name_of(wish: WaitingFor) -> str:
    if wish.practitioner_id is not None:
        return directory.practitioner(wish.practitioner_id).name
    titles = {each.slug: each.title for each in directory.specialties()}
    return formats.sentence_case(titles.get(wish.specialty, "")) or "Приём врача"


def _times_of(wish: WaitingFor) -> str:
    """Return where the times are that the wish waits for."""
    place = wish.location_ids[0] if len(wish.location_ids) == 1 else None
    if wish.practitioner_id is not None:
        return link("doctor", wish.practitioner_id, location=place)
    return link("doctors", specialty=wish.specialty, location=place)


def _offered_at(wish: WaitingFor) -> str:
    """Return where the offered time is; of a specialty also with whom, and what for."""
    if wish.offer is None:
        return ""
    key = wish.offer.key
    where = directory.location(key.location_id).where
    if not wish.specialty:
        return where
    names = directory.service_cards({key.service_id})
    what = names[key.service_id].name if key.service_id in names else ""
    return ". ".join(each for each in (directory.practitioner(key.practitioner_id).name, what, where) if each)


@require_POST
@honest
def stop(request: HttpRequest, wish_id: UUID) -> HttpResponse:
    """Take the wish off the list; twice is fine."""
    services.withdraw_wish(wish_id, token=PAGE.secret_of(request))
    return private(SeeOther(reverse("site:wish", args=[wish_id])))


@require_POST
@honest
def decline(request: HttpRequest, wish_id: UUID) -> HttpResponse:
    """Leave an offered time to the next; the wish waits on."""
    offer = uuid_in(request.POST, "offer") or _NOBODYS
    services.decline_wished(wish_id, offer_id=offer, token=PAGE.secret_of(request))
    return private(SeeOther(reverse("site:wish", args=[wish_id])))


def _form(request: HttpRequest, form: WaitForm, sought: _Sought, *, status: int = 200) -> HttpResponse:
    asked = request.POST if request.method == "POST" else request.GET
    marked = set(form["location"].value() or ())
    place = sought.branches[0] if len(sought.branches) == 1 else None
    context = {
        "form": form,
        "sought": sought,
        "branches": [(each, str(each.id) in marked) for each in sought.branches],
        "answers": answers_out(answers_in(asked)),
        "operator": place.organization_name if place else "",
        "consent_place": place,
    }
    return private(page(request, "wait.html", context, place=place, status=status))


def _usual(sought: _Sought, asked: QueryDict) -> dict[str, object]:
    """Return what stands in the form at first: from today, as far as times are offered."""
    chosen = uuid_in(asked, "location")
    zones = {place.id: place.zone for place in sought.branches}
    today = formats.local_day(clock.now(), (zones.get(chosen) if chosen else "") or formats.MOSCOW)
    last = today + timedelta(days=settings.FELDSHER_BOOKING.horizon_days)
    marked = [str(chosen)] if chosen in zones else []
    return {"first_day": today.isoformat(), "last_day": last.isoformat(), "location": marked}
