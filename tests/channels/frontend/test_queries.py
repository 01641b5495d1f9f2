from datetime import date
from uuid import UUID

import pytest
from django.http import QueryDict

from feldsher.channels.frontend import queries
from feldsher.kernel.errors import NotFoundError

FIRST, LAST = date(2026, 11, 23), date(2026, 12, 23)


def test_control_characters_and_length_are_cut_from_text() -> None:
    data = QueryDict(mutable=True)
    data["q"] = " те\0ра\u202eпевт\r\n" + "а" * 500
    assert queries.text_in(data, "q", limit=12) == "терапевтаааа"[:12]
    assert queries.text_in(data, "none") == ""


def test_an_absent_id_is_none_and_a_broken_one_is_not_found() -> None:
    assert queries.uuid_in(QueryDict(""), "location") is None
    assert queries.uuid_in(QueryDict(f"location={UUID(int=1)}"), "location") == UUID(int=1)
    with pytest.raises(NotFoundError):
        queries.uuid_in(QueryDict("location=' OR 1=1"), "location")


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-11-25", date(2026, 11, 25)),
        ("1900-01-01", FIRST),
        ("9999-12-31", LAST),
        ("2026-13-01", None),
        ("tomorrow", None),
        ("", None),
    ],
)
def test_a_day_stays_within_its_bounds(text: str, day: date | None) -> None:
    data = QueryDict(mutable=True)
    data["from"] = text
    assert queries.day_in(data, "from", first=FIRST, last=LAST) == day


@pytest.mark.parametrize(
    ("text", "number"),
    [("0", 0), ("007", 7), ("999999", 999_999), ("1000000", None), ("", None), (None, None), ("-1", None),
     ("+1", None), ("²", None), ("٣", None), ("1 ", None), ("1.0", None), ("9" * 5000, None)],
)  # fmt: skip
def test_only_a_few_plain_digits_are_a_number(text: str | None, number: int | None) -> None:
    assert queries.whole(text) == number
