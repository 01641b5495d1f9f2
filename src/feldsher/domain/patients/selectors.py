"""Reads of patients: where sealed values are opened."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import datetime
from uuid import UUID

from django.db.models import Count

from feldsher.domain.patients import devices, persons, sealed
from feldsher.domain.patients.behind_phone import behind_phone
from feldsher.domain.patients.cards import cards_of, stale_cards
from feldsher.domain.patients.choosing import is_wrong_number, message_choice, unwritten
from feldsher.domain.patients.consenting import (
    consenting,
    consents_of_visit,
    given_consents,
    is_for_another_adult,
    text_in_force,
)
from feldsher.domain.patients.errors import PatientNotFoundError
from feldsher.domain.patients.granting import grants, lent_to
from feldsher.domain.patients.models import Consent, Patient, PhoneGrant, Remembered
from feldsher.domain.patients.types import (
    PERSON,
    Behind,
    ConsentTextCard,
    GrantCard,
    Kinship,
    OwnPerson,
    PatientCard,
    PersonField,
    Purpose,
    Relation,
    RememberedCard,
    ShownPerson,
    Sought,
    StandingConsent,
)
from feldsher.foundation.access.context import as_device
from feldsher.foundation.access.doors import as_patient
from feldsher.foundation.access.journal import journal
from feldsher.foundation.access.matrix import Column
from feldsher.foundation.access.policies import Action, sees_clear
from feldsher.foundation.access.types import Staff
from feldsher.foundation.audit import selectors as audit
from feldsher.foundation.audit.types import OfPatient
from feldsher.foundation.vault.sealing import blind_indexes
from feldsher.kernel import formats
from feldsher.kernel.phone import format_phone, mask_phone, parse_phone

__all__ = [
    "behind_phone",
    "cards_of",
    "consent_giver",
    "consenting",
    "consents_of_visit",
    "current_consent_text",
    "find_by_phone",
    "find_sought",
    "given_consents",
    "grants",
    "is_for_another_adult",
    "is_sought",
    "is_wrong_number",
    "kinships",
    "lent_to",
    "message_choice",
    "own_journal",
    "own_person",
    "patient_cards",
    "person",
    "read_search",
    "remembered",
    "short_names",
    "shown_persons",
    "stale_cards",
    "standing_consents",
    "unwritten",
]

_SHORTEST_FAMILY = 2
_SHOWN: tuple[PersonField, ...] = ("family", "given", "middle", "phone")
_NAME: tuple[PersonField, ...] = ("family", "given", "middle")
_INITIALS = ("family", "initials")
_MASKED = (*_INITIALS, "masked_phone")


def person(patient_id: UUID, *, fields: tuple[PersonField, ...] = PERSON) -> PatientCard:
    """Return a patient in clear text; raises PatientNotFoundError, and like `patient_cards`."""
    card = patient_cards([patient_id], fields=fields).get(patient_id)
    if card is None:
        raise PatientNotFoundError("no such patient")
    return card


def patient_cards(
    ids: Collection[UUID], *, fields: tuple[PersonField, ...], shown: tuple[str, ...] = ()
) -> dict[UUID, PatientCard]:
    """Return patients by id with these fields in clear text and the others empty, in one question.

    The journal keeps for the context at work which were opened, or what is `shown` where that is less.
    Unknown ids are left out. Raises NoContextError, VaultError, AuditError.
    """
    rows = list(Patient.objects.filter(id__in=ids).only("id", *fields))
    found = [row.id for row in rows]
    journal("person", Column.CONTACTS, ids=found, patients=found, fields=shown or fields)
    return {row.id: _card(row, fields) for row in rows}


def shown_persons(staff: Staff, action: Action, ids: Collection[UUID]) -> dict[UUID, ShownPerson]:
    """Return patients for the context of the action, names and phones masked where its role has them so.

    Who is out of reach is left out. Raises as `patient_cards`.
    """
    is_clear = sees_clear(staff, action, Column.CONTACTS)
    cards = patient_cards(ids, fields=_SHOWN, shown=() if is_clear else _MASKED)
    return {key: _shown(card, is_clear=is_clear) for key, card in cards.items()}


def short_names(ids: Collection[UUID]) -> dict[UUID, str]:
    """Return «Иванова А. С.» of patients for the context at work: no more of a name than a mask shows.

    Who is out of reach is left out. Raises as `patient_cards`.
    """
    cards = patient_cards(ids, fields=_NAME, shown=_INITIALS)
    return {key: formats.short_name(card.family, card.given, card.middle) for key, card in cards.items()}


def _shown(card: PatientCard, *, is_clear: bool) -> ShownPerson:
    parts = card.family, card.given, card.middle
    if is_clear:
        return ShownPerson(" ".join(part for part in parts if part), format_phone(card.phone))
    return ShownPerson(formats.short_name(*parts), mask_phone(card.phone))


def _card(row: Patient, fields: tuple[PersonField, ...]) -> PatientCard:
    names: dict[str, str] = {name: sealed.open_cell(row, name) for name in fields if name != "birth_date"}
    birth_date = sealed.open_birth_date(row) if "birth_date" in fields else None
    return PatientCard(id=row.id, birth_date=birth_date, **names)


def own_person(who: Behind, *, purpose: str, session: UUID) -> OwnPerson:
    """Return a patient to who has proved their phone in a `session`; the journal keeps it.

    Raises PatientNotFoundError, VaultError, AuditError.
    """
    with as_patient(
        who.patient_id, guardian=who.guardian_id, grant=who.grant_id, purpose=purpose, session=session
    ):
        row = _row(who.patient_id)
        grant = PhoneGrant.objects.filter(pk=who.grant_id).first() if who.grant_id else None
        fields = ("given", "family_initial", "birth_year")
        journal("person", Column.CONTACTS, ids=[row.id], patients=[row.id], fields=fields)
    birth_date = sealed.open_birth_date(row)
    return OwnPerson(
        patient_id=row.id,
        is_ward=who.guardian_id is not None,
        label=_label(row),
        birth_year=birth_date.year if birth_date else None,
        grant=GrantCard(grant.pk, row.id, grant.may_change, grant.given_at, grant.until) if grant else None,
    )


def own_journal(who: Behind, *, session: UUID, zone: str) -> OfPatient:
    """Return who opened a patient's data, to who has proved their phone in a `session`.

    Days are those of the zone's clock. The look itself is recorded. Raises PatientNotFoundError for a patient
    who has lent access, which does not reach so far, AuditError.
    """
    if who.grant_id is not None:
        raise PatientNotFoundError("the journal is not lent")
    own = as_patient(who.patient_id, guardian=who.guardian_id, purpose="own_journal", session=session)
    with own as context:
        return audit.of_patient(who.patient_id, reader=context.actor, zone=zone, relation=context.relation)


def find_by_phone(phone: str) -> tuple[UUID, ...]:
    """Return the patients with this phone (any usual spelling), oldest first."""
    canonical = parse_phone(phone)
    if canonical is None:
        return ()
    rows = Patient.objects.filter(phone_index__in=blind_indexes(sealed.PHONE, canonical))
    return tuple(rows.order_by("created_at", "id").values_list("id", flat=True))


def read_search(text: str, birth_date: str) -> Sought:
    """Return whom typed text means: a phone or the beginning of a family name, a birth date (ISO), or both.

    Raises InvalidInputError with the fields `text` and `birth_date`.
    """
    return persons.read_search(text, birth_date)


def is_sought(card: PatientCard, sought: Sought) -> bool:
    """Tell whether the family name of an opened card begins as it was typed."""
    return persons.name_key(card.family).startswith(sought.family)


def find_sought(sought: Sought) -> tuple[UUID, ...]:
    """Return whom a search means, for the context at work: by blind indexes, no name is opened.

    A family name is compared by its first three letters: of longer ones the rest is for who opens the names.
    """
    rows = Patient.objects.all()
    if sought.phone:
        rows = rows.filter(phone_index__in=blind_indexes(sealed.PHONE, sought.phone))
    if sought.family:
        prefix = sought.family[: persons.PREFIX_LETTERS]
        rows = rows.filter(family_prefix_index__in=blind_indexes(sealed.FAMILY_PREFIX, prefix))
    if sought.birth_date is not None:
        indexes = blind_indexes(sealed.BIRTH_DATE, sought.birth_date.isoformat())
        rows = rows.filter(birth_date_index__in=indexes)
    return tuple(rows.values_list("id", flat=True))


def kinships(ids: Collection[UUID], *, people: Mapping[UUID, str]) -> dict[UUID, Kinship]:
    """Return, of those patients that there are, who of the people shares their family name.

    `people` are names as anybody writes them («Иванова Анна», «Анна Иванова»): each word is tried in both
    forms. Names are compared by blind indexes; none is opened.
    """
    named: defaultdict[bytes, set[UUID]] = defaultdict(set)
    family: defaultdict[bytes, set[bytes]] = defaultdict(set)
    for who, name in people.items():
        for word in name.split():
            if len(persons.name_key(word)) < _SHORTEST_FAMILY:
                continue
            found = {
                index for form in persons.family_forms(word) for index in blind_indexes(sealed.FAMILY, form)
            }
            for index in found:
                named[index].add(who)
                family[index] |= found
    rows = Patient.objects.filter(id__in=ids).values_list("id", "created_at", "family_index")
    patients = [(id_, created_at, bytes(index)) for id_, created_at, index in rows]
    shares = _shares({other for _, _, index in patients if index in named for other in family[index]})
    return {
        id_: Kinship(
            created_at=created_at,
            kin=frozenset(named.get(index, ())),
            commonness=sum(shares.get(other, 0.0) for other in family.get(index, ())),
        )
        for id_, created_at, index in patients
    }


def _shares(indexes: Collection[bytes]) -> dict[bytes, float]:
    """Return which share of all patients has each of the family names."""
    if not indexes:
        return {}
    whole = Patient.objects.count()
    rows = (
        Patient.objects.filter(family_index__in=indexes).values_list("family_index").annotate(n=Count("id"))
    )
    return {bytes(index): count / whole for index, count in rows}


def current_consent_text(purpose: Purpose, *, at: datetime | None = None) -> ConsentTextCard:
    """Return the text in force now, or then; raises ConsentTextMissingError when none was published."""
    text = text_in_force(purpose.value, at=at)
    return ConsentTextCard(purpose=text.purpose, version=text.version, body=text.body, sha256=text.sha256)


def standing_consents(
    patient_id: UUID, *, purpose: Purpose, given_by: UUID | None
) -> tuple[StandingConsent, ...]:
    """Return the consents to the text in force that still stand, newest first, given by that same person.

    Whether one of them covers another visit is for scheduling to say: it knows device and legal entity.
    Raises ConsentTextMissingError.
    """
    text = current_consent_text(purpose)
    rows = Consent.objects.filter(
        patient=patient_id,
        purpose=text.purpose,
        version=text.version,
        given_by=given_by,
        withdrawn_at=None,
        appointment_id__isnull=False,
    )
    found = rows.order_by("-given_at").values_list("given_at", "appointment_id")
    return tuple(StandingConsent(given_at, visit) for given_at, visit in found if visit is not None)


def consent_giver(appointment_id: UUID) -> UUID | None:
    """Return who gave the consent of a visit in the patient's stead, None for the patient.

    Raises PatientNotFoundError for a visit that has no consent of its own.
    """
    rows = Consent.objects.filter(appointment_id=appointment_id, purpose=Purpose.BOOKING.value)
    row = rows.order_by("-given_at").first()
    if row is None:
        raise PatientNotFoundError("no consent was given with this visit")
    return row.given_by_id


def remembered(token: str) -> tuple[RememberedCard, ...]:
    """Return the people whom the device with this token may book, those of the last booking first.

    A child who has grown old enough to consent is left out. Raises VaultError.
    """
    with as_device(devices.digest(token), purpose="remembered"):
        found = devices.rows_of(token).select_related("patient", "related")
        rows = [row for row in found if not _has_grown(row)]
        ids = [row.patient_id for row in rows]
        journal("person", Column.CONTACTS, ids=ids, patients=ids, fields=("name", "phone"))
    labels = [_label(row.patient) for row in rows]
    return tuple(
        RememberedCard(
            id=row.id,
            patient_id=row.patient_id,
            related_id=row.related_id,
            relation=Relation(row.related.relation) if row.related else None,
            label=label if labels.count(label) == 1 else f"{label}, {_difference(row)}",
            name=_short(sealed.open_cell(row.patient, "family"), sealed.open_cell(row.patient, "given")),
            phone=mask_phone(_phone(row)),
        )
        for row, label in zip(rows, labels, strict=True)
    )


def _has_grown(row: Remembered) -> bool:
    if row.related is None or row.related.relation != Relation.PARENT:
        return False
    return bool(persons.ward_fault(sealed.open_birth_date(row.patient)))


def _label(patient: Patient) -> str:
    return _short(sealed.open_cell(patient, "given"), sealed.open_cell(patient, "family"))


def _short(whole: str, letter: str) -> str:
    """Return «Миша Н.»."""
    return f"{whole}\u00a0{letter[:1]}."


def _phone(row: Remembered) -> str:
    return sealed.open_booker(row.related, "phone") if row.related else sealed.open_cell(row.patient, "phone")


def _difference(row: Remembered) -> str:
    """Return what parts two people of one name: a child's year of birth, else the end of the phone."""
    birth_date = sealed.open_birth_date(row.patient)
    if row.related is not None and row.related.relation == Relation.PARENT and birth_date is not None:
        return str(birth_date.year)
    return _phone(row)[-2:]


def _row(patient_id: UUID) -> Patient:
    row = Patient.objects.filter(id=patient_id).first()
    if row is None:
        raise PatientNotFoundError("no such patient")
    return row
