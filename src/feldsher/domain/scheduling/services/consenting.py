"""A patient takes a consent back: kept at once, and the desk is told, who passes it on.

What was done before stays lawful, a visit to come is not cancelled, and what the law has the clinic keep it
keeps (152-ФЗ, art. 9 and 21). Destroying the rest is not done here.
"""

from uuid import UUID

from feldsher.domain.patients import selectors as patients
from feldsher.domain.patients import services as patient_services
from feldsher.domain.patients.errors import ConsentNotFoundError
from feldsher.domain.patients.types import Purpose, WithdrawnConsent
from feldsher.domain.scheduling.calling import tell_desk, zone_of
from feldsher.domain.scheduling.models import Appointment
from feldsher.domain.scheduling.selectors.own import represented
from feldsher.domain.scheduling.types import Notice
from feldsher.foundation.access.context import as_service
from feldsher.foundation.access.doors import as_patient, note_not_theirs
from feldsher.foundation.access.journal import journal
from feldsher.foundation.access.matrix import Column
from feldsher.foundation.access.types import PhoneHolder
from feldsher.kernel import formats

_WORK = "withdraw_consent"
_TOPIC = (
    "Пациент отозвал согласие на\u00a0обработку данных, данное {given}. Передайте тому, кто отвечает "
    "за\u00a0персональные данные: на\u00a0уничтожение не\u00a0больше 30\u00a0дней, кроме того, "
    "что\u00a0хранят по\u00a0закону. Записи не\u00a0отменены"
)

_BY_ITSELF = (Purpose.REVIEW, Purpose.CATALOGUE)
"""What ends with the consent in the same commit, or is not begun: nobody has to be told."""


def withdraw_consent(consent_id: UUID, *, holder: PhoneHolder) -> None:
    """Take back a consent of a patient behind a proved phone, or of a child whom it represents.

    Twice is fine, the desk is told once. Raises ConsentNotFoundError for any other, which the journal keeps,
    VaultError, AuditError.
    """
    for who in represented(holder):
        own = as_patient(who.patient_id, guardian=who.guardian_id, purpose=_WORK, session=holder.session_id)
        with own:
            with as_service(_WORK):
                done = patient_services.withdraw_consent(consent_id, patient_id=who.patient_id)
                if done is not None and done.is_news and done.purpose not in _BY_ITSELF:
                    _tell(done, patient=who.patient_id)
            if done is None:
                continue
            if done.is_news:
                ids, fields = [consent_id], ("withdrawn",)
                journal("consent", Column.CONSENTS, ids=ids, patients=[who.patient_id], fields=fields)
            return
    note_not_theirs(
        "consent", Column.CONSENTS, record_id=consent_id, purpose=_WORK, session=holder.session_id
    )
    raise ConsentNotFoundError("no such consent, or another's")


def _tell(done: WithdrawnConsent, *, patient: UUID) -> None:
    """Tell the desk of whom and of when, in the same commit."""
    row = Appointment.objects.filter(pk=done.appointment_id).first() if done.appointment_id else None
    person = patients.person(patient, fields=("family", "given", "middle", "phone"))
    given = done.given_at.astimezone(zone_of(row.location if row else None))
    tell_desk(
        row,
        Notice.CONSENT_WITHDRAWN,
        name=formats.short_name(person.family, person.given, person.middle),
        phone=person.phone,
        topic=_TOPIC.format(given=f"{given:%d.%m.%Y}"),
    )
