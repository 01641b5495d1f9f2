import pytest

from feldsher.kernel.inn import is_inn

COMPANY, PERSON = "0012345673", "009876543299"
"""Of a region 00, which is none."""


@pytest.mark.parametrize("text", [COMPANY, "0098765437", PERSON])
def test_a_number_whose_control_digits_hold_is_one(text: str) -> None:
    assert is_inn(text)


@pytest.mark.parametrize("place", range(12))
def test_one_wrong_digit_is_found(place: int) -> None:
    digits = list(PERSON)
    digits[place] = str((int(digits[place]) + 1) % 10)
    assert not is_inn("".join(digits))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "0" * 10,
        "0" * 12,
        COMPANY[:-1],
        f"{COMPANY}3",
        "0012345674",
        f"{COMPANY[:2]} {COMPANY[2:]}",
        "٠٠١٢٣٤٥٦٧٣",
    ],
)
def test_anything_else_is_none(text: str) -> None:
    assert not is_inn(text)
