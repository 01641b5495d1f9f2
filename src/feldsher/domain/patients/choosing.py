"""Which SMS a patient gets: their own choice, and none to a number whose holder says that it isn't theirs.

A wrong number is said of one patient: the same phone may be another's. Codes that prove a phone are no
messages about a patient and go out as ever.
"""

from collections.abc import Collection
from uuid import UUID

from feldsher.domain.patients.errors import PatientNotFoundError
from feldsher.domain.patients.models import MessageChoice, Patient
from feldsher.domain.patients.types import Behind, MessageChoiceCard, Topic
from feldsher.foundation.access.context import as_service
from feldsher.foundation.access.doors import as_patient
from feldsher.foundation.access.journal import journal
from feldsher.foundation.access.matrix import Column
from feldsher.foundation.access.types import PhoneHolder
from feldsher.kernel import clock

_CHOOSE = "choose_messages"
_CHOSEN = {
    Topic.VISITS: ("visits_off", "visits_on"),
    Topic.REMINDERS: ("reminders_off", "reminders_on"),
    Topic.REVIEWS: ("reviews_off", "reviews_on"),
}
"""What the journal says of a topic that is off, and on."""


def unwritten(ids: Collection[UUID], topic: Topic) -> set[UUID]:
    """Return those of the patients to whom no SMS about this goes, in the caller's context."""
    rows = MessageChoice.objects.filter(pk__in=ids)
    return {row.pk for row in rows if row.wrong_since is not None or not getattr(row, topic.value)}


def is_wrong_number(patient_id: UUID) -> bool:
    """Tell whether the holder of a patient's phone has said that it isn't theirs; in the caller's context."""
    return MessageChoice.objects.filter(pk=patient_id).exclude(wrong_since=None).exists()


def message_choice(who: Behind, *, session: UUID) -> MessageChoiceCard:
    """Return what goes to a patient, to who is behind their phone. Raises AuditError."""
    with as_patient(who.patient_id, guardian=who.guardian_id, purpose=_CHOOSE, session=session):
        row = MessageChoice.objects.filter(pk=who.patient_id).first()
        journal("messages", Column.CONTACTS, ids=[who.patient_id], patients=[who.patient_id])
    if row is None:
        return MessageChoiceCard()
    return MessageChoiceCard(row.visits, row.reminders, row.reviews, row.wrong_since)


def choose_messages(who: Behind, *, topics: Collection[Topic], holder: PhoneHolder) -> None:
    """Keep which SMS go to a patient, by who is behind their phone: those of `topics`, no others.

    Raises PatientNotFoundError, AuditError.

    By lent access nobody chooses.
    """
    if who.grant_id is not None:
        raise PatientNotFoundError("messages are not lent")
    with as_patient(who.patient_id, guardian=who.guardian_id, purpose=_CHOOSE, session=holder.session_id):
        journal(
            "messages",
            Column.CONTACTS,
            ids=[who.patient_id],
            patients=[who.patient_id],
            fields=tuple(_CHOSEN[topic][topic in topics] for topic in Topic),
        )
        with as_service(_CHOOSE):
            MessageChoice.objects.update_or_create(
                patient_id=who.patient_id, defaults={topic.value: topic in topics for topic in Topic}
            )


def mark_wrong_number(patient_id: UUID) -> bool:
    """Keep that the patient's phone isn't theirs; tells whether that is news. Raises PatientNotFoundError.

    In the caller's context, which writes; holds the patient's row: of two at once one brings the news.
    """
    _lock(patient_id)
    row, _ = MessageChoice.objects.get_or_create(patient_id=patient_id)
    if row.wrong_since is not None:
        return False
    row.wrong_since = clock.now()
    row.save(update_fields=["wrong_since"])
    return True


def unmark_wrong_number(patient_id: UUID) -> bool:
    """Take it back; tells whether it was said. As `mark_wrong_number`."""
    _lock(patient_id)
    said = MessageChoice.objects.filter(pk=patient_id).exclude(wrong_since=None)
    return bool(said.update(wrong_since=None))


def _lock(patient_id: UUID) -> None:
    if not Patient.objects.select_for_update(no_key=True).filter(pk=patient_id).exists():
        raise PatientNotFoundError("no such patient")
