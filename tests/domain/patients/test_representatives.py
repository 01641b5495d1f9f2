"""Who books a child or another person: what is asked, how people on one phone stay apart, what is proved."""

from datetime import UTC, date, datetime
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError, connection, transaction

from domain.patients.factories import PHONE, new_patient, typed
from feldsher.domain.patients import selectors, services
from feldsher.domain.patients.errors import PatientNotFoundError
from feldsher.domain.patients.models import Consent, Patient, RelatedPerson
from feldsher.domain.patients.types import NewBooker, Purpose, Relation, TypedBooker
from feldsher.kernel import clock
from feldsher.kernel.errors import InvalidInputError

pytestmark = pytest.mark.django_db

CHILD = date(2019, 5, 5)
TWIN = date(2021, 6, 6)
MOTHER = NewBooker(Relation.PARENT, "Вымышленова Анна", PHONE)
FRIEND = NewBooker(Relation.OTHER, "Понарошкина Вера", PHONE)


def party(birth_date: str, *, relation: str = "parent", name: str = "Вымышленова Анна") -> dict[str, str]:
    """Return the fields to correct, none for a party that may be booked."""
    try:
        services.read_party(typed(birth_date=birth_date), TypedBooker(relation, name))
    except InvalidInputError as error:
        return error.fields
    return {}


def ensure(relation: Relation | None, **fields: str | date | None) -> UUID:
    return services.ensure_patient(
        new_patient(**fields),  # type: ignore[arg-type] - typed there
        channel="site",
        relation=relation,
    )


# What is asked


def test_a_child_and_who_books_it_are_read_and_tidied() -> None:
    person, booker = services.read_party(
        typed(birth_date="2019-05-05", phone="8 921 000-00-17"),
        TypedBooker("parent", "  Вымышленова   Анна "),
    )
    assert (person.birth_date, person.phone) == (CHILD, PHONE)
    assert booker == MOTHER


@pytest.mark.parametrize(
    ("birth_date", "words"),
    [
        ("", "Напишите дату рождения ребёнка"),
        (
            "2011-11-24",
            "С\u00a015\u00a0лет пациент сам даёт согласие. Если он\u00a0просил записать, выберите «Другой»",
        ),
        ("2008-11-24", "Пациенту уже есть 18\u00a0лет. Выберите «Другой»"),
        ("1990-01-01", "Пациенту уже есть 18\u00a0лет. Выберите «Другой»"),
    ],
)
def test_a_parent_consents_for_a_child_under_fifteen_only(
    monkeypatch: pytest.MonkeyPatch, birth_date: str, words: str
) -> None:
    monkeypatch.setattr(clock, "now", lambda: datetime(2026, 11, 24, 9, tzinfo=UTC))
    assert party(birth_date) == {"birth_date": words}
    assert party("2011-11-25") == {}


def test_the_fifteenth_birthday_begins_where_the_day_does(monkeypatch: pytest.MonkeyPatch) -> None:
    """12:30 UTC of the 24th is half past midnight of the 25th in Kamchatka."""
    monkeypatch.setattr(clock, "now", lambda: datetime(2026, 11, 24, 12, 30, tzinfo=UTC))
    assert set(party("2011-11-25")) == {"birth_date"}
    assert party("2011-11-26") == {}


def test_another_person_needs_no_birth_date_and_has_any_age() -> None:
    assert party("", relation="other") == {}
    assert party("2010-01-01", relation="other") == {}
    assert party("1940-01-01", relation="other") == {}


def test_who_books_has_a_name_of_letters_and_a_relation() -> None:
    assert party("2019-05-05", name=" ") == {"booker": "Напишите ваши фамилию и\u00a0имя"}
    assert set(party("2019-05-05", name="Анна 7")) == {"booker"}
    assert party("2019-05-05", name="я" * 129) == {"booker": "Не длиннее 128 букв"}
    assert set(party("2019-05-05", relation="neighbour")) == {"relation"}
    assert set(party("31.12.2019", name="")) == {"birth_date", "booker"}


def test_who_books_never_shows_in_a_repr() -> None:
    assert repr(MOTHER) == "NewBooker(relation=<Relation.PARENT: 'parent'>)"
    assert repr(TypedBooker("parent", "Вымышленова Анна")) == "TypedBooker(relation='parent')"


# One phone, several people


def test_mother_and_child_are_two() -> None:
    mother = ensure(None, given="Анна")
    child = ensure(Relation.PARENT, given="Миша", birth_date=CHILD)
    assert mother != child
    assert ensure(None, given="Анна") == mother
    assert ensure(Relation.PARENT, given="Миша", birth_date=CHILD) == child


