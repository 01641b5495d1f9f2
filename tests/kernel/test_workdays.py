"""Terms in working days of the five-day week."""

from datetime import date

import pytest

from feldsher.kernel import workdays


@pytest.mark.parametrize(
    ("day", "days", "last"),
    [
        (date(2026, 11, 23), 3, date(2026, 11, 26)),
        (date(2026, 11, 26), 3, date(2026, 12, 1)),
        (date(2026, 11, 28), 1, date(2026, 11, 30)),
        (date(2026, 12, 30), 3, date(2027, 1, 12)),
        (date(2026, 11, 3), 1, date(2026, 11, 5)),
        (date(2026, 11, 23), 0, date(2026, 11, 23)),
    ],
)
def test_a_term_counts_working_days_after_the_day(day: date, days: int, last: date) -> None:
    assert workdays.after(day, days) == last
