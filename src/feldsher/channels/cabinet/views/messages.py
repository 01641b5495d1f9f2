"""«Сообщения»: what goes to each patient of this phone, the devices that show it, «Это не моя запись»."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse

from feldsher.channels.cabinet.gate import patient_page
from feldsher.channels.cabinet.pages import page
from feldsher.channels.cabinet.present import clinic_zone, labels, moment_words, visit_line
from feldsher.channels.frontend.answers import SeeOther
from feldsher.channels.frontend.passkey_answers import refused
from feldsher.channels.frontend.queries import text_in, uuid_in
from feldsher.domain.patients import selectors as patients
from feldsher.domain.patients import services as patient_services
from feldsher.domain.patients.errors import PatientNotFoundError
from feldsher.domain.patients.types import Behind, Topic
from feldsher.domain.scheduling import selectors as scheduling
from feldsher.domain.scheduling import services
from feldsher.foundation.access import phone_pushes
from feldsher.foundation.access.types import PhoneHolder
from feldsher.foundation.messaging import push_devices
from feldsher.foundation.messaging.ports import PushTarget
from feldsher.foundation.messaging.types import PushDeviceCard
from feldsher.kernel import clock, formats
from feldsher.kernel.errors import DomainError

_SUBSCRIPTION = ("endpoint", "p256dh", "auth")
_LONGEST = 1001
"""Characters of a field: one more than a push service's address may have is refused as too long."""


@patient_page(methods=("GET", "HEAD", "POST"))
def show(request: HttpRequest, holder: PhoneHolder) -> HttpResponse:
    """Show what goes to whom; a POST keeps what one patient chose."""
    if request.method == "POST":
        patient_services.choose_messages(
            _asked(request, holder),
            topics={topic for topic in Topic if request.POST.get(topic)},
            holder=holder,
        )
        return SeeOther(reverse("cabinet:messages"))
    people, session = scheduling.represented(holder), holder.session_id
    names = labels([patients.own_person(who, purpose="choose_messages", session=session) for who in people])
    chosen = [
        (who.patient_id, names[who.patient_id], patients.message_choice(who, session=session))
        for who in people
    ]
    context = {"people": chosen, "push_key": push_devices.public_key(), "devices": _devices(holder)}
    return page(request, "messages.html", context)


@patient_page(methods=("POST",))
def add_push(request: HttpRequest, holder: PhoneHolder) -> HttpResponse:
    """Take the subscription of this browser; a script reads the answer."""
    target = PushTarget(*(text_in(request.POST, name, limit=_LONGEST) for name in _SUBSCRIPTION))
    try:
        phone_pushes.switch_on(holder, target, agent=request.headers.get("User-Agent", ""))
    except DomainError as error:
        return refused(error)
    return JsonResponse({"next": reverse("cabinet:messages")})


@patient_page(methods=("POST",))
def end_push(request: HttpRequest, holder: PhoneHolder, device_id: UUID) -> HttpResponse:  # noqa: ARG001 - a view
    phone_pushes.switch_off(holder, device_id)
    return SeeOther(reverse("cabinet:messages"))


@patient_page(methods=("POST",))
def mine(request: HttpRequest, holder: PhoneHolder) -> HttpResponse:
    """Take back that the number is not the patient's."""
    services.own_again(_asked(request, holder), holder=holder)
    return SeeOther(reverse("cabinet:messages"))


@patient_page(methods=("GET", "HEAD", "POST"))
def not_mine(request: HttpRequest, holder: PhoneHolder, visit_id: UUID) -> HttpResponse:
    """Ask whether the visit is a stranger's; a POST stops messages about its patient, cancels nothing."""
    if request.method == "POST":
        services.disown_own(visit_id, holder=holder)
        return SeeOther(reverse("cabinet:messages"))
    visit = scheduling.own_visit(visit_id, holder=holder)
    return page(request, "not_mine.html", {"visit": visit_line(visit)})


def _devices(holder: PhoneHolder) -> list[tuple[PushDeviceCard, str, str]]:
    """Return each device with the words of when it showed something, and of its last day."""
    zone, now = clinic_zone(), clock.now()
    today = formats.local_day(now, zone)
    return [
        (
            card,
            moment_words(card.heard_at, zone=zone) if card.heard_at else "ещё ни\u00a0разу",
            formats.day_month(formats.local_day(card.until, zone), today=today),
        )
        for card in phone_pushes.devices(holder)
    ]


def _asked(request: HttpRequest, holder: PhoneHolder) -> Behind:
    asked = uuid_in(request.POST, "patient")
    who = next((each for each in scheduling.represented(holder) if each.patient_id == asked), None)
    if who is None:
        raise PatientNotFoundError("nobody of this phone")
    return who
