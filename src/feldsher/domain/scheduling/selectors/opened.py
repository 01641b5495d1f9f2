"""Who opened a visit and the data in it, for whoever has its secret."""

from uuid import UUID

from feldsher.domain.scheduling.models import Appointment
from feldsher.domain.scheduling.selectors.visits import require_secret, zone_of
from feldsher.foundation.access.context import as_holder
from feldsher.foundation.audit import selectors as audit
from feldsher.foundation.audit.types import OfPatient

_PURPOSE = "own_journal"


def who_opened(appointment_id: UUID, *, token: str) -> OfPatient:
    """Return what the journal tells of this visit, by days of its branch; the look itself is recorded.

    Raises AppointmentNotFoundError for anybody without its secret, AuditError. Other visits of the same
    patient are not told of: the secret proves one.
    """
    require_secret(appointment_id, token=token, purpose=_PURPOSE)
    with as_holder(appointment_id, purpose=_PURPOSE) as context:
        row = Appointment.objects.filter(pk=appointment_id).first()
        if row is None or row.patient is None:
            return OfPatient((), ())
        zone = zone_of(row.location)
        return audit.of_patient(row.patient, reader=context.actor, zone=zone, record_id=appointment_id)
