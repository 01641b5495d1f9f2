"""«Кто открывал мои данные»: what the journal tells of each patient behind the phone, staff first."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse

from feldsher.channels.cabinet.gate import patient_page
from feldsher.channels.cabinet.pages import page
from feldsher.channels.cabinet.present import clinic_zone, hours_words, labels
from feldsher.domain.patients import selectors as patients
from feldsher.domain.scheduling import selectors as scheduling
from feldsher.foundation.access.opened import Day, days_of
from feldsher.foundation.access.types import PhoneHolder
from feldsher.foundation.audit.types import ActorKind, JournalRow


@dataclass(frozen=True, slots=True)
class Told:
    """One patient's journal: what staff opened, and apart from it the patient's own looks and programs."""

    label: str
    staff: Sequence[Day]
    others: Sequence[Day]


@patient_page()
def show(request: HttpRequest, holder: PhoneHolder) -> HttpResponse:
    session, zone = holder.session_id, clinic_zone()
    found = scheduling.behind(holder)
    names = labels([patients.own_person(who, purpose="own_journal", session=session) for who in found])
    told = [
        _told(names[who.patient_id], patients.own_journal(who, session=session), zone=zone) for who in found
    ]
    return page(request, "opened.html", {"told": told, "hours": hours_words(zone)})


def _told(label: str, rows: Sequence[JournalRow], *, zone: str) -> Told:
    by_staff = [row for row in rows if row.actor_kind == ActorKind.STAFF.value]
    others = [row for row in rows if row.actor_kind != ActorKind.STAFF.value]
    return Told(label, staff=days_of(by_staff, zone=zone), others=days_of(others, zone=zone))
