"""Who opened a visit and the data in it, for whoever has its secret."""

from uuid import UUID

from feldsher.domain.scheduling import tokens
from feldsher.domain.scheduling.errors import AppointmentNotFoundError
from feldsher.domain.scheduling.models import Appointment
from feldsher.foundation.access.context import as_holder
from feldsher.foundation.audit import selectors as audit
from feldsher.foundation.audit.types import JournalRow


def who_opened(appointment_id: UUID, *, token: str) -> tuple[JournalRow, ...]:
    """Return the journal's rows about this visit, the newest first; the look itself is recorded.

    Raises AppointmentNotFoundError for anybody without its secret, AuditError. Other visits of the same
    patient are not told of: the secret proves one.
    """
    if not tokens.opens(appointment_id, token=token):
        raise AppointmentNotFoundError("no such appointment, or not theirs")
    with as_holder(appointment_id, purpose="own_journal") as context:
        patient = Appointment.objects.filter(pk=appointment_id).values_list("patient", flat=True).first()
        if patient is None:
            return ()
        return audit.of_patient(patient, reader=context.actor, record_id=appointment_id)
