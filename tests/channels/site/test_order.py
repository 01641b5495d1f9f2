"""Which doctor comes first by time, distance and price, and which of a doctor's branches is shown."""

from decimal import Decimal
from uuid import UUID

import pytest

from channels.site.factory import MOSCOW_BRANCH, URAL_BRANCH, branch, doctor, slot, ural
from feldsher.channels.site.order import Sort, ordered, sort_of
from feldsher.domain.directory.types import PractitionerCard
from feldsher.domain.scheduling.types import FirstTime

THIRD_BRANCH = UUID(int=3)
PLACES = {MOSCOW_BRANCH: branch(), URAL_BRANCH: ural(), THIRD_BRANCH: branch(THIRD_BRANCH)}
FIRST, SECOND, IDLE = doctor(1, "Небывалова"), doctor(2, "Образцова"), doctor(3, "Абрикосова")
KM = {MOSCOW_BRANCH: 1.4, URAL_BRANCH: 1400.0}


def _order(
    sort: Sort, *offers: tuple[PractitionerCard, UUID, float, int | None]
) -> list[tuple[str, UUID | None]]:
    """Rank doctors by (doctor, branch, hours, price) and tell who comes and where."""
    firsts: dict[UUID, list[FirstTime]] = {}
    for card, place, hours, price in offers:
        amount = None if price is None else Decimal(price)
        key = slot(card, hours, place=PLACES[place]).key
        first = FirstTime(card.id, place, key.start, PLACES[place].zone, amount)
        firsts.setdefault(card.id, []).append(first)
    names = {card.id: card.family for card in (IDLE, FIRST, SECOND)}
    found = ordered(list(names), firsts, sort=sort, distances=KM if sort is Sort.DISTANCE else {})
    return [(names[row.practitioner_id], row.first.location_id if row.first else None) for row in found]


def test_by_time_the_earliest_branch_of_each_doctor_is_shown() -> None:
    assert _order(
        Sort.TIME,
        (FIRST, MOSCOW_BRANCH, 5, 100),
        (FIRST, URAL_BRANCH, 3, 200),
        (SECOND, MOSCOW_BRANCH, 2, 300),
    ) == [("Образцова", MOSCOW_BRANCH), ("Небывалова", URAL_BRANCH), ("Абрикосова", None)]


def test_by_distance_the_nearest_branch_wins_over_an_earlier_time() -> None:
    assert _order(
        Sort.DISTANCE,
        (FIRST, MOSCOW_BRANCH, 50, 100),
        (FIRST, URAL_BRANCH, 1, 100),
        (SECOND, URAL_BRANCH, 1, 100),
    ) == [("Небывалова", MOSCOW_BRANCH), ("Образцова", URAL_BRANCH), ("Абрикосова", None)]


def test_a_branch_without_coordinates_comes_after_known_ones_and_ties_go_by_time() -> None:
    assert _order(Sort.DISTANCE, (FIRST, THIRD_BRANCH, 1, 100), (SECOND, URAL_BRANCH, 9, 100))[:2] == [
        ("Образцова", URAL_BRANCH),
        ("Небывалова", THIRD_BRANCH),
    ]
    tie = _order(Sort.DISTANCE, (FIRST, MOSCOW_BRANCH, 9, 100), (SECOND, MOSCOW_BRANCH, 8, 100))
    assert [name for name, _ in tie] == ["Образцова", "Небывалова", "Абрикосова"]


def test_by_price_that_of_the_nearest_time_counts_and_an_unknown_one_comes_last() -> None:
    assert _order(
        Sort.PRICE,
        (FIRST, MOSCOW_BRANCH, 1, None),
        (SECOND, MOSCOW_BRANCH, 1, 3000),
        (SECOND, URAL_BRANCH, 5, 2000),
    ) == [("Образцова", URAL_BRANCH), ("Небывалова", MOSCOW_BRANCH), ("Абрикосова", None)]


def test_of_equal_prices_the_earlier_time_wins() -> None:
    found = _order(
        Sort.PRICE,
        (FIRST, MOSCOW_BRANCH, 5, 100),
        (FIRST, URAL_BRANCH, 4, 100),
        (SECOND, MOSCOW_BRANCH, 3, 100),
    )
    assert [name for name, _ in found] == ["Образцова", "Небывалова", "Абрикосова"]
    assert found[1][1] == URAL_BRANCH


@pytest.mark.parametrize(
    ("text", "sort"),
    [
        ("", Sort.TIME),
        ("time", Sort.TIME),
        ("price", Sort.PRICE),
        ("distance", Sort.DISTANCE),
        ("PRICE", Sort.TIME),
    ],
)
def test_an_unknown_order_is_by_time(text: str, sort: Sort) -> None:
    assert sort_of(text) is sort
