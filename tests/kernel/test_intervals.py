"""The algebra against a model that can't be wrong: a set of whole minutes."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feldsher.kernel.intervals import Interval, clip, subtract, union

ORIGIN = datetime(2026, 11, 24, 21, 0, tzinfo=UTC)
MINUTES = 60


def at(minute: int) -> datetime:
    return ORIGIN + timedelta(minutes=minute)


def span(start: int, end: int) -> Interval:
    return Interval(at(start), at(end))


def minutes(intervals: tuple[Interval, ...] | list[Interval]) -> set[int]:
    return {minute for minute in range(MINUTES) for item in intervals if item.start <= at(minute) < item.end}


def is_normalised(intervals: tuple[Interval, ...]) -> bool:
    return all(one.end < other.start for one, other in pairwise(intervals))


spans = (
    st.tuples(st.integers(0, MINUTES), st.integers(0, MINUTES))
    .filter(lambda pair: pair[0] != pair[1])
    .map(lambda pair: span(min(pair), max(pair)))
)
sets = st.lists(spans, max_size=8)


@given(sets)
def test_union_holds_the_same_minutes_in_the_fewest_pieces(items: list[Interval]) -> None:
    result = union(items)
    assert minutes(result) == minutes(items)
    assert is_normalised(result)
    assert union(result) == result


@given(sets, sets)
def test_union_does_not_depend_on_order(one: list[Interval], other: list[Interval]) -> None:
    assert union([*one, *other]) == union([*reversed(other), *union(one)])


@given(sets, sets)
def test_subtract_leaves_exactly_the_minutes_outside_the_holes(
    items: list[Interval], holes: list[Interval]
) -> None:
    result = subtract(items, holes)
    assert minutes(result) == minutes(items) - minutes(holes)
    assert is_normalised(result)


@given(sets, sets, sets)
def test_holes_cut_at_once_or_one_after_another_leave_the_same(
    items: list[Interval], one: list[Interval], other: list[Interval]
) -> None:
    assert subtract(items, [*one, *other]) == subtract(subtract(items, one), other)


@given(sets, sets)
def test_what_is_cut_and_what_is_left_make_the_whole(items: list[Interval], holes: list[Interval]) -> None:
    left = subtract(items, holes)
    assert union([*left, *subtract(items, left)]) == union(items)


@given(sets, spans)
def test_clip_keeps_exactly_the_minutes_of_the_window(items: list[Interval], window: Interval) -> None:
    result = clip(items, window)
    assert minutes(result) == minutes(items) & minutes([window])
    assert is_normalised(result)
    assert all(window.contains(item) for item in result)


@given(spans, spans)
def test_overlaps_and_contains_say_what_their_minutes_say(one: Interval, other: Interval) -> None:
    assert one.overlaps(other) == other.overlaps(one) == bool(minutes([one]) & minutes([other]))
    assert one.contains(other) == (minutes([other]) <= minutes([one]))


def test_intervals_that_touch_merge_and_do_not_overlap() -> None:
    assert not span(0, 10).overlaps(span(10, 20))
    assert union([span(10, 20), span(0, 10)]) == (span(0, 20),)


@pytest.mark.parametrize(("start", "end"), [(10, 10), (20, 10)])
def test_an_empty_interval_is_refused(start: int, end: int) -> None:
    with pytest.raises(ValueError, match="never empty"):
        span(start, end)


def test_naive_bounds_are_refused() -> None:
    naive = at(0).replace(tzinfo=None)
    with pytest.raises(ValueError, match="aware"):
        Interval(naive, at(10))
    with pytest.raises(ValueError, match="aware"):
        Interval(at(0), at(10).replace(tzinfo=None))


def test_the_hour_that_clocks_repeat_is_ordered_by_instants() -> None:
    """Moscow, 26 October 2014: 01:40 of the first pass is 30 minutes before 01:10 of the second."""
    moscow = ZoneInfo("Europe/Moscow")
    begin = datetime(2014, 10, 26, 1, 40, tzinfo=moscow, fold=0)
    end = datetime(2014, 10, 26, 1, 10, tzinfo=moscow, fold=1)
    visit = Interval(begin, end)
    assert visit.end - visit.start == timedelta(minutes=30)
    assert (visit.start.tzinfo, visit.end.tzinfo) == (UTC, UTC)
    with pytest.raises(ValueError, match="never empty"):
        Interval(end, begin)
