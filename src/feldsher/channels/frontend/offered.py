"""A time that is kept for one who waits, in words."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from feldsher.domain.scheduling.types import OfferedTime
from feldsher.kernel import formats


@dataclass(frozen=True, slots=True)
class OfferedWords:
    """The time and until when it is kept; `zone` is empty where clocks show what they show in Moscow."""

    id: UUID
    time: str
    day: str
    zone: str
    until: str


def offered_time(offer: OfferedTime, *, now: datetime) -> OfferedWords:
    """Return an offered time in words."""
    start = offer.key.start
    day, today = formats.local_day(start, offer.zone), formats.local_day(now, offer.zone)
    return OfferedWords(
        id=offer.id,
        time=formats.clock(start, offer.zone),
        day=formats.sentence_case(formats.near_day(day, today=today)),
        zone=formats.zone_words(offer.zone, at=start),
        until=formats.clock(offer.until, offer.zone),
    )
