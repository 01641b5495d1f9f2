"""Working days of Russia's five-day week: for terms that the law or the clinic counts in them.

Days off that the government moves from year to year are not known here, so that a term may end a day early.
"""

from datetime import date, timedelta

HOLIDAYS = frozenset({(1, day) for day in range(1, 9)} | {(2, 23), (3, 8), (5, 1), (5, 9), (6, 12), (11, 4)})
"""Month and day: Labour Code, art. 112."""
_SATURDAY = 5


def is_holiday(day: date) -> bool:
    return (day.month, day.day) in HOLIDAYS


def is_working(day: date) -> bool:
    return day.weekday() < _SATURDAY and not is_holiday(day)


def after(day: date, days: int) -> date:
    """Return the working day that is so many working days after `day`, which itself does not count."""
    while days:
        day += timedelta(days=1)
        days -= is_working(day)
    return day
