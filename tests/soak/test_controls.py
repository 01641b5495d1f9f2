"""A checker is believed once it has found each of the known ways to book twice, put back on purpose."""

import pytest

from soak.conftest import Open
from soak.controls import CONTROLS

pytestmark = pytest.mark.slow
WITHIN = 50
SHORT = 8
"""Steps that are enough to show any of them, of the 24 to 56 of a history."""


@pytest.mark.parametrize("letter", CONTROLS)
def test_a_known_way_to_book_twice_is_found_within_fifty_seeds(clinic: Open, letter: str) -> None:
    control = CONTROLS[letter]
    with clinic(control.place, prepare=control.prepare) as one, control.patch():
        failure = next((found for seed in range(1, WITHIN + 1) if (found := one.check(seed))), None)
        assert failure is not None, f"{control.what}: not found"
        assert any(control.tells in sentence for sentence in failure.broken), str(failure)
        assert len(failure.steps) <= SHORT, str(failure)
        assert one.broken(failure.seed, failure.steps) is not None, "the short history must break it again"


def test_without_any_of_them_a_pool_is_not_overbooked(clinic: Open) -> None:
    """The other side of F: the same pools with the check as it is."""
    pools = CONTROLS["F"].statements[0]
    with clinic("own", prepare=lambda base: base.owner.execute(pools)) as one:
        assert one.player.pools
        assert [str(failure) for seed in range(1, 9) if (failure := one.check(seed))] == []
