"""Let a device book somebody without typing.

For half a year whom it booked: only after the clinic took the visit, only for who has its secret. For an hour
whose phone was proved on it, who wants to be booked once more.
"""

from datetime import timedelta
from typing import Final
from uuid import UUID

from feldsher.domain.patients import services as patients
from feldsher.domain.scheduling.errors import AppointmentNotFoundError
from feldsher.domain.scheduling.selectors.own import own_row
from feldsher.domain.scheduling.selectors.people import booked_here
from feldsher.domain.scheduling.selectors.visits import key_of
from feldsher.domain.scheduling.types import SlotKey
from feldsher.foundation.access.types import PhoneHolder

AGAIN: Final = timedelta(hours=1)
"""How long a device may book whose phone was proved on it: time to choose one."""


def remember_patient(appointment_id: UUID, *, token: str, device: str, known: str) -> str:
    """Let the device book the patient of this visit without typing; returns the token for its cookie.

    `known` is the token that the device has, empty for none. Raises AppointmentNotFoundError for a visit
    that is not theirs, was not booked on this device, or has not reached the clinic.
    """
    booked = booked_here(appointment_id, token=token, device=device)
    if booked is None:
        raise AppointmentNotFoundError("nobody to remember")
    return patients.remember(known, patient_id=booked.patient_id, related_id=booked.related_id)


def book_again(appointment_id: UUID, *, holder: PhoneHolder, known: str) -> tuple[SlotKey, str]:
    """Let this device book the patient of a visit behind a proved phone for an hour, as they were booked.

    `known` is the token that the device has, empty for none; returns what was booked and the token for its
    cookie. A consent, and a code where the clinic asks for one, are asked as ever. Raises
    AppointmentNotFoundError for a visit that is not theirs.
    """
    who, row = own_row(appointment_id, holder=holder, purpose="book_again")
    if who.grant_id is not None:
        raise AppointmentNotFoundError("nobody is booked by lent access")
    token = patients.remember(known, patient_id=who.patient_id, related_id=who.guardian_id, kept=AGAIN)
    return key_of(row), token
