"""Whose calendar a day is of: showings and holds by the clock of most branches, visits by their own."""

from collections import Counter
from collections.abc import Mapping
from datetime import date, datetime
from uuid import UUID

from feldsher.domain.directory import selectors as directory
from feldsher.kernel import clock, formats


def clinic_zone(zones: Mapping[UUID, str]) -> str:
    """Return the zone of most branches; Moscow's where they are as many, or nobody has said any."""
    counted = Counter(zone for zone in zones.values() if zone)
    return max(
        counted, key=lambda zone: (counted[zone], zone == formats.MOSCOW, zone), default=formats.MOSCOW
    )


def today() -> date:
    """Return the day on which what happens now is counted."""
    return formats.local_day(clock.now(), clinic_zone(directory.zones()))


class Calendar:
    """The branches' clocks, read once."""

    def __init__(self) -> None:
        self._zones = directory.zones()
        self._usual = clinic_zone(self._zones)

    def held(self, instant: datetime) -> date:
        return formats.local_day(instant, self._usual)

    def visited(self, instant: datetime, location: UUID) -> date:
        return formats.local_day(instant, self._zones.get(location) or self._usual)
