from datetime import UTC, date, datetime

import pytest

from feldsher.kernel import formats

TODAY = date(2026, 11, 23)
NOON = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("day", "words"),
    [
        (date(2026, 11, 23), "сегодня, 23 ноября"),
        (date(2026, 11, 24), "завтра, вт, 24 ноября"),
        (date(2026, 11, 25), "ср, 25 ноября"),
        (date(2027, 1, 8), "пт, 8 января 2027"),
    ],
)
def test_a_day_is_said_as_people_say_it(day: date, words: str) -> None:
    assert formats.near_day(day, today=TODAY).replace(formats.NBSP, " ") == words


def test_a_day_is_never_torn_from_its_month() -> None:
    assert formats.day_words(TODAY, today=TODAY) == "пн, 23\u00a0ноября"


def test_the_clock_on_the_wall_of_the_branch_is_shown() -> None:
    assert formats.clock(NOON, "Europe/Moscow") == "12:00"
    assert formats.clock(NOON, "Asia/Yekaterinburg") == "14:00"
    assert formats.clock(NOON, "Asia/Kamchatka") == "21:00"


@pytest.mark.parametrize(
    ("zone", "words"),
    [
        ("Europe/Moscow", ""),
        ("Europe/Simferopol", ""),
        ("Europe/Kaliningrad", "по времени Калининграда"),
        ("Asia/Yekaterinburg", "по времени Екатеринбурга"),
        ("Asia/Almaty", "по местному времени, Asia/Almaty"),
    ],
)
def test_a_zone_is_named_where_clocks_differ_from_moscow(zone: str, words: str) -> None:
    assert formats.zone_words(zone, at=NOON) == words


def test_the_difference_is_that_of_the_visit_not_of_today() -> None:
    before_the_move = datetime(2018, 10, 1, 9, 0, tzinfo=UTC)
    after_the_move = datetime(2019, 10, 1, 9, 0, tzinfo=UTC)
    assert formats.zone_words("Europe/Volgograd", at=before_the_move) == ""
    assert formats.zone_words("Europe/Volgograd", at=after_the_move) == "по времени Волгограда"


@pytest.mark.parametrize(
    ("number", "words"),
    [(1, "1 врач"), (2, "2 врача"), (5, "5 врачей"), (11, "11 врачей"), (14, "14 врачей"), (21, "21 врач"),
     (22, "22 врача"), (111, "111 врачей"), (0, "0 врачей")],
)  # fmt: skip
def test_numbers_agree_with_their_nouns(number: int, words: str) -> None:
    assert formats.plural(number, "врач", "врача", "врачей").replace(formats.NBSP, " ") == words


def test_a_promise_names_its_day_only_when_it_is_not_today() -> None:
    by = datetime(2026, 11, 23, 9, 40, tzinfo=UTC)
    assert formats.promise(by, zone="Europe/Moscow", now=NOON) == "12:40"
    late = datetime(2026, 11, 24, 6, 40, tzinfo=UTC)
    assert formats.promise(late, zone="Europe/Moscow", now=NOON) == "09:40, завтра, вт, 24\u00a0ноября"


def test_a_strip_across_months_names_both() -> None:
    assert formats.month_of((date(2026, 11, 27), date(2026, 12, 3))) == "Ноябрь\u00a0— декабрь"
    assert formats.month_of((date(2026, 11, 2), date(2026, 11, 8))) == "Ноябрь"


def test_a_minute_of_the_day_is_a_clock_and_its_end_is_no_beginning() -> None:
    assert [formats.clock_of(minute) for minute in (0, 485, 1439, 1440)] == [
        "00:00",
        "08:05",
        "23:59",
        "24:00",
    ]
