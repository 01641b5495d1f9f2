"""«Кто открывал мои данные»: what the journal tells of each patient behind the phone."""

from django.http import HttpRequest, HttpResponse

from feldsher.channels.cabinet.gate import patient_page
from feldsher.channels.cabinet.opened_words import days_of
from feldsher.channels.cabinet.pages import page
from feldsher.channels.cabinet.present import clinic_zone, hours_words, labels
from feldsher.domain.patients import selectors as patients
from feldsher.domain.scheduling import selectors as scheduling
from feldsher.foundation.access.doors import patient_actor
from feldsher.foundation.access.types import PhoneHolder
from feldsher.foundation.audit.opened import opened


@patient_page()
def show(request: HttpRequest, holder: PhoneHolder) -> HttpResponse:
    session, zone, told = holder.session_id, clinic_zone(), []
    found = scheduling.behind(holder)
    names = labels([patients.own_person(who, purpose="own_journal", session=session) for who in found])
    for who in found:
        reader = patient_actor(who.patient_id, guardian=who.guardian_id, session=session)
        relation = "ward" if who.guardian_id else "own"
        rows = opened(who.patient_id, reader=reader, relation=relation, zone=zone)
        told.append((names[who.patient_id], days_of(rows, zone=zone)))
    return page(request, "opened.html", {"told": told, "hours": hours_words(zone)})
