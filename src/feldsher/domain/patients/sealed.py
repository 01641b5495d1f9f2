"""The sealed columns of people and their blind indexes: the one place that names both."""

from datetime import date
from uuid import UUID

from feldsher.domain.patients.models import Patient, PhoneGrant, RelatedPerson
from feldsher.domain.patients.persons import PREFIX_LETTERS, name_key
from feldsher.domain.patients.types import NewBooker, NewPatient
from feldsher.foundation.vault.sealing import blind_index, open_, seal

PHONE = "patients.phone"
FAMILY = "patients.family"
FAMILY_PREFIX = "patients.family.prefix"
BIRTH_DATE = "patients.birth_date"

_TABLE = "patients_patient"
_RELATED = "patients_related_person"
_GRANT = "patients_phone_grant"


def seal_cell(value: str, *, column: str, row: UUID) -> bytes | None:
    """Return the sealed value, None for an empty one."""
    return seal(value, table=_TABLE, column=column, row=row) if value else None


def open_cell(row: Patient, column: str) -> str:
    """Return the clear text of a column, empty for NULL; raises VaultError."""
    sealed = getattr(row, column)
    return open_(bytes(sealed), table=_TABLE, column=column, row=row.id) if sealed is not None else ""


def open_birth_date(row: Patient) -> date | None:
    text = open_cell(row, "birth_date")
    return date.fromisoformat(text) if text else None


def set_birth_date(row: Patient, birth_date: date) -> None:
    """Put the date and its index into the row, unsaved."""
    row.birth_date = seal_cell(birth_date.isoformat(), column="birth_date", row=row.id)
    row.birth_date_index = blind_index(BIRTH_DATE, birth_date.isoformat())


def set_person(row: Patient, person: NewPatient) -> None:
    """Put all that names the person into the row, sealed and indexed, unsaved."""
    for column in ("family", "given", "middle", "phone", "email"):
        setattr(row, column, seal_cell(getattr(person, column), column=column, row=row.id))
    family = name_key(person.family)
    row.phone_index = blind_index(PHONE, person.phone)
    row.family_index = blind_index(FAMILY, family)
    row.family_prefix_index = blind_index(FAMILY_PREFIX, family[:PREFIX_LETTERS])
    if person.birth_date is not None:
        set_birth_date(row, person.birth_date)


def set_booker(row: RelatedPerson, booker: NewBooker) -> None:
    """Put who books into the row, sealed and indexed, unsaved."""
    row.relation = booker.relation.value
    row.name = seal(booker.name, table=_RELATED, column="name", row=row.id)
    row.phone = seal(booker.phone, table=_RELATED, column="phone", row=row.id)
    row.phone_index = blind_index(PHONE, booker.phone)


def open_booker(row: RelatedPerson, column: str) -> str:
    """Return the clear name or phone of who books; raises VaultError."""
    return open_(bytes(getattr(row, column)), table=_RELATED, column=column, row=row.id)


def set_grant(row: PhoneGrant, *, name: str, phone: str) -> None:
    """Put to whom access is lent into the row, sealed and indexed, unsaved."""
    row.name = seal(name, table=_GRANT, column="name", row=row.id)
    row.phone = seal(phone, table=_GRANT, column="phone", row=row.id)
    row.phone_index = blind_index(PHONE, phone)


def open_grant(row: PhoneGrant, column: str) -> str:
    """Return the clear name or phone of who has access, empty once it was wiped; raises VaultError."""
    sealed = getattr(row, column)
    return open_(bytes(sealed), table=_GRANT, column=column, row=row.id) if sealed is not None else ""
