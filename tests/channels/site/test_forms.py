import pytest
from django.http import QueryDict

from feldsher.channels.site.forms import BookingForm
from feldsher.domain.scheduling.types import Confirmation, PersonInput

TYPED = "family=Небывалова&given=Вера&middle=&phone=8 921 000-00-00&wish=у окна&consent=on"


def _form(query: str = TYPED, **changed: str) -> BookingForm:
    data = QueryDict(query, mutable=True)
    data.update(changed)
    for name, value in changed.items():
        data.setlist(name, [value])
    return BookingForm(data)


def test_what_was_typed_becomes_the_second_step_of_a_booking() -> None:
    form = _form()
    assert form.is_valid()
    person = PersonInput(family="Небывалова", given="Вера", phone="8 921 000-00-00")
    assert form.confirmation() == Confirmation(person=person, consents=("booking",), wish="у окна")


@pytest.mark.parametrize(
    ("phone", "words"),
    [
        ("", "Напишите телефон"),
        ("+7 921 000-0", "Не хватает трёх цифр"),
        ("8 921 000-00-0", "Не хватает одной цифры"),
        ("921 000-00-0", "Не хватает одной цифры"),
        ("+44 20 0000 0000", "Нужен российский номер, например +7\u00a0921\u00a0000-00-00"),
    ],
)
def test_a_phone_says_what_is_wrong_with_it(phone: str, words: str) -> None:
    assert _form(phone=phone).errors["phone"] == [words]


def test_all_faults_are_told_at_once() -> None:
    assert set(BookingForm(QueryDict("")).errors) == {"family", "given", "phone", "consent"}


@pytest.mark.parametrize("text", ["05.11.1987", "1987-11-05"])
def test_a_birth_date_is_read_in_two_spellings(text: str) -> None:
    form = _form(birth_date=text)
    assert form.is_valid()
    assert form.confirmation().person.birth_date == "1987-11-05"


@pytest.mark.parametrize("text", ["31.02.1987", "1987", "05/11/1987", "05.11.87"])
def test_what_is_no_date_is_said_so(text: str) -> None:
    assert _form(birth_date=text).errors["birth_date"] == ["Напишите дату так: 05.11.1987"]


def test_consent_never_travels_to_the_form_of_another_time() -> None:
    assert _form().typed() == {
        "family": "Небывалова",
        "given": "Вера",
        "phone": "8 921 000-00-00",
        "wish": "у окна",
    }


def test_a_sentence_of_the_service_stands_beside_its_field_and_an_unknown_one_above_the_form() -> None:
    form = _form()
    assert form.is_valid()
    form.blame({"family": "Только буквы", "shoe_size": "Не тот размер"})
    assert form.errors["family"] == ["Только буквы"]
    assert form.non_field_errors() == ["Не тот размер"]
