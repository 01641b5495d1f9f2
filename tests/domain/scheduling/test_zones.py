"""All zones of Russia, with the laws that moved them in 2010, 2011, 2014 and 2016."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conftest import SetClock
from domain.scheduling.clinic import Ids, open_clinic
from domain.scheduling.factory import heard, lay, minutes
from domain.scheduling.test_normaliser import HERE, INTERVAL
from feldsher.domain.directory.types import Completeness
from feldsher.domain.scheduling import selectors
from feldsher.domain.scheduling.models import Offer
from feldsher.domain.scheduling.normaliser import Normalised, Place, normalise
from feldsher.domain.scheduling.ports import FreeTime, TimeItem, TimeKind, Window
from feldsher.domain.scheduling.types import SlotFilter
from feldsher.kernel.clock import WallTime, day_bounds, wall
from feldsher.kernel.intervals import Interval, union

ZONES = [
    "Europe/Kaliningrad", "Europe/Moscow", "Europe/Simferopol", "Europe/Kirov", "Europe/Volgograd",
    "Europe/Astrakhan", "Europe/Saratov", "Europe/Ulyanovsk", "Europe/Samara", "Asia/Yekaterinburg",
    "Asia/Omsk", "Asia/Novosibirsk", "Asia/Barnaul", "Asia/Tomsk", "Asia/Novokuznetsk", "Asia/Krasnoyarsk",
    "Asia/Irkutsk", "Asia/Chita", "Asia/Yakutsk", "Asia/Khandyga", "Asia/Vladivostok", "Asia/Ust-Nera",
    "Asia/Magadan", "Asia/Sakhalin", "Asia/Srednekolymsk", "Asia/Kamchatka", "Asia/Anadyr",
]  # fmt: skip
CHANGES = [
    date(2010, 3, 28), date(2010, 10, 31), date(2011, 3, 27), date(2014, 10, 26), date(2016, 3, 27),
    date(2016, 4, 24), date(2016, 5, 29), date(2016, 7, 24), date(2016, 12, 4), date(2018, 10, 28),
]  # fmt: skip
DAY = timedelta(days=1)
HERE_ID = UUID(int=1)
zones = st.sampled_from(ZONES)
days = st.one_of(
    st.builds(lambda day, shift: day + timedelta(days=shift), st.sampled_from(CHANGES), st.integers(-2, 2)),
    st.dates(date(2009, 1, 1), date(2030, 12, 31)),
)
stretches = st.lists(
    st.tuples(st.integers(0, 2), st.integers(0, 287), st.integers(0, 100)), min_size=1, max_size=6
)


def read(first: date, cells: list[tuple[int, int, int]], zone: str) -> tuple[list[TimeItem], Normalised]:
    """Normalise stretches (day, first cell of five minutes, cells) as a MIS on that wall tells them."""
    items = []
    for shift, cell, length in cells:
        begin = WallTime(first + timedelta(days=shift), cell * 300)
        items.append(TimeItem(HERE, TimeKind.FREE, begin, begin.plus(length * 300)))
    found = normalise(
        FreeTime(datetime(2009, 1, 1, tzinfo=UTC), Completeness.FULL, (HERE,), tuple(items)),
        window=Window(first - DAY, first + 4 * DAY),
        semantics=INTERVAL,
        places={HERE: Place(HERE_ID, HERE_ID, zone)},
        now=datetime(2008, 1, 1, tzinfo=UTC),
    )
    return items, found


@given(zone=zones, day=days)
def test_local_days_follow_one_another_without_gap_or_overlap(zone: str, day: date) -> None:
    info = ZoneInfo(zone)
    begin, end = day_bounds(day, info)
    assert end == day_bounds(day + DAY, info)[0]
    assert timedelta(hours=22) <= end - begin <= timedelta(hours=26)
    assert begin.astimezone(info).date() == day
    assert (end - timedelta(microseconds=1)).astimezone(info).date() == day


@given(zone=zones, day=days, seconds=st.integers(0, 86_399))
def test_every_wall_time_comes_back_unless_the_clock_skipped_it(zone: str, day: date, seconds: int) -> None:
    info = ZoneInfo(zone)
    said = WallTime(day, seconds)
    instant = said.at(info)
    shown = wall(instant, info)
    if shown != said:
        before, after = ((instant + shift).astimezone(info).utcoffset() for shift in (-DAY, DAY))
        assert before is not None
        assert after is not None
        assert after > before
        assert shown == said.plus(int((after - before).total_seconds()))
    earlier = (instant - timedelta(hours=1)).astimezone(info)
    assert wall(earlier, info) != said, "of two equal hours the first is meant"


@given(zone=zones, first=days, cells=stretches)
def test_no_time_is_lost_or_doubled_on_the_way_into_rows(
    zone: str, first: date, cells: list[tuple[int, int, int]]
) -> None:
    items, found = read(first, cells, zone)
    info = ZoneInfo(zone)
    told = union(
        Interval(item.begin.at(info), item.end.at(info))
        for item in items
        if item.begin.at(info) < item.end.at(info)
    )
    written = [span for key in sorted(found.rows) for span in found.rows[key].free]
    assert union(written) == told
    assert all(one.end <= other.start for one, other in pairwise(written))
    for key, row in found.rows.items():
        midnight = datetime(key.day.year, key.day.month, key.day.day, tzinfo=UTC)
        whole = Interval(midnight, midnight + DAY)
        assert all(whole.contains(span) for span in row.free)
        assert set(row.work) == {span for span in told if span.overlaps(whole)}


@given(zone=zones, first=days, length=st.integers(0, 5))
def test_windows_that_share_a_day_cover_every_day_of_utc(zone: str, first: date, length: int) -> None:
    last = first + timedelta(days=length + 1)
    later = Window(last, last + timedelta(days=length + 1))
    bounds = []
    for window in (Window(first, last), later):
        found = normalise(
            FreeTime(datetime(2008, 1, 1, tzinfo=UTC), Completeness.FULL, (HERE,)),
            window=window,
            semantics=INTERVAL,
            places={HERE: Place(HERE_ID, HERE_ID, zone)},
            now=datetime(2008, 1, 1, tzinfo=UTC),
        )
        bounds.append(found.covered[HERE_ID, HERE_ID])
    assert bounds[1][0] <= bounds[0][1] + DAY


@pytest.fixture
def ids(set_clock: SetClock, db: None) -> Ids:
    return open_clinic()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("Europe/Moscow", date(2014, 10, 26), 25),
        ("Europe/Moscow", date(2011, 3, 27), 23),
        ("Europe/Samara", date(2010, 3, 28), 24),
        ("Asia/Kamchatka", date(2010, 3, 28), 24),
        ("Asia/Magadan", date(2014, 10, 26), 26),
        ("Asia/Magadan", date(2016, 4, 24), 23),
        ("Asia/Novosibirsk", date(2016, 7, 24), 23),
        ("Europe/Volgograd", date(2018, 10, 28), 23),
        ("Europe/Kaliningrad", date(2026, 11, 26), 24),
    ],
)
def test_the_times_of_a_day_are_offered_once_and_on_that_day(
    ids: Ids, set_clock: SetClock, zone: str, day: date, hours: int
) -> None:
    """A doctor who is there day and night: a time each half an hour, whatever the law does to the clock."""
    cells = [(shift, 0, 288) for shift in range(3)]
    start = day_bounds(day - DAY, ZoneInfo(zone))[0]
    set_clock(start - DAY)
    heard("umc", as_of=start - DAY)
    _, found = read(day - DAY, cells, zone)
    rows = {type(key)(ids.eye, key.day, ids.north, key.room): row for key, row in sorted(found.rows.items())}
    lay(rows)
    terms = {"length": minutes(30), "step": minutes(30), "zone": zone, "notice": minutes(0)}
    Offer.objects.filter(practitioner=ids.eye, location=ids.north).update(**terms)
    wanted = SlotFilter(practitioner_id=ids.eye, location_id=ids.north)
    shown = selectors.open_times(wanted, first=day, days=1).days
    begin, end = day_bounds(day, ZoneInfo(zone))
    assert end - begin == timedelta(hours=hours)
    assert [(found.day, len(found.slots)) for found in shown] == [(day, 2 * hours)]
    starts = [slot.key.start for slot in shown[0].slots]
    assert starts == [begin + timedelta(minutes=30 * number) for number in range(2 * hours)]
