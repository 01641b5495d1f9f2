"""«Раньше · Ближе · Дешевле»: which doctor comes first, and which of a doctor's branches is shown.

A doctor is offered in each branch; the one that wins by the sort stands in the row. Doctors without a time
come last in every sort. Prices are those of the nearest time; an unknown one, like an unknown distance, comes
after the known ones; the earlier time decides between equals, then the name.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import inf
from uuid import UUID

from feldsher.domain.directory.types import PractitionerCard
from feldsher.domain.scheduling.types import DayTimes, FirstTime, OpenSlot


class Sort(StrEnum):
    TIME = "time"
    DISTANCE = "distance"
    PRICE = "price"


@dataclass(frozen=True, slots=True)
class Standing:
    """A doctor's place in the list, by the first time of the branch that wins; None without any time."""

    practitioner_id: UUID
    first: FirstTime | None


@dataclass(frozen=True, slots=True)
class Ranked:
    """A doctor with the days of one branch, none without any time; `distance` to it in km, if known."""

    card: PractitionerCard
    days: tuple[DayTimes, ...] = ()
    distance: float | None = None

    @property
    def first(self) -> OpenSlot | None:
        return self.days[0].slots[0] if self.days else None


def sort_of(text: str) -> Sort:
    """Return the sort that an address names; anything else is by time."""
    return next((sort for sort in Sort if sort.value == text), Sort.TIME)


def ordered(
    practitioner_ids: Sequence[UUID],
    firsts: Mapping[UUID, Sequence[FirstTime]],
    *,
    sort: Sort,
    distances: Mapping[UUID, float],
) -> list[Standing]:
    """Return the doctors in order; they come by name, `firsts` are by doctor, `distances` by branch in km."""

    def weight(first: FirstTime) -> tuple[float, float]:
        start = first.start.timestamp()
        if sort is Sort.DISTANCE:
            return distances.get(first.location_id, inf), start
        if sort is Sort.PRICE:
            return float(first.price or inf), start
        return start, 0.0

    weighed = []
    for number, practitioner in enumerate(practitioner_ids):
        offers = [(weight(first), at) for at, first in enumerate(firsts.get(practitioner, ()))]
        least, at = min(offers, default=((inf, inf), -1))
        first = firsts[practitioner][at] if offers else None
        weighed.append((first is None, least, number, Standing(practitioner, first)))
    return [item[-1] for item in sorted(weighed, key=lambda item: item[:3])]
