"""What is known of a booking that a catalogue led to, and what a catalogue answers."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID


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

    `id` stays the same when it is said again. `pressed_at` is UTC, `starts_at` in the branch's zone; the rest
    are our ids, which the catalogue knows from the feed as `internal_id`.
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
class NotTold:
    """It has to be said again: not sent, not answered or not taken. `code` is stable, such as http_503.

    `is_refusal`: the answer is about our account or the form of what we say, and will not change by itself.
    """

    code: str
    is_refusal: bool = False


class AlarmCode(StrEnum):
    BOOKING_REPORTS_REFUSED = "booking_reports_refused"
    BOOKING_REPORTS_LATE = "booking_reports_late"
