import pytest

from channels.site.factory import MOSCOW_BRANCH, branch, ural
from feldsher.channels.site.nearness import (
    Point,
    distance_km,
    distance_words,
    distances_from,
    point_in,
    point_of,
)

MOSCOW, EKATERINBURG = Point(55.7643, 37.6056), Point(56.8389, 60.6057)


def test_the_distance_is_that_of_the_great_circle() -> None:
    assert distance_km(MOSCOW, EKATERINBURG) == pytest.approx(1417, abs=5)
    assert distance_km(MOSCOW, MOSCOW) == 0
    assert distance_km(Point(0, 0), Point(0, 180)) == pytest.approx(20_015, abs=1)
    assert distance_km(Point(60, 179.5), Point(60, -179.5)) == pytest.approx(55.6, abs=0.1)


@pytest.mark.parametrize(
    ("km", "words"),
    [
        (None, ""),
        (0, "меньше 1 км"),
        (0.94, "меньше 1 км"),
        (1.44, "1,4 км"),
        (9.96, "10 км"),
        (1417.2, "1 417 км"),
    ],
)
def test_a_distance_is_said_to_a_hundred_metres_below_ten_kilometres(km: float | None, words: str) -> None:
    assert distance_words(km).replace("\u00a0", " ") == words


def test_the_readers_place_is_what_our_script_wrote_and_nothing_else() -> None:
    assert point_in("55.76,37.61") == Point(55.76, 37.61)
    assert point_in("-33.90,-151.20") == Point(-33.9, -151.2)
    for value in ("", "55.7643,37.6056", "91.00,37.00", "55.76", "55.76,37.61;", "٥٥.76,37.61", "nan,nan"):
        assert point_in(value) is None
    assert point_in("") is None


def test_a_branch_without_both_coordinates_is_at_no_distance() -> None:
    half = branch(latitude=None)
    assert point_of(half) is None
    assert point_of(None) is None
    assert distances_from(MOSCOW, [half, ural()]).keys() == {ural().id}
    assert distances_from(None, [branch()]) == {}
    assert distances_from(MOSCOW, [branch()])[MOSCOW_BRANCH] == pytest.approx(0)
