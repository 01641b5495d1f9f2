from math import comb

import pytest

from feldsher.foundation.watch.norms import NOTHING, Norm, chance, norm, unevenness


def test_a_norm_is_not_moved_by_a_few_wild_days() -> None:
    assert norm([10, 12, 11, 9, 10]) == Norm(10, 1)
    assert norm([10, 12, 11, 9, 10, 5000]) == Norm(10.5, 1.0)
    assert norm([]) == NOTHING


def test_the_limit_of_habit_is_five_deviations_and_at_least_three_medians() -> None:
    assert Norm(10, 5).limit == pytest.approx(10 + 5 * 1.4826 * 5)
    assert Norm(100, 0).limit == 300


def test_unevenness_is_the_coefficient_of_variation() -> None:
    assert list(unevenness([5, 5, 5, 5], of=3)) == pytest.approx([0, 0])
    assert list(unevenness([1, 3], of=2)) == pytest.approx([0.5])
    assert list(unevenness([1, 3], of=3)) == []


@pytest.mark.parametrize(("hits", "of", "rate"), [(0, 10, 0.1), (3, 17, 0.06), (5, 60, 0.01), (7, 7, 0.5)])
def test_chance_is_the_tail_of_the_binomial(hits: int, of: int, rate: float) -> None:
    exact = sum(comb(of, n) * rate**n * (1 - rate) ** (of - n) for n in range(hits, of + 1))
    assert chance(hits, of=of, rate=rate) == pytest.approx(exact, abs=1e-12)


def test_chance_of_thousands_of_draws_is_a_number() -> None:
    assert chance(900, of=5000, rate=0.1) == pytest.approx(0, abs=1e-12)
