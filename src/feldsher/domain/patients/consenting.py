"""What a patient agreed to, as they read it themselves, and taking it back (152-ФЗ, art. 9, part 2)."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from feldsher.domain.patients.errors import ConsentTextMissingError
from feldsher.domain.patients.models import Consent, ConsentText
from feldsher.domain.patients.types import GivenConsent, Purpose, Relation, WithdrawnConsent
from feldsher.foundation.access.journal import journal
from feldsher.foundation.access.matrix import Column
from feldsher.kernel import clock


def text_in_force(purpose: str, *, at: datetime | None = None) -> ConsentText:
    """Return the text in force now, or then; raises ConsentTextMissingError when none was published."""
    texts = ConsentText.objects.filter(purpose=purpose, valid_from__lte=at or clock.now())
    text = texts.order_by("-valid_from").first()
    if text is None:
        raise ConsentTextMissingError(f"no text for {purpose}")
    return text


def given_consents(patient_id: UUID) -> tuple[GivenConsent, ...]:
    """Return a patient's consents, the newest first, in the caller's context. Raises AuditError."""
    found = Consent.objects.filter(patient=patient_id).select_related("text")
    rows = list(found.order_by("-given_at", "id"))
    journal("consent", Column.CONSENTS, ids=[row.pk for row in rows], patients=[patient_id])
    return tuple(
        GivenConsent(
            row.pk,
            Purpose(row.purpose),
            row.version,
            row.given_at,
            row.withdrawn_at,
            row.appointment_id,
            is_by_other=row.given_by_id is not None,
            body=row.text.body,
        )
        for row in rows
    )


def consenting(ids: Collection[UUID], *, purpose: Purpose) -> dict[UUID, UUID | None]:
    """Return which of the patients have a consent that stands, with who gave the latest in their stead."""
    rows = Consent.objects.filter(patient__in=ids, purpose=purpose.value, withdrawn_at=None)
    return dict(rows.order_by("given_at", "id").values_list("patient", "given_by"))


def consents_of_visit(appointment_id: UUID, *, purpose: Purpose) -> bool:
    """Tell whether a consent that was given with a visit stands."""
    rows = Consent.objects.filter(appointment_id=appointment_id, purpose=purpose.value, withdrawn_at=None)
    return rows.exists()


def is_for_another_adult(patient_id: UUID, *, appointment_id: UUID) -> bool:
    """Return whether an adult booked a visit for another: by its consent, else by the latest that stands."""
    rows = Consent.objects.filter(patient=patient_id, purpose=Purpose.BOOKING.value, withdrawn_at=None)
    found = list(rows.order_by("given_at", "id").values_list("appointment_id", "given_by__relation"))
    own = [relation for visit, relation in found if visit == appointment_id]
    latest = own or [relation for _, relation in found]
    return bool(latest) and latest[-1] == Relation.OTHER.value


def withdraw_of_visit(appointment_id: UUID, *, purpose: Purpose) -> bool:
    """Take back a consent that was given with a visit, in the caller's context, which writes.

    Returns whether one stood.
    """
    rows = Consent.objects.filter(appointment_id=appointment_id, purpose=purpose.value, withdrawn_at=None)
    return bool(rows.update(withdrawn_at=clock.now()))


def withdraw_consent(consent_id: UUID, *, patient_id: UUID) -> WithdrawnConsent | None:
    """Take a consent of the patient back for good, in the caller's context, which writes; None: not theirs.

    Twice is fine: the first time stands.
    """
    row = Consent.objects.select_for_update(of=("self",)).filter(pk=consent_id, patient=patient_id).first()
    if row is None:
        return None
    is_news = row.withdrawn_at is None
    if is_news:
        row.withdrawn_at = clock.now()
        row.save(update_fields=["withdrawn_at"])
    return WithdrawnConsent(Purpose(row.purpose), row.given_at, row.appointment_id, is_news)
