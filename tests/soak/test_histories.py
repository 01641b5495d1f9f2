"""Twenty seeds of what `make soak` plays by the thousand."""

import pytest

from soak.conftest import Open
from soak.places import NAMES
from soak.storm import weather

pytestmark = pytest.mark.slow
SEEDS = range(1, 21)


@pytest.mark.parametrize("place", range(len(NAMES)), ids=NAMES)
def test_no_history_breaks_a_rule(clinic: Open, place: int) -> None:
    with clinic(NAMES[place]) as one:
        failures = [str(failure) for seed in SEEDS[place :: len(NAMES)] if (failure := one.check(seed))]
    assert not failures, "\n".join(failures)


def test_a_storm_with_killed_workers_breaks_no_rule(clinic: Open) -> None:
    with clinic("plain") as one:
        failure = weather(one, 1)
        told = one.player.told
    assert failure is None, str(failure)
    assert [line for line in told if line.endswith("is killed")]
    assert [line for line in told if line.endswith("-> held")]
    (worked,) = [line for line in told if line.startswith("the workers took")]
    assert worked != "the workers took 0 talks"


def test_a_seed_plays_the_same_each_time(clinic: Open) -> None:
    with clinic("plain") as one:
        told = []
        for _ in range(2):
            assert one.broken(7, one.history(7)) is None
            told.append(list(one.player.told))
    assert told[0] == told[1]
