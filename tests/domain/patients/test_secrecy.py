"""What the database itself holds of a person."""

from datetime import date
from uuid import UUID, uuid4

import pytest
from django.db import connection

from domain.patients.factories import new_patient
from feldsher.domain.patients import selectors, services
from feldsher.domain.patients.errors import PatientNotFoundError
from feldsher.foundation.vault.errors import VaultError

pytestmark = pytest.mark.django_db

PERSON = new_patient(
    family="Вымышленова",
    given="Проба",
    middle="Примеровна",
    birth_date=date(1990, 5, 5),
    email="proba@example.ru",
)
SEALED = ("family", "given", "middle", "phone", "birth_date", "email")
INDEXES = ("phone_index", "family_index", "family_prefix_index", "birth_date_index")


def row(patient: UUID) -> dict[str, object]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM patients_patient WHERE id = %s", [patient])
        values = cursor.fetchone()
        return dict(zip([column.name for column in cursor.description], values, strict=True))


def swap(column: str, one: UUID, other: UUID) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE patients_patient SET {column} ="  # noqa: S608 - the column is a constant of this file
            f" (SELECT {column} FROM patients_patient WHERE id = %s) WHERE id = %s",
            [other, one],
        )


def test_the_row_holds_sealed_bytes_indexes_and_nothing_else_of_the_person() -> None:
    stored = row(services.ensure_patient(PERSON, channel="site"))
    assert set(stored) == {"id", "channel", "created_at", *SEALED, *INDEXES}
    assert all(isinstance(stored[column], bytes) for column in (*SEALED, *INDEXES))
    assert {len(stored[column]) for column in INDEXES} == {32}  # type: ignore[arg-type] - bytes, see above
    assert len({stored[column] for column in INDEXES}) == 4


def test_no_byte_of_the_row_spells_the_person() -> None:
    stored = row(services.ensure_patient(PERSON, channel="site"))
    raw = b"".join(value for value in stored.values() if isinstance(value, bytes))
    words = ["Вымышленова", "вымышленова", "Проба", "проба", "Примеровна", "вым", "9210000017", "1990-05-05"]
    words += ["05.05.1990", "proba@example.ru", "example"]
    for word in words:
        for encoding in ("utf-8", "utf-16-le", "utf-16-be"):
            assert word.encode(encoding) not in raw


def test_two_rows_of_one_name_share_indexes_but_no_sealed_bytes() -> None:
    one = row(services.ensure_patient(PERSON, channel="site"))
    other = row(
        services.ensure_patient(
            new_patient(middle="Примеровна", birth_date=date(1990, 5, 5), phone="+79210000018"),
            channel="site",
        )
    )
    assert one["family_index"] == other["family_index"]
    assert one["family_prefix_index"] == other["family_prefix_index"]
    assert one["birth_date_index"] == other["birth_date_index"]
    assert one["phone_index"] != other["phone_index"]
    assert all(
        one[column] != other[column] for column in ("family", "given", "middle", "birth_date", "phone")
    )


def test_the_prefix_index_joins_names_that_begin_alike() -> None:
    one = row(services.ensure_patient(new_patient(family="Вымышленова"), channel="site"))
    other = row(services.ensure_patient(new_patient(family="ВЫМ-пел"), channel="site"))
    assert one["family_prefix_index"] == other["family_prefix_index"]
    assert one["family_index"] != other["family_index"]


@pytest.mark.parametrize("column", SEALED)
def test_a_cell_copied_from_another_patient_does_not_open(column: str) -> None:
    one = services.ensure_patient(PERSON, channel="site")
    other = services.ensure_patient(
        new_patient(
            given="Другая",
            middle="Иная",
            phone="+79210000018",
            birth_date=date(1961, 6, 6),
            email="a@example.ru",
        ),
        channel="site",
    )
    swap(column, one, other)
    with pytest.raises(VaultError) as caught:
        selectors.person(one)
    assert caught.value.code == "vault_unreadable"
    assert selectors.person(other).given == "Другая"


def test_a_cell_moved_within_a_row_does_not_open() -> None:
    patient = services.ensure_patient(PERSON, channel="site")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE patients_patient SET given = family, family = given WHERE id = %s", [patient])
    with pytest.raises(VaultError):
        selectors.person(patient)


def test_a_card_shows_only_its_id() -> None:
    patient = services.ensure_patient(PERSON, channel="site")
    assert repr(selectors.person(patient)) == f"PatientCard(id={patient!r})"


def test_an_unknown_patient_is_not_found() -> None:
    with pytest.raises(PatientNotFoundError) as caught:
        selectors.person(uuid4())
    assert caught.value.code == "patient_not_found"
