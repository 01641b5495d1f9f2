"""What an emergency access shows: until the chart is kept here, who the patient is and their visits."""

from uuid import UUID

from django.db.models import F

from feldsher.domain.directory import selectors as directory
from feldsher.domain.patients import selectors as patients
from feldsher.domain.patients.types import PersonField
from feldsher.domain.scheduling.models import Appointment
from feldsher.domain.scheduling.selectors.day import SHOWN
from feldsher.domain.scheduling.selectors.visits import as_card
from feldsher.domain.scheduling.types import EmergencyRecord
from feldsher.foundation.access.journal import journal
from feldsher.foundation.access.matrix import Column
from feldsher.foundation.access.types import Staff
from feldsher.foundation.emergency.selectors import as_emergency

_FIELDS: tuple[PersonField, ...] = ("family", "given", "middle", "birth_date", "phone")
MOST = 50


def emergency_record(staff: Staff, glass_id: UUID) -> EmergencyRecord:
    """Return the patient of an emergency access and their visits, the latest first, at most MOST.

    Cancelled and refused visits are left out: nobody was seen at them. Raises ForbiddenError, GlassOverError,
    PatientNotFoundError, VaultError, AuditError.
    """
    with as_emergency(staff, glass_id) as glass:
        person = patients.person(glass.patient_id, fields=_FIELDS)
        mine = Appointment.objects.filter(patient=glass.patient_id, state__in=SHOWN)
        rows = list(mine.annotate(start=F("visit__startswith")).order_by("-start", "-id")[:MOST])
        journal("appointment", Column.APPOINTMENTS, ids=[row.pk for row in rows], patients=[person.id])
    zones = directory.zones()
    cards = tuple(as_card(row, zone=zones.get(row.location, "UTC")) for row in rows)
    return EmergencyRecord(person=person, visits=cards, until=glass.until)
