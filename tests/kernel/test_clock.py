"""Wall clocks over every zone of Russia, with each change of law since 1981."""

from datetime import UTC, date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feldsher.kernel import clock
from feldsher.kernel.clock import SECONDS_A_DAY, WallTime, day_bounds, wall

RUSSIA = (
    "Europe/Kaliningrad",
    "Europe/Moscow",
    "Europe/Simferopol",
    "Europe/Kirov",
    "Europe/Volgograd",
    "Europe/Astrakhan",
    "Europe/Saratov",
    "Europe/Ulyanovsk",
    "Europe/Samara",
    "Asia/Yekaterinburg",
    "Asia/Omsk",
    "Asia/Novosibirsk",
    "Asia/Barnaul",
    "Asia/Tomsk",
    "Asia/Novokuznetsk",
    "Asia/Krasnoyarsk",
    "Asia/Irkutsk",
    "Asia/Chita",
    "Asia/Yakutsk",
    "Asia/Khandyga",
    "Asia/Vladivostok",
    "Asia/Ust-Nera",
    "Asia/Magadan",
    "Asia/Sakhalin",
    "Asia/Srednekolymsk",
    "Asia/Kamchatka",
    "Asia/Anadyr",
)
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)

# (day of the change, hours from UTC before, after), 2011-03-28 to 2020: summer time and what it left behind.
LAWS = {
    "Europe/Kaliningrad": [("2014-10-26", 3, 2)],
    "Europe/Moscow": [("2014-10-26", 4, 3)],
    "Europe/Volgograd": [("2014-10-26", 4, 3), ("2018-10-28", 3, 4), ("2020-12-27", 4, 3)],
    "Europe/Astrakhan": [("2014-10-26", 4, 3), ("2016-03-27", 3, 4)],
    "Europe/Ulyanovsk": [("2014-10-26", 4, 3), ("2016-03-27", 3, 4)],
    "Europe/Saratov": [("2014-10-26", 4, 3), ("2016-12-04", 3, 4)],
    "Europe/Samara": [],
    "Asia/Yekaterinburg": [("2014-10-26", 6, 5)],
    "Asia/Omsk": [("2014-10-26", 7, 6)],
    "Asia/Novosibirsk": [("2014-10-26", 7, 6), ("2016-07-24", 6, 7)],
    "Asia/Barnaul": [("2014-10-26", 7, 6), ("2016-03-27", 6, 7)],
    "Asia/Tomsk": [("2014-10-26", 7, 6), ("2016-05-29", 6, 7)],
    "Asia/Novokuznetsk": [],
    "Asia/Krasnoyarsk": [("2014-10-26", 8, 7)],
    "Asia/Irkutsk": [("2014-10-26", 9, 8)],
    "Asia/Chita": [("2014-10-26", 10, 8), ("2016-03-27", 8, 9)],
    "Asia/Yakutsk": [("2014-10-26", 10, 9)],
    "Asia/Khandyga": [("2011-09-12", 11, 10), ("2014-10-26", 10, 9)],
    "Asia/Vladivostok": [("2014-10-26", 11, 10)],
    "Asia/Ust-Nera": [("2011-09-12", 12, 11), ("2014-10-26", 11, 10)],
    "Asia/Magadan": [("2014-10-26", 12, 10), ("2016-04-24", 10, 11)],
    "Asia/Sakhalin": [("2014-10-26", 11, 10), ("2016-03-27", 10, 11)],
    "Asia/Srednekolymsk": [("2014-10-26", 12, 11)],
    "Asia/Kamchatka": [],
    "Asia/Anadyr": [],
}


def days(first: date, last: date) -> list[date]:
    return [first + n * DAY for n in range((last - first).days + 1)]


