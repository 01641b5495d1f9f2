"""What a device may know of people without an account: whom it booked, and which consent still stands.

The device is known by its own digest, kept with each hold; no name is read here.
"""

from datetime import datetime
from hmac import compare_digest
from uuid import UUID

from feldsher.domain.directory import selectors as directory
from feldsher.domain.patients import selectors as patients
from feldsher.domain.patients.errors import PatientNotFoundError
from feldsher.domain.patients.types import Purpose
from feldsher.domain.scheduling import tokens
from feldsher.domain.scheduling.models import Appointment
from feldsher.domain.scheduling.types import BookedHere, State
from feldsher.foundation.access.context import as_service


def booked_here(appointment_id: UUID, *, token: str, device: str) -> BookedHere | None:
    """Return whose visit it is to the owner of its secret on the device that booked it.

    None for anybody else, before the clinic has accepted the visit, and for one that was booked without a
    consent of its own.
    """
    if not tokens.opens(appointment_id, token=token):
        return None
    with as_service("remembering"):
        row = Appointment.objects.filter(pk=appointment_id, state=State.BOOKED).first()
        if row is None or row.patient is None or row.device is None or not device:
            return None
        if not compare_digest(bytes(row.device), tokens.digest(device, purpose="device")):
            return None
        try:
            return BookedHere(row.patient, patients.consent_giver(appointment_id))
        except PatientNotFoundError:
            return None


def standing_consent(hold_id: UUID, *, patient_id: UUID, given_by: UUID | None) -> datetime | None:
    """Return when the consent was given that covers this hold too, None where a new one is needed.

    It covers it when it was given on the same device, to the same legal entity, to the text in force now,
    and was not withdrawn. Another device's consent is not told: its date would disclose a visit.
    """
    with as_service("booking"):
        hold = Appointment.objects.filter(pk=hold_id).exclude(device=None).first()
        if hold is None:
            return None
        standing = patients.standing_consents(patient_id, purpose=Purpose.BOOKING, given_by=given_by)
        ids = [each.appointment_id for each in standing]
        visits = Appointment.objects.filter(pk__in=ids, device=hold.device)
        places = dict(visits.values_list("id", "location"))
    wanted = directory.location(hold.location).organization_id
    operators = {place: directory.location(place).organization_id for place in set(places.values())}
    for each in standing:
        place = places.get(each.appointment_id)
        if place is not None and operators[place] == wanted:
            return each.given_at
    return None
