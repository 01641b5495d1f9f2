"""«Раньше · Ближе · Дешевле»: which doctor comes first, and which of a doctor's branches is shown.

A doctor is offered in each branch; the one that wins by the sort stands in the row. Doctors without a time
come last in every sort. Prices are those of the nearest time; an unknown one, like an unknown distance, comes
after the known ones; the earlier time decides between equals.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import inf
from uuid import UUID

from feldsher.domain.directory.types import PractitionerCard
from feldsher.domain.scheduling.types import OpenSlot


class Sort(StrEnum):
    TIME = "time"
    DISTANCE = "distance"
    PRICE = "price"


@dataclass(frozen=True, slots=True)
class Ranked:
    """A doctor with the times of one branch, none where there are none; `distance` to it in km, if known."""

    card: PractitionerCard
    slots: tuple[OpenSlot, ...]
    distance: float | None


def sort_of(text: str) -> Sort:
    """Return the sort that an address names; anything else is by time."""
    return next((sort for sort in Sort if sort.value == text), Sort.TIME)


def ranked(
    cards: Sequence[PractitionerCard],
    times: Mapping[UUID, Mapping[UUID, Sequence[OpenSlot]]],
    *,
    sort: Sort,
    distances: Mapping[UUID, float],
) -> list[Ranked]:
    """Return the doctors in order; `times` are by doctor and branch, `distances` by branch in km."""

    def weight(slots: Sequence[OpenSlot]) -> tuple[float, float]:
        first = slots[0]
        start = first.key.start.timestamp()
        if sort is Sort.DISTANCE:
            return distances.get(first.key.location_id, inf), start
        if sort is Sort.PRICE:
            return float(first.price or inf), start
        return start, 0.0

    def best(card: PractitionerCard) -> Ranked:
        offers = [tuple(slots) for slots in times.get(card.id, {}).values() if slots]
        slots = min(offers, key=weight, default=())
        return Ranked(card, slots, distances.get(slots[0].key.location_id) if slots else None)

    def place(row: Ranked) -> tuple[bool, tuple[float, float], str]:
        return not row.slots, weight(row.slots) if row.slots else (inf, inf), row.card.name

    return sorted((best(card) for card in cards), key=place)
