"""Visits for who has opened a context already: what it reaches; the journal keeps what is shown."""

from uuid import UUID

from django.db.models import F

from feldsher.domain.directory import selectors as directory
from feldsher.domain.scheduling.errors import AppointmentNotFoundError
from feldsher.domain.scheduling.models import Appointment
from feldsher.domain.scheduling.selectors.day import SHOWN
from feldsher.domain.scheduling.selectors.visits import as_card
from feldsher.domain.scheduling.types import AppointmentCard, PatientVisit
from feldsher.foundation.access.journal import journal
from feldsher.foundation.access.matrix import Column

MOST = 50


def visits_of_patient(patient_id: UUID) -> tuple[AppointmentCard, ...]:
    """Return a patient's visits, the latest first, at most MOST; AuditError.

    Cancelled and refused visits are left out: nobody was seen at them.
    """
    mine = Appointment.objects.filter(patient=patient_id, state__in=SHOWN)
    rows = list(mine.annotate(start=F("visit__startswith")).order_by("-start", "-id")[:MOST])
    journal("appointment", Column.APPOINTMENTS, ids=[row.pk for row in rows], patients=[patient_id])
    zones = directory.zones()
    return tuple(as_card(row, zone=zones.get(row.location, "UTC")) for row in rows)


def visit_with(practitioner: UUID, visit_id: UUID) -> PatientVisit:
    """Return a visit of a doctor's that is to come or was; AppointmentNotFoundError, AuditError."""
    row = Appointment.objects.filter(
        pk=visit_id, practitioner=practitioner, patient__isnull=False, state__in=SHOWN
    ).first()
    if row is None or row.patient is None:
        raise AppointmentNotFoundError("no such visit of this doctor's")
    journal("appointment", Column.APPOINTMENTS, ids=[row.pk], patients=[row.patient])
    return PatientVisit(row.patient, as_card(row, zone=directory.zones().get(row.location, "UTC")))
