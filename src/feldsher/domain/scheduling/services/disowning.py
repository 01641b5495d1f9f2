"""«Это не моя запись»: who holds the number says that the patient isn't them.

Messages to that number about that patient stop, the desk is told once, and nothing is cancelled: somebody
may still be coming. Whoever has proved the phone can take it back.
"""

from uuid import UUID

from feldsher.domain.patients import selectors as patients
from feldsher.domain.patients import services as patient_services
from feldsher.domain.patients.errors import PatientNotFoundError
from feldsher.domain.patients.types import Behind
from feldsher.domain.scheduling.calling import take_back, tell_desk, zone_of
from feldsher.domain.scheduling.errors import AppointmentNotFoundError
from feldsher.domain.scheduling.models import Appointment
from feldsher.domain.scheduling.selectors.own import own_row
from feldsher.domain.scheduling.selectors.visits import require_secret
from feldsher.domain.scheduling.types import Notice
from feldsher.foundation.access.context import as_service
from feldsher.foundation.access.doors import as_patient
from feldsher.foundation.access.journal import journal
from feldsher.foundation.access.matrix import Column
from feldsher.foundation.access.types import PhoneHolder
from feldsher.kernel import formats

_WORK = "not_mine"
_TOPIC = (
    "Номер чужой: его\u00a0владелец сказал, что\u00a0это не\u00a0его запись. Сообщения о\u00a0пациенте "
    "на\u00a0этот номер остановлены, запись на\u00a0{start} не\u00a0отменена. Найдите верный номер пациента"
)


def disown(appointment_id: UUID, *, token: str) -> None:
    """Keep that the number of this visit's patient is wrong, and tell the desk; twice is fine.

    Raises AppointmentNotFoundError without the right token, or for a time that is nobody's, VaultError,
    AuditError.
    """
    require_secret(appointment_id, token=token, purpose=_WORK)
    _disown(appointment_id)


def disown_own(appointment_id: UUID, *, holder: PhoneHolder) -> None:
    """Do so by who has proved the number; raises like `disown`. By lent access nobody does."""
    who, _ = own_row(appointment_id, holder=holder, purpose=_WORK)
    if who.grant_id is not None:
        raise AppointmentNotFoundError("not their number")
    _disown(appointment_id)


def own_again(who: Behind, *, holder: PhoneHolder) -> None:
    """Take back that the number is wrong, by who has proved it; messages go out again. Twice is fine.

    Raises PatientNotFoundError by lent access, AuditError.
    """
    if who.grant_id is not None:
        raise PatientNotFoundError("not their number")
    with as_patient(who.patient_id, guardian=who.guardian_id, purpose=_WORK, session=holder.session_id):
        with as_service(_WORK):
            if not patient_services.unmark_wrong_number(who.patient_id):
                return
            visits = Appointment.objects.filter(patient=who.patient_id).values_list("pk", flat=True)
            take_back(Notice.WRONG_NUMBER, appointments=list(visits))
        _note(who.patient_id, field="right_number")


def _disown(appointment_id: UUID) -> None:
    with as_service(_WORK):
        row = Appointment.objects.filter(pk=appointment_id).first()
        if row is None or row.patient is None:
            raise AppointmentNotFoundError("nobody's visit")
        if not patient_services.mark_wrong_number(row.patient):
            return
        _note(row.patient, field="wrong_number")
        person = patients.person(row.patient, fields=("family", "given", "middle", "phone"))
        start = row.visit.lower.astimezone(zone_of(row.location))
        tell_desk(
            row,
            Notice.WRONG_NUMBER,
            name=formats.short_name(person.family, person.given, person.middle),
            phone=person.phone,
            topic=_TOPIC.format(start=f"{start:%d.%m.%Y %H:%M}"),
        )


def _note(patient: UUID, *, field: str) -> None:
    journal("messages", Column.CONTACTS, ids=[patient], patients=[patient], fields=(field,))
