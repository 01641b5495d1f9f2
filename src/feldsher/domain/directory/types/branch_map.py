"""The picture of a branch's map: its sizes and what pages need of it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

MAP_WIDTHS: Final = (396, 792)
"""Points across of its renditions: a phone, and a phone of two points a pixel or a wide screen."""


@dataclass(frozen=True, slots=True)
class BranchMap:
    """`stem` begins the names of its files; `height` is of the widest, in points; `author` is a login."""

    stem: str
    height: int
    author: str
    updated_at: datetime
