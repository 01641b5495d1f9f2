"""Visits that patients came to."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class CameVisit:
    """A visit that is over and whose patient came."""

    id: UUID
    patient_id: UUID
    practitioner_id: UUID
    location_id: UUID


@dataclass(frozen=True, slots=True)
class Reached:
    """The phone (E.164) to which one writes of a visit, and when that began, on the branch's clock."""

    phone: str = field(repr=False)
    starts_at: datetime
