"""What an emergency access shows: until the chart is kept here, who the patient is and their visits."""

from uuid import UUID

from feldsher.domain.patients import selectors as patients
from feldsher.domain.patients.types import PersonField
from feldsher.domain.scheduling.selectors.in_reach import visits_of_patient
from feldsher.domain.scheduling.types import EmergencyRecord
from feldsher.foundation.access.types import Staff
from feldsher.foundation.emergency.selectors import as_emergency

_FIELDS: tuple[PersonField, ...] = ("family", "given", "middle", "birth_date", "phone")


def emergency_record(staff: Staff, glass_id: UUID) -> EmergencyRecord:
    """Return the patient of an emergency access and their visits, the latest first, at most 50.

    Raises ForbiddenError, GlassOverError, PatientNotFoundError, VaultError, AuditError.
    """
    with as_emergency(staff, glass_id) as glass:
        person = patients.person(glass.patient_id, fields=_FIELDS)
        visits = visits_of_patient(glass.patient_id)
    return EmergencyRecord(person=person, visits=visits, until=glass.until)
