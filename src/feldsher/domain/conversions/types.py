"""What is known of a booking that a catalogue led to, and what a catalogue answers."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

LONGEST: Final = 512
"""Characters of a catalogue's mark; a longer text is none."""


class Fact(StrEnum):
    """What a catalogue may hear of a booking; nothing here names a person."""

    PRESSED_AT = "pressed_at"
    STARTS_AT = "starts_at"
    CLINIC = "clinic"
    DOCTOR = "doctor"
    SERVICE = "service"


@dataclass(frozen=True, slots=True)
class Report:
    """A press of «Записаться»: `click` is the catalogue's own mark of the way from its page to ours.

    `id` is ours and does not leave. `pressed_at` is UTC, `starts_at` in the branch's zone; the rest are our
    ids, which the catalogue knows from the feed as `internal_id`.
    """

    id: UUID
    click: str = field(repr=False)
    pressed_at: datetime
    starts_at: datetime
    clinic: UUID
    doctor: UUID
    service: UUID


@dataclass(frozen=True, slots=True)
class Told:
    """The catalogue took it."""


@dataclass(frozen=True, slots=True)
class Later:
    """Not sent, not answered, or the catalogue is down: said again. `code` is stable, such as http_503."""

    code: str


@dataclass(frozen=True, slots=True)
class Denied:
    """The answer is about our account or address, and a person has to see to it; said again all the same."""

    code: str


@dataclass(frozen=True, slots=True)
class Unfit:
    """The catalogue takes this report not, whenever it is said: a mark that is none of its own."""

    code: str


Answer = Told | Later | Denied | Unfit


class AlarmCode(StrEnum):
    BOOKING_REPORTS_REFUSED = "booking_reports_refused"
    BOOKING_REPORTS_LATE = "booking_reports_late"
