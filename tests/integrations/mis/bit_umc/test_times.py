"""Lengths and wall times as 1С spells them."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feldsher.integrations.mis.bit_umc.times import at, length, minutes_of, wall
from feldsher.kernel.clock import WallTime


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("0001-01-01T00:20:00", 20),
        ("0001-01-01T01:30:00", 90),
        ("01.01.0001 1:30:00", 90),
        ("00:45", 45),
        ("9:05:00", 545),
        ("0001-01-01T00:00:00", None),
        ("", None),
        ("25:00", None),
        ("час", None),
    ],
)
def test_a_length_of_zero_or_of_nonsense_is_unknown(text: str, minutes: int | None) -> None:
    assert minutes_of(text) == minutes


@given(st.integers(1, 1439))
def test_a_length_survives_the_wire(minutes: int) -> None:
    assert minutes_of(length(minutes).isoformat()) == minutes


@pytest.mark.parametrize("minutes", [0, -1, 1440])
def test_a_length_beyond_a_day_cannot_be_said(minutes: int) -> None:
    with pytest.raises(ValueError, match="no length"):
        length(minutes)


@given(
    day=st.dates(date(1, 1, 1)),
    seconds=st.integers(0, 86_399),
    mark=st.sampled_from("-./"),
    between=st.sampled_from(" T"),
    year_first=st.booleans(),
)
def test_every_documented_spelling_of_a_moment_is_read_and_kept(
    day: date, seconds: int, mark: str, between: str, *, year_first: bool
) -> None:
    parts = [f"{day.year:04}", f"{day.month:02}", f"{day.day:02}"]
    spelt = mark.join(parts if year_first else reversed(parts))
    told = wall(f" {spelt}{between}{at(seconds):%H:%M:%S}")
    assert (told, told.text) == (WallTime(day, seconds), f"{spelt}{between}{at(seconds):%H:%M:%S}")
    assert wall(spelt) == WallTime(day, 0)


def test_a_bare_time_of_day_is_of_the_year_one() -> None:
    assert wall("9:30") == wall("0001-01-01T09:30:00") == WallTime(date(1, 1, 1), 34_200)
    assert wall("24:00:00").seconds == 86_400


@pytest.mark.parametrize(
    "text",
    [
        "",
        "позже",
        "7.9.2026",
        "2026-09.07",
        "07.13.2026",
        "30.02.2026 10:00:00",
        "07.09.26 10:00:00",
        "2026-09-07T10:00:00+03:00",
        "2026-09-07T10:00:00Z",
        "2026-09-07T10:00:00.5",
        "2026-09-07T10",
        "2026-09-07T25:00:00",
        "2026-09-07 10:00:00 x",
        "٢٠٢٦-٠٩-٠٧",
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"wall time|day is out of range|month must be"):
        wall(text)


def test_a_time_from_midnight_on_cannot_be_a_time_of_day() -> None:
    with pytest.raises(ValueError, match="hour"):
        at(86_400)
