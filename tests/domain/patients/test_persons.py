from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.patients.factories import PHONE, new_patient, typed
from feldsher.domain.patients import services
from feldsher.domain.patients.persons import name_key, same_name
from feldsher.kernel import clock
from feldsher.kernel.errors import InvalidInputError
from feldsher.kernel.phone import parse_phone

LETTERS = "Только буквы, пробел, дефис и апостроф"


@pytest.fixture(autouse=True)
def _noon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: datetime(2026, 11, 24, 12, 30, tzinfo=UTC))


def faults(**fields: str) -> dict[str, str]:
    with pytest.raises(InvalidInputError) as caught:
        services.read_person(typed(**fields))
    return caught.value.fields


def test_a_person_is_read_and_tidied() -> None:
    read = services.read_person(
        typed(
            family="  Вымышленова — Проба ",
            given="Анна\u00a0 Мария",
            middle="О’Нил",
            phone="8 (921) 000-00-17",
            birth_date=" 1990-05-05 ",
            email=" proba@example.ru ",
        )
    )
    assert read == new_patient(
        family="Вымышленова-Проба",
        given="Анна Мария",
        middle="О'Нил",
        phone=PHONE,
        birth_date=date(1990, 5, 5),
        email="proba@example.ru",
    )


def test_a_letter_typed_in_two_signs_is_one_letter() -> None:
    assert services.read_person(typed(given="Алексеи\u0306")).given == "Алексей"


def test_every_wrong_field_gets_its_sentence_at_once() -> None:
    assert faults(family="", given=" ", phone="+7 921 000 0", birth_date="2026-02-30", email="нет") == {
        "family": "Напишите фамилию",
        "given": "Напишите имя",
        "phone": "Не хватает трёх цифр",
        "birth_date": "Такой даты нет. Проверьте день, месяц и год",
        "email": "Проверьте адрес почты: он похож на name@example.ru",
    }


def test_a_middle_name_may_be_absent_but_not_wrong() -> None:
    assert services.read_person(typed(middle="")).middle == ""
    assert faults(middle="7") == {"middle": LETTERS}


@pytest.mark.parametrize(
    "name", ["Проба1", "<b>", "А.", "-Проба", "'Проба", "Про\x00ба", "Про\ud800ба", "🙂", "Проба;"]
)
def test_what_is_no_letter_is_refused(name: str) -> None:
    assert faults(given=name) == {"given": LETTERS}


def test_a_name_has_at_most_64_letters() -> None:
    assert services.read_person(typed(given="я" * 64)).given == "я" * 64
    assert faults(given="я" * 65) == {"given": "Не длиннее 64 букв"}
    assert faults(given="я" * 1_000_000) == {"given": "Не длиннее 64 букв"}
    assert faults(given=" " * 1_000 + "я") == {"given": "Напишите имя"}


@pytest.mark.parametrize(
    "text", ["1990-5-5", "05.05.1990", "19900505", "1990-W18-6", "١٩٩٠-05-05", "0000-01-01", "завтра"]
)
def test_a_date_has_one_form(text: str) -> None:
    assert faults(birth_date=text) == {"birth_date": "Такой даты нет. Проверьте день, месяц и год"}


def test_who_is_born_today_where_the_day_begins_first_may_be_booked() -> None:
    """12:30 UTC of the 24th is half past midnight of the 25th in Kamchatka."""
    assert services.read_person(typed(birth_date="2026-11-25")).birth_date == date(2026, 11, 25)
    assert faults(birth_date="2026-11-26") == {"birth_date": "Эта дата ещё не наступила. Проверьте год"}


def test_nobody_is_older_than_120_years() -> None:
    assert services.read_person(typed(birth_date="1906-11-25")).birth_date == date(1906, 11, 25)
    assert faults(birth_date="1906-11-24") == {"birth_date": "Больше 120 лет назад. Проверьте год"}


@pytest.mark.parametrize(
    "email",
    ["a@b", "a b@c.ru", "a@c..ru", "@c.ru", "a@c.ru\nb", "a" * 250 + "@c.ru", "\ud800@c.ru", "a,b@c.ru"],
)
def test_what_is_no_address_is_refused(email: str) -> None:
    assert list(faults(email=email)) == ["email"]


anything = st.text(max_size=80)
no_phone = anything.filter(lambda text: parse_phone(text) is None)


@given(anything, no_phone, anything, anything)
def test_any_text_is_refused_field_by_field(name: str, phone: str, day: str, email: str) -> None:
    wrong = typed(family=name, given=name, middle=name, phone=phone, birth_date=day, email=email)
    with pytest.raises(InvalidInputError) as caught:
        services.read_person(wrong)
    assert set(caught.value.fields) <= {"family", "given", "middle", "phone", "birth_date", "email"}
    assert "phone" in caught.value.fields


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Фёдорова", "ФЕДОРОВА"),
        ("Фе\u0308дорова", "Фёдорова"),
        ("Анна-Мария", "анна мария"),
        ("О'Нил", "Онил"),
        ("Ким", "  КИМ "),
    ],
)
def test_two_spellings_of_a_name_are_equal(one: str, other: str) -> None:
    assert same_name(one, other)


@pytest.mark.parametrize(("one", "other"), [("Иванова", "Иванов"), ("Ли", "Лиа"), ("Мия", "Мiя")])
def test_two_names_are_not(one: str, other: str) -> None:
    assert not same_name(one, other)


@given(st.text(max_size=30))
def test_the_key_of_a_name_is_stable(name: str) -> None:
    assert name_key(name_key(name)) == name_key(name)
    assert name_key(name.upper()) == name_key(name.upper().lower().upper())


def test_a_person_never_shows_in_a_repr() -> None:
    person = new_patient(birth_date=date(1990, 5, 5), email="proba@example.ru")
    assert (repr(person), repr(typed())) == ("NewPatient()", "TypedPerson()")