def test_two_children_of_one_name_are_parted_by_their_birth_dates() -> None:
    elder, younger = (ensure(Relation.PARENT, birth_date=day) for day in (CHILD, TWIN))
    assert elder != younger
    assert ensure(Relation.PARENT, birth_date=CHILD) == elder
    assert Patient.objects.count() == 2


def test_a_mother_never_becomes_her_namesake_child() -> None:
    mother = ensure(None)
    child = ensure(Relation.PARENT, birth_date=CHILD)
    services.ensure_related(child, MOTHER)
    assert child != mother
    assert selectors.person(mother).birth_date is None
    assert ensure(None) == mother
    assert ensure(Relation.PARENT, birth_date=CHILD) == child


def test_a_child_known_first_is_not_its_mother() -> None:
    child = ensure(Relation.PARENT, birth_date=CHILD)
    services.ensure_related(child, MOTHER)
    mother = ensure(None)
    assert mother != child
    assert ensure(None) == mother


def test_who_is_booked_by_request_is_found_again_in_that_relation_only() -> None:
    father = ensure(Relation.OTHER)
    services.ensure_related(father, FRIEND)
    assert ensure(Relation.OTHER) == father
    assert ensure(None) != father


def test_the_very_birth_date_is_the_person_whoever_books() -> None:
    child = ensure(Relation.PARENT, birth_date=CHILD)
    services.ensure_related(child, MOTHER)
    assert ensure(Relation.OTHER, birth_date=CHILD) == child
    assert ensure(None, birth_date=CHILD) == child


# Who books is a row


def test_who_books_is_found_and_not_made_twice() -> None:
    child = ensure(Relation.PARENT, birth_date=CHILD)
    first = services.ensure_related(child, MOTHER)
    assert services.ensure_related(child, NewBooker(Relation.PARENT, "ВЫМЫШЛЕНОВА АННА", PHONE)) == first
    assert services.ensure_related(child, NewBooker(Relation.PARENT, "Вымышленов Иван", PHONE)) != first
    assert services.ensure_related(child, NewBooker(Relation.OTHER, MOTHER.name, PHONE)) != first
    assert RelatedPerson.objects.count() == 3


def test_no_byte_of_the_row_spells_who_books() -> None:
    services.ensure_related(ensure(Relation.PARENT, birth_date=CHILD), MOTHER)
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM patients_related_person")
        raw = b"".join(value for value in cursor.fetchone() if isinstance(value, bytes))
    for word in ("Вымышленова", "вымышленова", "Анна", "9210000017"):
        assert word.encode() not in raw


def test_nobody_books_an_unknown_patient() -> None:
    with pytest.raises(PatientNotFoundError), transaction.atomic():
        services.ensure_related(uuid4(), MOTHER)


# The proof


def agree(patient: UUID, related: UUID | None) -> None:
    services.record_consent(
        patient, purpose="booking", version="1", channel="site", appointment_id=uuid4(), given_by=related
    )


def test_a_consent_says_who_gave_it() -> None:
    child = ensure(Relation.PARENT, birth_date=CHILD)
    mother = services.ensure_related(child, MOTHER)
    agree(child, mother)
    agree(child, None)
    assert set(Consent.objects.values_list("given_by", flat=True)) == {mother, None}


@pytest.mark.parametrize("change", ["given_by_id = NULL", "patient_id = gen_random_uuid()"])
def test_who_gave_a_consent_is_final(change: str) -> None:
    child = ensure(Relation.PARENT, birth_date=CHILD)
    agree(child, services.ensure_related(child, MOTHER))
    with (
        pytest.raises(IntegrityError, match="only its withdrawal"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(f"UPDATE patients_consent SET {change}")  # noqa: S608 - constants of this test


def test_a_strangers_representative_gives_no_consent() -> None:
    child, stranger = ensure(Relation.PARENT, birth_date=CHILD), ensure(None, given="Другая")
    mother = services.ensure_related(child, MOTHER)
    with pytest.raises(IntegrityError, match="not related"), transaction.atomic():
        agree(stranger, mother)
    assert not Consent.objects.exists()


def test_what_one_is_to_the_patient_is_final() -> None:
    child = ensure(Relation.PARENT, birth_date=CHILD)
    services.ensure_related(child, MOTHER)
    with pytest.raises(IntegrityError, match="is final"), transaction.atomic():
        RelatedPerson.objects.update(relation="other")


def test_only_the_consent_of_that_same_person_stands() -> None:
    child = ensure(Relation.PARENT, birth_date=CHILD)
    mother = services.ensure_related(child, MOTHER)
    agree(child, mother)
    standing = [
        len(selectors.standing_consents(child, purpose=Purpose.BOOKING, given_by=giver))
        for giver in (mother, None)
    ]
    assert standing == [1, 0]
