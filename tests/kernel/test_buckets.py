from concurrent.futures import ThreadPoolExecutor

import pytest

from feldsher.kernel.buckets import Buckets, Level


def test_a_bucket_gives_its_quota_and_then_nothing() -> None:
    buckets = Buckets(3, 60)
    assert [buckets.take("a", at=0).is_allowed for _ in range(5)] == [True, True, True, False, False]
    assert buckets.take("a", at=0) == Level(is_allowed=False, left=0, next_seconds=20, full_seconds=60)


def test_it_refills_at_a_steady_pace_and_not_above_its_quota() -> None:
    buckets = Buckets(3, 60)
    for _ in range(3):
        buckets.take("a", at=0)
    assert buckets.take("a", at=19).is_allowed is False
    assert buckets.take("a", at=20) == Level(is_allowed=True, left=0, next_seconds=20, full_seconds=60)
    assert buckets.take("a", at=10_000) == Level(is_allowed=True, left=2, next_seconds=0, full_seconds=20)


def test_names_do_not_share() -> None:
    buckets = Buckets(1, 60)
    assert buckets.take("a", at=0).is_allowed
    assert buckets.take("b", at=0).is_allowed
    assert not buckets.take("a", at=0).is_allowed


def test_the_longest_idle_of_too_many_is_forgotten() -> None:
    buckets = Buckets(1, 60, most=2)
    for name in ("a", "b", "a", "c"):
        buckets.take(name, at=0)
    assert not buckets.take("a", at=0).is_allowed
    assert buckets.take("b", at=0).is_allowed


def test_threads_at_once_get_no_more_than_the_quota() -> None:
    buckets = Buckets(500, 1e9)
    with ThreadPoolExecutor(8) as pool:
        taken = list(pool.map(lambda _: buckets.take("a", at=0).is_allowed, range(2000)))
    assert sum(taken) == 500


@pytest.mark.parametrize(("quota", "window"), [(0, 60), (1, 0), (-1, 60)])
def test_a_limit_without_sense_is_refused(quota: int, window: float) -> None:
    with pytest.raises(ValueError, match="quota"):
        Buckets(quota, window)
