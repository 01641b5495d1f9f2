"""Reads of patients: where sealed values are opened."""

from uuid import UUID

from feldsher.domain.patients import sealed
from feldsher.domain.patients.errors import ConsentTextMissingError, PatientNotFoundError
from feldsher.domain.patients.models import ConsentText, Patient
from feldsher.domain.patients.types import ConsentTextCard, PatientCard, Purpose
from feldsher.foundation.vault.sealing import blind_indexes
from feldsher.kernel import clock
from feldsher.kernel.phone import parse_phone


def person(patient_id: UUID) -> PatientCard:
    """Return the patient in clear text; raises PatientNotFoundError, VaultError."""
    row = _row(patient_id)
    return PatientCard(
        id=row.id,
        family=sealed.open_cell(row, "family"),
        given=sealed.open_cell(row, "given"),
        middle=sealed.open_cell(row, "middle"),
        phone=sealed.open_cell(row, "phone"),
        birth_date=sealed.open_birth_date(row),
        email=sealed.open_cell(row, "email"),
    )


def find_by_phone(phone: str) -> tuple[UUID, ...]:
    """Return the patients with this phone (any usual spelling), oldest first."""
    canonical = parse_phone(phone)
    if canonical is None:
        return ()
    rows = Patient.objects.filter(phone_index__in=blind_indexes(sealed.PHONE, canonical))
    return tuple(rows.order_by("created_at", "id").values_list("id", flat=True))


def current_consent_text(purpose: Purpose) -> ConsentTextCard:
    """Return the text in force now; raises ConsentTextMissingError when none was published."""
    texts = ConsentText.objects.filter(purpose=purpose.value, valid_from__lte=clock.now())
    text = texts.order_by("-valid_from").first()
    if text is None:
        raise ConsentTextMissingError(f"no text for {purpose}")
    return ConsentTextCard(purpose=text.purpose, version=text.version, body=text.body, sha256=text.sha256)


def _row(patient_id: UUID) -> Patient:
    row = Patient.objects.filter(id=patient_id).first()
    if row is None:
        raise PatientNotFoundError("no such patient")
    return row
