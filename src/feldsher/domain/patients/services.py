"""Writes of patients: a person is found before created; a consent keeps the version and hash of its text.

Order of locks. `ensure_patient` takes an advisory lock of the phone until the end of the transaction and may
update the found row; call it before `lock_patient`, and both before any lock of scheduling.
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from hashlib import sha256
from pathlib import Path
from uuid import UUID

from feldsher.domain.patients import persons, sealed
from feldsher.domain.patients.cards import bind_card, mark_read
from feldsher.domain.patients.choosing import choose_messages, mark_wrong_number, unmark_wrong_number
from feldsher.domain.patients.consenting import text_in_force, withdraw_consent, withdraw_of_visit
from feldsher.domain.patients.emergency import open_in_emergency
from feldsher.domain.patients.errors import (
    ConsentTextFinalError,
    ConsentTextUnknownError,
    PatientNotFoundError,
)
from feldsher.domain.patients.granting import end_access, lend_access, wipe_expired
from feldsher.domain.patients.locks import lock_phone
from feldsher.domain.patients.models import Consent, ConsentText, Patient, RelatedPerson
from feldsher.domain.patients.remembering import (
    drop_replayed,
    forget,
    forget_expired,
    remember,
    turn,
    use_remembered,
)
from feldsher.domain.patients.types import (
    OPERATOR,
    ConsentTextCard,
    NewBooker,
    NewPatient,
    Purpose,
    Relation,
    TypedBooker,
    TypedPerson,
)
from feldsher.foundation.access.context import as_service
from feldsher.foundation.vault.sealing import blind_indexes
from feldsher.kernel import clock
from feldsher.kernel.errors import InvalidInputError

__all__ = [
    "bind_card",
    "choose_messages",
    "drop_replayed",
    "end_access",
    "ensure_patient",
    "ensure_related",
    "forget",
    "forget_expired",
    "lend_access",
    "lock_patient",
    "mark_read",
    "mark_wrong_number",
    "open_in_emergency",
    "publish_consent_text",
    "publish_first_texts",
    "read_party",
    "read_person",
    "record_consent",
    "remember",
    "turn",
    "unmark_wrong_number",
    "use_remembered",
    "wipe_expired",
    "withdraw_consent",
    "withdraw_of_visit",
]

FIRST_VERSION = "1"
OUR_VERSIONS = {
    **dict.fromkeys((Purpose.BOOKING, Purpose.CATALOGUE, Purpose.COMPANY, Purpose.REVIEW), FIRST_VERSION),
    Purpose.POLICY: "6",
}
"""The latest wordings of our own, in texts/."""
_TEXTS = Path(__file__).resolve().parent / "texts"


def read_person(typed: TypedPerson) -> NewPatient:
    """Return the checked person; raises InvalidInputError with a Russian sentence for each wrong field."""
    return persons.read_person(typed)


def read_party(typed: TypedPerson, booker: TypedBooker) -> tuple[NewPatient, NewBooker]:
    """Return who comes and who books them, checked; raises InvalidInputError like `read_person`."""
    return persons.read_party(typed, booker)


def ensure_patient(person: NewPatient, *, channel: str, relation: Relation | None = None) -> UUID:
    """Return the id of the person's row; makes one only when none is theirs beyond doubt.

    `relation` is that of who books them, None for themself. Theirs is a row with the same phone, family and
    given name whose birth date is the same, or unknown on one side while the middle names don't contradict
    and the row was booked in the same relation before: a mother and her namesake child share a phone. Of
    several the one with the very birth date is taken, else a new row is made: two rows of one person can be
    joined later, one row of two people can't be parted. A birth date that was missing is filled in. Parallel
    calls for one phone wait for each other. Raises InvalidInputError.
    """
    person = persons.checked(person)
    with as_service("booking", savepoint=False):
        indexes = blind_indexes(sealed.PHONE, person.phone)
        lock_phone(indexes)
        found = _choose(_known(person, indexes), person, relation=relation)
        if found is None:
            return _create(person, channel=channel)
        if person.birth_date is not None and found.birth_date is None:
            sealed.set_birth_date(found.row, person.birth_date)
            found.row.save(update_fields=["birth_date", "birth_date_index"])
        return found.row.id


def lock_patient(patient_id: UUID) -> None:
    """Hold the patient's row until the transaction ends (FOR NO KEY UPDATE); raises PatientNotFoundError.

    Whoever changes who comes to a visit takes this lock first, then those of scheduling.
    """
    row = Patient.objects.select_for_update(no_key=True).filter(id=patient_id).values_list("id").first()
    if row is None:
        raise PatientNotFoundError("no such patient")


def ensure_related(patient_id: UUID, booker: NewBooker) -> UUID:
    """Return the id of who books this patient; found when name and relation are those of an earlier time.

    Takes the patient's lock, so that parallel calls make one row. Raises PatientNotFoundError.
    """
    lock_patient(patient_id)
    rows = RelatedPerson.objects.filter(
        patient=patient_id,
        relation=booker.relation.value,
        phone_index__in=blind_indexes(sealed.PHONE, booker.phone),
    )
    for known in rows.order_by("created_at", "id"):
        if persons.same_name(sealed.open_booker(known, "name"), booker.name):
            return known.id
    row = RelatedPerson(patient_id=patient_id, created_at=clock.now())
    sealed.set_booker(row, booker)
    row.save(force_insert=True)
    return row.id


def record_consent(
    patient_id: UUID,
    *,
    purpose: str,
    version: str | None = None,
    channel: str,
    appointment_id: UUID | None = None,
    given_by: UUID | None = None,
) -> None:
    """Write down that the patient, or who books them (`given_by`), agreed now to the text.

    It is the text in force, or that `version`. Repeating it for one appointment changes nothing. Raises
    ConsentTextUnknownError, ConsentTextMissingError where none is in force.
    """
    text = text_in_force(purpose) if version is None else _text(purpose, version)
    consent = Consent(
        patient_id=patient_id,
        text=text,
        purpose=purpose,
        version=text.version,
        sha256=text.sha256,
        given_at=clock.now(),
        channel=channel,
        appointment_id=appointment_id,
        given_by_id=given_by,
    )
    Consent.objects.bulk_create([consent], ignore_conflicts=True)


def _text(purpose: str, version: str) -> ConsentText:
    text = ConsentText.objects.filter(purpose=purpose, version=version).first()
    if text is None:
        raise ConsentTextUnknownError(f"no text {version!r} for {purpose!r}")
    return text


def publish_consent_text(
    purpose: Purpose, *, version: str, body: str, valid_from: datetime | None = None
) -> ConsentTextCard:
    """Publish a wording for good, valid from now or from a later instant.

    Publishing the same again changes nothing; another wording under a known version raises
    ConsentTextFinalError, a body that doesn't name the operator by `{operator}` InvalidInputError.
    """
    if OPERATOR not in body:
        raise InvalidInputError(
            "the text names no operator", fields={"body": f"Поставьте {OPERATOR} там, где назван оператор"}
        )
    digest = sha256(body.encode()).hexdigest()
    text, _ = ConsentText.objects.get_or_create(
        purpose=purpose.value,
        version=version,
        defaults={"body": body, "sha256": digest, "valid_from": valid_from or clock.now()},
    )
    if text.sha256 != digest:
        raise ConsentTextFinalError(f"{purpose} {version} is published with another wording")
    return ConsentTextCard(purpose=purpose.value, version=version, body=body, sha256=digest)


def publish_first_texts() -> None:
    """Publish our own wording where a purpose has none or an older one of ours; a clinic's is left alone."""
    for purpose, version in OUR_VERSIONS.items():
        texts = ConsentText.objects.filter(purpose=purpose.value).order_by("-valid_from")
        latest = texts.values_list("version", flat=True).first()
        if latest in {None, FIRST_VERSION} and latest != version:
            body = (_TEXTS / f"{purpose.value}.txt").read_text(encoding="utf-8").strip()
            publish_consent_text(purpose, version=version, body=body)


