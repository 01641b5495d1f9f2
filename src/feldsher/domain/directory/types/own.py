"""Records that staff make where no MIS does, and what was done to them."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Final
from uuid import UUID

OWN_SCHEDULE: Final = "own"
"""The source of a clinic without a MIS: staff make its records, and its doctors' hours stand in roster."""


class RecordAct(StrEnum):
    """What staff do to a record of their own, besides saying its fields."""

    OPENED = "opened"
    CLOSED = "closed"
    REOPENED = "reopened"
    WORKS = "works"
    WORKS_NO_MORE = "works_no_more"
    GIVES = "gives"
    GIVES_NO_MORE = "gives_no_more"
    PRICED = "priced"
    UNPRICED = "unpriced"


@dataclass(frozen=True, slots=True)
class PlaceOfWork:
    """A doctor in a branch by a specialty; `is_ours`: the own schedule keeps the doctor's time there."""

    id: UUID
    practitioner_id: UUID
    location_id: UUID
    branch: str
    specialty: str
    mis: str

    @property
    def is_ours(self) -> bool:
        return self.mis == OWN_SCHEDULE


@dataclass(frozen=True, slots=True)
class GivenService:
    """A service that a doctor gives; `minutes` is the doctor's own norm, None where nobody said one."""

    id: UUID
    service_id: UUID
    name: str
    minutes: int | None
    mis: str

    @property
    def is_ours(self) -> bool:
        return self.mis == OWN_SCHEDULE


@dataclass(frozen=True, slots=True)
class PriceLine:
    """A price in force of a service: in a branch or everywhere (empty), by a doctor or anybody (empty)."""

    id: UUID
    branch: str
    doctor: str
    amount: Decimal
    since: date
    mis: str

    @property
    def is_ours(self) -> bool:
        return self.mis == OWN_SCHEDULE


@dataclass(frozen=True, slots=True)
class ActLine:
    """An act of staff on a record: what, about which other record, by whom (a login) and when."""

    act: RecordAct
    about: str
    words: str
    author: str
    at: datetime
