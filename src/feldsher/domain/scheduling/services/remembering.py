"""Let a device remember whom it booked: only after the clinic took the visit, only for who has its secret."""

from uuid import UUID

from feldsher.domain.patients import services as patients
from feldsher.domain.scheduling.errors import AppointmentNotFoundError
from feldsher.domain.scheduling.selectors.people import booked_here


def remember_patient(appointment_id: UUID, *, token: str, device: str, known: str) -> str:
    """Let the device book the patient of this visit without typing; returns the token for its cookie.

    `known` is the token that the device has, empty for none. Raises AppointmentNotFoundError for a visit
    that is not theirs, was not booked on this device, or has not reached the clinic.
    """
    booked = booked_here(appointment_id, token=token, device=device)
    if booked is None:
        raise AppointmentNotFoundError("nobody to remember")
    return patients.remember(known, patient_id=booked.patient_id, related_id=booked.related_id)