@dataclass(frozen=True, slots=True)
class _Known:
    """A row with the same phone and name; None and empty mean unknown."""

    row: Patient = field(repr=False)
    middle: str = field(repr=False)
    birth_date: date | None = field(repr=False)
    relations: frozenset[str]
    """Those of who booked this patient; empty for a patient who always booked for themself."""

    def is_born(self, birth_date: date | None) -> bool:
        return birth_date is not None and self.birth_date == birth_date

    def may_be(self, person: NewPatient) -> bool:
        if self.birth_date is not None and person.birth_date is not None:
            return self.birth_date == person.birth_date
        return not self.middle or not person.middle or persons.same_name(self.middle, person.middle)

    def is_booked_by(self, relation: Relation | None) -> bool:
        return relation in self.relations if relation else not self.relations


def _known(person: NewPatient, phone_indexes: tuple[bytes, ...]) -> list[_Known]:
    rows = Patient.objects.filter(
        phone_index__in=phone_indexes,
        family_index__in=blind_indexes(sealed.FAMILY, persons.name_key(person.family)),
    ).order_by("created_at", "id")
    namesakes = [row for row in rows if persons.same_name(sealed.open_cell(row, "given"), person.given)]
    related = RelatedPerson.objects.filter(patient__in=namesakes).values_list("patient", "relation")
    pairs = set(related)
    return [
        _Known(
            row=row,
            middle=sealed.open_cell(row, "middle"),
            birth_date=sealed.open_birth_date(row),
            relations=frozenset(relation for patient, relation in pairs if patient == row.id),
        )
        for row in namesakes
    ]


def _choose(known: list[_Known], person: NewPatient, *, relation: Relation | None) -> _Known | None:
    exact = [one for one in known if one.is_born(person.birth_date)]
    if exact:
        return exact[0]
    fitting = [one for one in known if one.may_be(person) and one.is_booked_by(relation)]
    return fitting[0] if len(fitting) == 1 else None


def _create(person: NewPatient, *, channel: str) -> UUID:
    row = Patient(channel=channel, created_at=clock.now())
    sealed.set_person(row, person)
    row.save(force_insert=True)
    return row.id
