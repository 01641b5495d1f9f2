import pytest

from feldsher.kernel.histograms import BOUNDS_MS, BUCKETS, bucket_of, percentile


def counted(*durations: float) -> list[int]:
    buckets = [0] * BUCKETS
    for each in durations:
        buckets[bucket_of(each)] += 1
    return buckets


def test_a_bound_belongs_to_its_own_bucket() -> None:
    assert [bucket_of(each) for each in (0, 10, 10.1, 30_000, 30_001)] == [0, 0, 1, 10, 11]


def test_nothing_has_no_percentile() -> None:
    assert percentile([0] * BUCKETS, 0.5) is None


@pytest.mark.parametrize("share", [0.01, 0.5, 0.95, 0.99, 1.0])
def test_a_percentile_lies_within_the_bucket_of_the_duration_that_it_names(share: float) -> None:
    durations = sorted(float(7 * number % 4001) for number in range(1, 2001))
    exact = durations[max(round(share * len(durations)) - 1, 0)]
    place = bucket_of(exact)
    told = percentile(counted(*durations), share)
    assert told is not None
    assert (BOUNDS_MS[place - 1] if place else 0) <= told <= BOUNDS_MS[place]


def test_durations_within_a_bucket_are_taken_for_evenly_spread() -> None:
    assert percentile(counted(*[300] * 4), 0.5) == 375


def test_of_the_longest_durations_only_the_last_bound_is_told() -> None:
    assert percentile(counted(60_000, 90_000), 0.99) == 30_000
