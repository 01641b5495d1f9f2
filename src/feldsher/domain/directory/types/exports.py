"""Bulk files of branches for maps: where they go, and what differs from what went last."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from feldsher.domain.directory.types import LocationCard

BRANCH_FACTS: Final = (
    *("name", "city", "address", "phone", "hours", "latitude", "longitude", "company_id", "rubrics"),
)
"""Fields of a branch that its card on a map is made of."""


class ExportTarget(StrEnum):
    """Whose bulk file it is."""

    YANDEX = "yandex"
    GOOGLE = "google"


class ChangeKind(StrEnum):
    ADDED = "added"
    CHANGED = "changed"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class BranchChange:
    """What became of a branch since the last file; `fields` are (field, was, now) of a changed one."""

    location_id: UUID
    name: str
    kind: ChangeKind
    fields: tuple[tuple[str, str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class LastExport:
    """Who took the last file and when."""

    author: str
    at: datetime


def branch_facts(card: LocationCard) -> dict[str, str]:
    """Return what a file says of a branch, as text; empty where nobody said."""
    values = {name: getattr(card, name) for name in BRANCH_FACTS}
    return {name: "" if value is None else str(value) for name, value in values.items()}
