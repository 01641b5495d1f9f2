"""A person is found before created, and two people never become one."""

from datetime import date
from uuid import UUID

import pytest
from pytest_django import Settings

from domain.patients.factories import PHONE, new_patient
from feldsher.domain.patients import selectors, services
from feldsher.domain.patients.models import Patient
from feldsher.kernel.errors import InvalidInputError
from foundation.vault.factories import vault_keys

pytestmark = pytest.mark.django_db

MAY = date(1990, 5, 5)
JUNE = date(1961, 6, 6)


def ensure(**fields: str | date | None) -> UUID:
    return services.ensure_patient(new_patient(**fields), channel="site")  # type: ignore[arg-type] - typed there


def test_a_new_person_gets_a_row_that_reads_back() -> None:
    patient = services.ensure_patient(
        new_patient(middle="Примеровна", birth_date=MAY, email="proba@example.ru"), channel="api"
    )
    card = selectors.person(patient)
    assert (card.id, card.family, card.given, card.middle) == (patient, "Вымышленова", "Проба", "Примеровна")
    assert (card.phone, card.birth_date, card.email) == (PHONE, MAY, "proba@example.ru")
    assert Patient.objects.get().channel == "api"


def test_what_is_unknown_stays_empty() -> None:
    card = selectors.person(ensure())
    assert (card.middle, card.birth_date, card.email) == ("", None, "")


@pytest.mark.parametrize(
    "again",
    [
        {},
        {"family": "вымышленова", "given": "ПРОБА"},
        {"phone": "8 921 000 00 17"},
        {"birth_date": MAY},
        {"middle": "Примеровна"},
    ],
)
def test_the_same_person_is_found(again: dict[str, str | date]) -> None:
    assert ensure(birth_date=None) == ensure(**again)
    assert Patient.objects.count() == 1


def test_yo_hyphen_space_and_case_do_not_part_a_person() -> None:
    assert ensure(family="Фёдорова-Ким", given="Анна Мария") == ensure(
        family="ФЕДОРОВА КИМ", given="анна-мария"
    )


@pytest.mark.parametrize(
    "another",
    [
        {"phone": "+79210000018"},
        {"family": "Вымышленов"},
        {"given": "Другая"},
        {"birth_date": JUNE},
    ],
)
def test_who_differs_in_phone_name_or_birth_date_is_another_person(another: dict[str, str | date]) -> None:
    assert ensure(birth_date=MAY) != ensure(**({"birth_date": MAY} | another))
    assert Patient.objects.count() == 2


def test_a_missing_birth_date_is_filled_and_then_parts_people() -> None:
    first = ensure()
    assert ensure(birth_date=MAY) == first
    assert selectors.person(first).birth_date == MAY
    assert ensure(birth_date=JUNE) != first
    assert selectors.person(first).birth_date == MAY


def test_a_known_birth_date_is_not_forgotten() -> None:
    first = ensure(birth_date=MAY)
    assert ensure() == first
    assert selectors.person(first).birth_date == MAY


def test_what_else_differs_in_a_later_form_changes_nothing() -> None:
    first = ensure(family="Фёдорова", email="proba@example.ru")
    assert ensure(family="Федорова", middle="Примеровна", email="other@example.ru") == first
    card = selectors.person(first)
    assert (card.family, card.middle, card.email) == ("Фёдорова", "", "proba@example.ru")


def test_of_several_the_very_birth_date_decides() -> None:
    mother, daughter = ensure(birth_date=JUNE), ensure(birth_date=MAY)
    assert ensure(birth_date=MAY) == daughter
    assert ensure(birth_date=JUNE) == mother
    assert Patient.objects.count() == 2


def test_several_without_a_birth_date_to_decide_make_a_new_row() -> None:
    known = {ensure(birth_date=JUNE), ensure(birth_date=MAY)}
    assert ensure() not in known
    assert Patient.objects.count() == 3
    assert {selectors.person(one).birth_date for one in known} == {MAY, JUNE}


def test_father_and_son_on_one_phone_stay_two_without_birth_dates() -> None:
    father = ensure(given="Проба", middle="Иванович")
    son = ensure(given="Проба", middle="Петрович")
    assert father != son
    assert ensure(given="Проба", middle="петрович") == son


def test_a_birth_date_is_never_given_to_another_middle_name() -> None:
    father = ensure(middle="Иванович")
    assert ensure(middle="Петрович", birth_date=MAY) != father
    assert selectors.person(father).birth_date is None


def test_one_birth_date_outweighs_a_misspelt_middle_name() -> None:
    assert ensure(middle="Примеровна", birth_date=MAY) == ensure(middle="Примировна", birth_date=MAY)


def test_a_person_made_by_hand_is_checked_too() -> None:
    with pytest.raises(InvalidInputError) as caught:
        ensure(family="<script>", phone="+7")
    assert set(caught.value.fields) == {"family", "phone"}
    assert Patient.objects.count() == 0


def test_find_by_phone_takes_any_spelling_and_gives_the_oldest_first() -> None:
    one, other = ensure(), ensure(given="Другая")
    ensure(phone="+79210000018")
    assert selectors.find_by_phone("8 (921) 000-00-17") == (one, other)
    assert selectors.find_by_phone("+79210000019") == ()
    assert selectors.find_by_phone("нет") == ()


def test_after_a_rotation_of_both_keys_the_person_is_found_and_read(settings: Settings) -> None:
    settings.VAULT_KEYS = vault_keys(current="k1", keys=("k1",))
    first = ensure(birth_date=MAY)
    settings.VAULT_KEYS = vault_keys(current="k2", keys=("k1", "k2"), epoch="e2", epochs=("e1", "e2"))
    assert ensure(birth_date=MAY) == first
    assert selectors.find_by_phone(PHONE) == (first,)
    assert selectors.person(first).family == "Вымышленова"
