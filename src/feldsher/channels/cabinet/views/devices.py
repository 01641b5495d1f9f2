"""«Мои устройства»: where this phone is signed in, the passkeys that open it, and ending both."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse

from feldsher.channels.cabinet.cookies import asker_of, drop_session, keep_asker
from feldsher.channels.cabinet.gate import patient_page
from feldsher.channels.cabinet.pages import page
from feldsher.channels.cabinet.present import clinic_zone, hours_words, moment_words
from feldsher.channels.frontend.answers import SeeOther
from feldsher.channels.frontend.passkey_answers import passkey_answer
from feldsher.domain.directory import selectors as directory
from feldsher.foundation.access import phone_passkeys, phone_sessions
from feldsher.foundation.access.relying_party import relying_party
from feldsher.foundation.access.types import PhoneHolder, PhonePasskeyCard
from feldsher.kernel import clock, formats


@patient_page()
def show(request: HttpRequest, holder: PhoneHolder) -> HttpResponse:
    zone = clinic_zone()
    devices = [
        (card, moment_words(card.created_at, zone=zone), moment_words(card.seen_at, zone=zone))
        for card in phone_sessions.sessions(holder)
    ]
    context = {
        "devices": devices,
        "hours": hours_words(zone),
        "keys": [_key(card, zone) for card in phone_passkeys.passkeys(holder)],
        "has_passkeys": relying_party() is not None,
    }
    return page(request, "devices.html", context)


@patient_page(methods=("POST",))
def end(request: HttpRequest, holder: PhoneHolder, session_id: UUID) -> HttpResponse:  # noqa: ARG001 - a view
    """End a session of the same phone; one's own is signing out."""
    phone_passkeys.end_session(holder, session_id)
    response = SeeOther(reverse("cabinet:devices"))
    if session_id == holder.session_id:
        response = SeeOther(reverse("cabinet:cabinet"))
        drop_session(response)
    return response


@patient_page(methods=("POST",))
def add_passkey(request: HttpRequest, holder: PhoneHolder) -> HttpResponse:
    """Make a passkey for this phone: asked and answered as JSON."""
    asker = asker_of(request)

    def take(answer: str) -> HttpResponse:
        agent = request.headers.get("User-Agent", "")
        phone_passkeys.register(holder, asker=asker, answer=answer, agent=agent)
        return JsonResponse({"next": reverse("cabinet:devices")})

    site = directory.brand().name
    response = passkey_answer(
        request, ask=lambda: phone_passkeys.registration(holder, asker=asker, site=site), take=take
    )
    keep_asker(response, asker)
    return response


@patient_page(methods=("POST",))
def remove_passkey(request: HttpRequest, holder: PhoneHolder, passkey_id: UUID) -> HttpResponse:  # noqa: ARG001 - a view
    phone_passkeys.remove(holder, passkey_id)
    return SeeOther(reverse("cabinet:devices"))


def _key(card: PhonePasskeyCard, zone: str) -> tuple[PhonePasskeyCard, str, str]:
    """Return a passkey with the words of when it was used, and of its last day."""
    used = moment_words(card.used_at, zone=zone) if card.used_at else "ещё ни\u00a0разу"
    today = formats.local_day(clock.now(), zone)
    return card, used, formats.day_month(formats.local_day(card.until, zone), today=today)