def readings(shown: WallTime, zone: ZoneInfo) -> list[datetime]:
    """Return every instant at which the clock in `zone` shows `shown`, tried offset by offset."""
    as_utc = datetime(shown.day.year, shown.day.month, shown.day.day, tzinfo=UTC) + timedelta(
        seconds=shown.seconds
    )
    near = {wall_offset(as_utc + n * 6 * HOUR, zone) for n in range(-8, 9)}
    return sorted(as_utc - offset for offset in near if wall(as_utc - offset, zone) == shown)


def wall_offset(instant: datetime, zone: ZoneInfo) -> timedelta:
    offset = instant.astimezone(zone).utcoffset()
    assert offset is not None
    return offset


@cache
def changes(name: str, first: date, last: date) -> list[tuple[date, timedelta, timedelta]]:
    """Return the local days within which the zone's offset changed, with the offset before and after.

    A clock put forward at midnight shortens the day that begins; one put back lengthens the day that ends.
    """
    zone = ZoneInfo(name)
    found = []
    for day in days(first, last):
        begin, end = day_bounds(day, zone)
        before, after = wall_offset(begin - SECOND, zone), wall_offset(end - SECOND, zone)
        if before != after:
            found.append((day, before, after))
    return found


@pytest.mark.parametrize("name", LAWS)
def test_the_zone_data_knows_each_change_of_law_from_2011_to_2020(name: str) -> None:
    found = [
        (day.isoformat(), before / HOUR, after / HOUR)
        for day, before, after in changes(name, date(2011, 3, 28), date(2020, 12, 31))
    ]
    assert found == LAWS[name]


@pytest.mark.parametrize("name", RUSSIA)
def test_days_follow_each_other_without_hole_or_overlap_since_1981(name: str) -> None:
    zone = ZoneInfo(name)
    expected = day_bounds(date(1981, 1, 1), zone)[0]
    for day in days(date(1981, 1, 1), date(2027, 12, 31)):
        begin, end = day_bounds(day, zone)
        assert begin == expected
        assert begin < end
        expected = end


@pytest.mark.parametrize("name", RUSSIA)
def test_a_day_with_a_change_is_as_long_as_the_change_makes_it(name: str) -> None:
    zone = ZoneInfo(name)
    for day, before, after in changes(name, date(1981, 1, 1), date(2020, 12, 31)):
        begin, end = day_bounds(day, zone)
        assert end - begin == DAY + before - after
        quarters = int((end - begin) / timedelta(minutes=15))
        shown = {wall(begin + n * timedelta(minutes=15), zone).day for n in range(quarters)}
        assert shown == {day}
        assert wall(end, zone).day == day + DAY


@pytest.mark.parametrize("name", RUSSIA)
def test_every_quarter_of_an_hour_around_a_change_reads_as_the_model_says(name: str) -> None:
    """Shown once: that instant; twice: the first; never: as much later as the clock was put forward."""
    zone = ZoneInfo(name)
    for day, before, after in changes(name, date(1981, 1, 1), date(2020, 12, 31)):
        for quarter in range(97):
            shown = WallTime(day, quarter * 900)
            same = shown if quarter < 96 else WallTime(day + DAY, 0)
            found = readings(same, zone)
            if found:
                assert shown.at(zone) == found[0]
            else:
                gap = int((after - before).total_seconds())
                assert wall(shown.at(zone), zone) == same.plus(gap)


def test_an_hour_that_occurs_twice_means_its_first_pass() -> None:
    twice = WallTime.parse("2014-10-26T01:30:00")
    moscow = ZoneInfo("Europe/Moscow")
    assert twice.at(moscow) == datetime(2014, 10, 25, 21, 30, tzinfo=UTC)
    assert readings(twice, moscow) == [
        datetime(2014, 10, 25, 21, 30, tzinfo=UTC),
        datetime(2014, 10, 25, 22, 30, tzinfo=UTC),
    ]


def test_an_hour_that_is_skipped_moves_forward() -> None:
    skipped = WallTime.parse("2016-07-24T02:30")
    novosibirsk = ZoneInfo("Asia/Novosibirsk")
    assert readings(skipped, novosibirsk) == []
    assert wall(skipped.at(novosibirsk), novosibirsk) == WallTime.parse("2016-07-24T03:30")


