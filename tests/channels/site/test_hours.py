from datetime import UTC, datetime

import pytest

from feldsher.channels.site.hours import Opening, opening, read_hours, tidy

WORKDAYS, DAY = range(5), (8 * 60, 20 * 60)


@pytest.mark.parametrize(
    ("text", "week"),
    [
        ("пн–сб 8:00–20:00", dict.fromkeys(range(6), DAY)),
        ("Ежедневно 08:00-20:00", dict.fromkeys(range(7), DAY)),
        (
            "Пн–пт 08:00–20:00, сб–вс 9:00–15:30",
            dict.fromkeys(WORKDAYS, DAY) | dict.fromkeys((5, 6), (540, 930)),
        ),
        ("пн, ср, пт 8.00 — 20.00; сб 10:00–14:00", {0: DAY, 2: DAY, 4: DAY, 5: (600, 840)}),
        ("круглосуточно", dict.fromkeys(range(7), (0, 1440))),
        ("Круглосуточно, без\u00a0выходных", dict.fromkeys(range(7), (0, 1440))),
        ("Ежедневно, круглосуточно.", dict.fromkeys(range(7), (0, 1440))),
        ("пн–пт круглосуточно, сб 9:00–15:00", dict.fromkeys(WORKDAYS, (0, 1440)) | {5: (540, 900)}),
        ("пн-пт 8:00-20:00, травмпункт круглосуточно", {}),
        ("пн-пт 8:00-20:00, круглосуточно", {}),
        (
            "пн–пт 8:00–20:00, вс выходной, сб 9:00–15:00",
            dict.fromkeys(WORKDAYS, DAY) | {5: (540, 900)},
        ),
        ("Сб, вс — выходной; пн–пт 8:00–20:00", dict.fromkeys(WORKDAYS, DAY)),
        ("сб, вс: закрыто, пн–пт 8:00–20:00", dict.fromkeys(WORKDAYS, DAY)),
        ("вс не\u00a0работаем, пн–пт 8:00–20:00", dict.fromkeys(WORKDAYS, DAY)),
        ("пн–пт 8:00–20:00 (сб, вс — выходные)", dict.fromkeys(WORKDAYS, DAY)),
        ("без выходных 8:00–20:00", dict.fromkeys(range(7), DAY)),
        ("вс выходной пн–пт 8:00–20:00", {}),
        ("сб–пн 8:00–20:00", dict.fromkeys((5, 6, 0), DAY)),
        ("звоните", {}),
        ("", {}),
        ("8:00–20:00", {}),
        ("пн 20:00–8:00", {}),
        ("пн 8:00–25:00", {}),
    ],
)
def test_hours_are_read_as_clinics_type_them(text: str, week: dict[int, tuple[int, int]]) -> None:
    assert read_hours(text) == week


@pytest.mark.parametrize(
    ("day", "hour", "answer"),
    [
        (23, 9, Opening(is_open=True, words="сегодня до\u00a020:00")),
        (23, 7, Opening(is_open=False, words="сегодня с\u00a008:00")),
        (23, 20, Opening(is_open=False, words="завтра с\u00a008:00")),
        (28, 20, Opening(is_open=False, words="пн с\u00a008:00")),
        (29, 12, Opening(is_open=False, words="завтра с\u00a008:00")),
    ],
)
def test_an_opening_is_said_by_the_clock_of_the_branch(day: int, hour: int, answer: Opening) -> None:
    now = datetime(2026, 11, day, hour - 5, tzinfo=UTC)
    assert opening("пн–сб 8:00–20:00", zone="Asia/Yekaterinburg", now=now) == answer


def test_an_unknown_schedule_counts_as_open() -> None:
    now = datetime(2026, 11, 23, tzinfo=UTC)
    assert opening("звоните", zone="", now=now) == Opening(is_open=True, words="")
    assert opening("круглосуточно", zone="", now=now) == Opening(is_open=True, words="круглосуточно")


def test_hours_are_shown_with_leading_zeros_and_dashes() -> None:
    assert tidy("пн–сб 8:00-20:00, вс 9.30 - 15.00") == "Пн–сб 08:00–20:00, вс 09:30–15:00"
