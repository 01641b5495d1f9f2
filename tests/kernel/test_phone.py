import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feldsher.kernel.phone import format_phone, mask_phone, parse_phone, phone_fault

DIGITS = st.text("0123456789", min_size=10, max_size=10)
BREAKS = st.sampled_from(["", " ", "-", "\u00a0", " (", ") ", ".", "\u2013"])


@given(DIGITS, st.sampled_from(["+7", "8", "7"]), st.lists(BREAKS, min_size=4, max_size=4))
def test_every_usual_spelling_is_one_phone(digits: str, prefix: str, breaks: list[str]) -> None:
    parts = [prefix, digits[:3], digits[3:6], digits[6:8], digits[8:]]
    spelled = parts[0] + "".join(gap + part for gap, part in zip(breaks, parts[1:], strict=True))
    assert parse_phone(spelled) == f"+7{digits}"


@given(DIGITS)
def test_what_is_formatted_reads_back(digits: str) -> None:
    assert parse_phone(format_phone(f"+7{digits}")) == f"+7{digits}"


@given(st.text(max_size=40))
def test_any_text_gives_a_canonical_phone_or_none(text: str) -> None:
    phone = parse_phone(text)
    assert phone is None or re.fullmatch(r"\+7[0-9]{10}", phone)


@pytest.mark.parametrize(
    ("text", "phone"),
    [
        ("921 000-00-17", "+79210000017"),
        ("495 000 00 17", "+74950000017"),
        ("812 000 00 17", "+78120000017"),
    ],
)
def test_ten_digits_that_begin_like_an_area_code_are_enough(text: str, phone: str) -> None:
    assert parse_phone(text) == phone


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "nothing"),
        ("8 921 000 00 1", "eleven digits less the last: not area code 892"),
        ("7 921 000 00 1", "the same with 7"),
        ("+921 000 00 17", "a plus without a country"),
        ("+81 3 0000 0017", "Japan"),
        ("+49 30 000 017", "Germany, ten digits"),
        ("+375 29 000 00 17", "Belarus"),
        ("8 921 000 00 17 доб. 2", "an extension"),
        ("000-00-17 доб. 123", "seven digits and an extension make ten"),
        ("8 921 000 00 17 1", "one digit too many"),
        ("8+921 000 00 17", "a plus in the middle"),
        ("+7 ٩٢١ ٠٠٠ ٠٠ ١٧", "digits of another script"),
        ("+7 921 000 00 17" + " " * 20, "longer than any spelling"),
        ("2 000 000 017", "no area code begins with 2"),
    ],
)
def test_what_is_no_russian_phone_is_refused(text: str, why: str) -> None:
    assert parse_phone(text) is None, why


def test_the_two_forms_that_people_read() -> None:
    assert format_phone("+79210000017") == "+7\u00a0921\u00a0000-00-17"
    assert mask_phone("+79210000017") == "+7\u00a0921\u00a0•••-••-17"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("+7 921 000-00-17", ""),
        ("", "Напишите телефон"),
        ("  ", "Напишите телефон"),
        ("+7 921 000-00-1", "Не хватает одной цифры"),
        ("8 921 000 00", "Не хватает двух цифр"),
        ("8 921 000 0", "Не хватает трёх цифр"),
        ("921 000", "Не хватает четырёх цифр"),
        ("+7", "Не хватает десяти цифр"),
        ("9", "Не хватает девяти цифр"),
        ("+7 921 000-00-17-1", "В номере больше цифр, чем нужно"),
        ("+49 30 000 017", "Нужен российский номер, например +7\u00a0921\u00a0000-00-00"),
        ("позвоните вечером", "Нужен российский номер, например +7\u00a0921\u00a0000-00-00"),
        ("+7 921 000 00 17 доб.", "Нужен российский номер, например +7\u00a0921\u00a0000-00-00"),
    ],
)
def test_the_sentence_says_what_is_missing(text: str, sentence: str) -> None:
    assert phone_fault(text) == sentence


@given(st.text(max_size=80))
def test_there_is_a_sentence_exactly_where_there_is_no_phone(text: str) -> None:
    assert (phone_fault(text) == "") == (parse_phone(text) is not None)
