import pytest

from feldsher.kernel.inn import is_inn


@pytest.mark.parametrize("text", ["7707083893", "7830002293", "500100732259"])
def test_a_number_whose_control_digits_hold_is_one(text: str) -> None:
    assert is_inn(text)


@pytest.mark.parametrize("place", range(12))
def test_one_wrong_digit_is_found(place: int) -> None:
    digits = list("500100732259")
    digits[place] = str((int(digits[place]) + 1) % 10)
    assert not is_inn("".join(digits))


@pytest.mark.parametrize(
    "text", ["", "0" * 10, "0" * 12, "770708389", "77070838933", "7707083894", "77 07083893", "٧٧٠٧٠٨٣٨٩٣"]
)
def test_anything_else_is_none(text: str) -> None:
    assert not is_inn(text)
