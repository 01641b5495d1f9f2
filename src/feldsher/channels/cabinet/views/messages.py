"""«Сообщения»: which SMS go to each patient of this phone, and «Это не моя запись»."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from feldsher.channels.cabinet.gate import patient_page
from feldsher.channels.cabinet.pages import page
from feldsher.channels.cabinet.present import labels, visit_line
from feldsher.channels.frontend.answers import SeeOther
from feldsher.channels.frontend.queries import uuid_in
from feldsher.domain.patients import selectors as patients
from feldsher.domain.patients import services as patient_services
from feldsher.domain.patients.errors import PatientNotFoundError
from feldsher.domain.patients.types import Behind
from feldsher.domain.scheduling import selectors as scheduling
from feldsher.domain.scheduling import services
from feldsher.foundation.access.types import PhoneHolder


@patient_page(methods=("GET", "HEAD", "POST"))
def show(request: HttpRequest, holder: PhoneHolder) -> HttpResponse:
    """Show what goes to whom; a POST keeps what one patient chose."""
    if request.method == "POST":
        patient_services.choose_messages(
            _asked(request, holder),
            visits=bool(request.POST.get("visits")),
            reminders=bool(request.POST.get("reminders")),
            holder=holder,
        )
        return SeeOther(reverse("cabinet:messages"))
    people, session = scheduling.represented(holder), holder.session_id
    names = labels([patients.own_person(who, purpose="choose_messages", session=session) for who in people])
    chosen = [
        (who.patient_id, names[who.patient_id], patients.message_choice(who, session=session))
        for who in people
    ]
    return page(request, "messages.html", {"people": chosen})


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


def _asked(request: HttpRequest, holder: PhoneHolder) -> Behind:
    asked = uuid_in(request.POST, "patient")
    who = next((each for each in scheduling.represented(holder) if each.patient_id == asked), None)
    if who is None:
        raise PatientNotFoundError("nobody of this phone")
    return who
