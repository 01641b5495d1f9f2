"""Words as people type them."""

import pytest

from feldsher.domain.search.language import (
    as_typed_in_english,
    as_typed_in_russian,
    code_of,
    distance,
    fold,
    from_latin,
    lemmas_of,
    reach_of,
    words_of,
)


@pytest.mark.parametrize(
    ("left", "right"),
    [("приём", "приёмы"), ("приём", "приемов"), ("невролог", "неврологу"), ("почка", "почек")],
)
def test_forms_of_a_word_meet_in_the_dictionary_s(left: str, right: str) -> None:
    assert lemmas_of(fold(left)) & lemmas_of(fold(right))


def test_a_surname_in_any_case_meets_a_man_s() -> None:
    for form in ("выдумкина", "выдумкину", "выдумкиной", "выдумкин"):
        assert "выдумкин" in lemmas_of(form)


def test_an_abbreviation_has_one_form() -> None:
    assert lemmas_of("лор") == {"лор"}
    assert lemmas_of("оак") == {"оак"}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("УЗИ почек (с ЦДК)", ["узи", "почек", "с", "цдк"]),
        ("акушер-гинеколог", ["акушер", "гинеколог"]),
        ("\u0438\u0306од", ["йод"]),
        ("CA-125", ["са", "125"]),
        ("Т4 и T4", ["т4", "и", "т4"]),
        ("витамин D", ["витамин", "d"]),
        ("🙂 !", []),
    ],
)
def test_a_text_falls_into_folded_words(text: str, words: list[str]) -> None:
    assert words_of(text) == words


def test_keys_of_another_layout_and_letters_of_another_alphabet() -> None:
    assert as_typed_in_russian("Nthfgtdn") == "терапевт"
    assert as_typed_in_russian("'ru") == "экг"
    assert as_typed_in_english("ищещч") == "botox"
    assert from_latin("Shchukin") == "щукин"
    assert from_latin("nevrolog") == "невролог"


@pytest.mark.parametrize(
    ("left", "right", "far"),
    [
        ("хирург", "хирург", 0.0),
        ("хриург", "хирург", 1.0),
        ("невралог", "невролог", 0.5),
        ("масаж", "массаж", 0.5),
        ("алена", "калена", 1.5),
        ("терапевт", "кардиолог", 3.0),
    ],
)
def test_distances(left: str, right: str, far: float) -> None:
    assert distance(left, right, reach=2.0) == far


def test_short_words_are_not_guessed() -> None:
    assert [reach_of("а" * length) for length in (3, 4, 5, 6, 9, 10)] == [0.0, 1.0, 1.0, 2.0, 2.0, 3.0]


def test_each_letter_has_a_code_of_its_own_but_for_two_that_sound_alike() -> None:
    letters = "абвгдежзийклмнопрстуфхцчшщъыьэюя"
    assert code_of(letters).isascii()
    assert len(set(code_of(letters))) == len(letters) - 1
