from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feldsher.kernel.money import format_roubles, least_of


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        ("900", "900\u00a0₽"),
        ("1900", "1\u00a0900\u00a0₽"),
        ("1900.00", "1\u00a0900\u00a0₽"),
        ("1234567", "1\u00a0234\u00a0567\u00a0₽"),
        ("1900.50", "1\u00a0901\u00a0₽"),
        ("1901.50", "1\u00a0902\u00a0₽"),
        ("1900.49", "1\u00a0900\u00a0₽"),
    ],
)
def test_prices_are_roubles_with_kopecks_rounded_half_up(amount: str, text: str) -> None:
    assert format_roubles(Decimal(amount)) == text


@pytest.mark.parametrize("amount", [None, Decimal(0), Decimal("0.00"), Decimal("0.49")])
def test_a_price_that_nobody_said_is_not_zero(amount: Decimal | None) -> None:
    assert format_roubles(amount) == "цена уточняется"


@pytest.mark.parametrize(
    ("amounts", "text"),
    [
        ([1900, 1900], "1\u00a0900\u00a0₽"),
        ([2300, 1900], "от\u00a01\u00a0900\u00a0₽"),
        ([1900, 0], "от\u00a01\u00a0900\u00a0₽"),
        ([1900, None], "от\u00a01\u00a0900\u00a0₽"),
        ([None, 0], "цена уточняется"),
        ([], "цена уточняется"),
    ],
)
def test_prices_that_differ_are_said_from_the_least_and_none_said_differs_from_any(
    amounts: list[int | None], text: str
) -> None:
    assert least_of(None if amount is None else Decimal(amount) for amount in amounts).words == text


@given(st.integers(1, 10**9))
def test_no_digit_is_lost_and_no_space_breaks(roubles: int) -> None:
    text = format_roubles(Decimal(roubles))
    assert text.removesuffix("\u00a0₽").replace("\u00a0", "") == str(roubles)
    assert " " not in text
