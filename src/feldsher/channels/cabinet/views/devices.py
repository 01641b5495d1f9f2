"""«Мои устройства»: where this phone is signed in, and ending that."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from feldsher.channels.cabinet.cookies import drop_session
from feldsher.channels.cabinet.gate import patient_page
from feldsher.channels.cabinet.pages import SeeOther, page
from feldsher.channels.cabinet.present import clinic_zone, hours_words, moment_words
from feldsher.foundation.access import phone_sessions
from feldsher.foundation.access.types import PhoneHolder


@patient_page()
def show(request: HttpRequest, holder: PhoneHolder) -> HttpResponse:
    zone = clinic_zone()
    devices = [
        (card, moment_words(card.created_at, zone=zone), moment_words(card.seen_at, zone=zone))
        for card in phone_sessions.sessions(holder)
    ]
    return page(request, "devices.html", {"devices": devices, "hours": hours_words(zone)})


@patient_page(methods=("POST",))
def end(request: HttpRequest, holder: PhoneHolder, session_id: UUID) -> HttpResponse:  # noqa: ARG001 - a view
    """End a session of the same phone; one's own is signing out."""
    phone_sessions.end_session(holder, session_id)
    response = SeeOther(reverse("cabinet:devices"))
    if session_id == holder.session_id:
        response = SeeOther(reverse("cabinet:cabinet"))
        drop_session(response)
    return response