@given(
    st.sampled_from(RUSSIA),
    st.datetimes(datetime(1981, 1, 1), datetime(2040, 1, 1)),  # noqa: DTZ001 - hypothesis takes naive bounds
)
def test_an_instant_survives_the_wall_unless_its_hour_repeats(name: str, moment: datetime) -> None:
    zone = ZoneInfo(name)
    instant = moment.replace(tzinfo=UTC, microsecond=0)
    assert wall(instant, zone).at(zone) == readings(wall(instant, zone), zone)[0]


walls = st.builds(
    WallTime, st.dates(date(1981, 1, 1), date(2040, 1, 1)), st.integers(min_value=0, max_value=SECONDS_A_DAY)
)


@given(walls)
def test_iso_reads_back_as_the_same_moment(shown: WallTime) -> None:
    back = WallTime.parse(shown.iso())
    assert back == shown.plus(0)
    assert back.text == shown.iso()


@given(walls, st.integers(-200_000, 200_000))
def test_plus_is_plain_arithmetic_and_can_be_undone(shown: WallTime, seconds: int) -> None:
    assert shown.plus(seconds).plus(-seconds) == shown.plus(0)
    assert 0 <= shown.plus(seconds).seconds < SECONDS_A_DAY


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("2026-11-24T09:30:00", 34_200),
        ("2026-11-24 9:30", 34_200),
        ("2026-11-24T24:00", 86_400),
        (" 2026-11-24T00:00:59 ", 59),
    ],
)
def test_wall_times_are_read(text: str, seconds: int) -> None:
    read = WallTime.parse(text)
    assert (read.day, read.seconds, read.text) == (date(2026, 11, 24), seconds, text.strip())


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026-11-24",
        "2026-11-24T09:30:00Z",
        "2026-11-24T09:30:00+03:00",
        "2026-02-30T09:30",
        "2026-11-24T24:01",
        "2026-11-24T25:00",
        "2026-11-24T09:60",
        "2026-11-24T09:30:60",
        "2026-11-24T٠٩:30",
        "24.11.2026 09:30",
    ],
)
def test_what_is_no_wall_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        WallTime.parse(text)


def test_the_empty_date_of_1c_keeps_its_four_digits() -> None:
    empty = WallTime.parse("0001-01-01T00:30:00")
    assert empty.seconds == 1_800
    assert empty.iso() == "0001-01-01T00:30:00"


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00", "9999-12-31T24:00"])
def test_a_day_beyond_the_calendar_is_a_value_error(text: str) -> None:
    with pytest.raises(ValueError, match="no instant"):
        WallTime.parse(text).at(ZoneInfo("Europe/Moscow"))


def test_the_last_day_of_the_calendar_has_no_next_midnight() -> None:
    with pytest.raises(ValueError, match="no instant"):
        WallTime(date.max, SECONDS_A_DAY)


def test_the_end_of_a_day_is_the_next_midnight() -> None:
    moscow = ZoneInfo("Europe/Moscow")
    assert WallTime(date(2026, 11, 24), SECONDS_A_DAY).at(moscow) == WallTime(date(2026, 11, 25), 0).at(
        moscow
    )
    assert WallTime(date(2026, 12, 31), SECONDS_A_DAY).iso() == "2027-01-01T00:00:00"


def test_the_sources_own_spelling_takes_no_part_in_comparison() -> None:
    assert WallTime.parse("2026-11-24 9:30") == WallTime.parse("2026-11-24T09:30:00")


def test_seconds_beyond_a_day_are_refused() -> None:
    with pytest.raises(ValueError, match="out of a day"):
        WallTime(date(2026, 11, 24), SECONDS_A_DAY + 1)


def test_now_is_in_utc() -> None:
    assert clock.now().tzinfo is UTC
