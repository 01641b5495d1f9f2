"""«Раньше · Ближе · Дешевле»: the order that an address names, and a doctor as the list shows one."""

from dataclasses import dataclass

from feldsher.domain.directory.types import PractitionerCard
from feldsher.domain.scheduling.types import DayTimes, OpenSlot, Sort


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
