"""What lists and pages offer to choose from."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from feldsher.domain.directory.types import LocationCard
from feldsher.kernel.errors import NotFoundError

NETWORK_SIZE = 500
"""The most doctors that a page looks at."""
DEEP = 48
"""How many times of a doctor a list reads where it shows whole days."""


@dataclass(frozen=True, slots=True)
class Option:
    """One choice among branches or services; `note` stands at its right."""

    title: str
    url: str
    is_selected: bool
    note: str = ""


def place_of(locations: Sequence[LocationCard], location_id: UUID | None) -> LocationCard | None:
    """Return the branch by its id, None for None; raises NotFoundError for an unknown one."""
    if location_id is None:
        return None
    for place in locations:
        if place.id == location_id:
            return place
    raise NotFoundError("no such branch")
