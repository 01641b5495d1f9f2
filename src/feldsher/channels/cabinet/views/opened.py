"""«Кто открывал мои данные»: what the journal tells of each patient behind the phone, staff first."""

from django.http import HttpRequest, HttpResponse

from feldsher.channels.cabinet.gate import patient_page
from feldsher.channels.cabinet.pages import page
from feldsher.channels.cabinet.present import clinic_zone, hours_words, labels
from feldsher.domain.patients import selectors as patients
from feldsher.domain.scheduling import selectors as scheduling
from feldsher.foundation.access.opened import told
from feldsher.foundation.access.types import PhoneHolder


@patient_page()
def show(request: HttpRequest, holder: PhoneHolder) -> HttpResponse:
    session, zone = holder.session_id, clinic_zone()
    found = scheduling.represented(holder)
    names = labels([patients.own_person(who, purpose="own_journal", session=session) for who in found])
    everybody = [
        (names[who.patient_id], told(patients.own_journal(who, session=session, zone=zone), zone=zone))
        for who in found
    ]
    return page(request, "opened.html", {"everybody": everybody, "hours": hours_words(zone)})
