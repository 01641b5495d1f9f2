"""Says instants on a branch's clock, and names the zone wherever a reader could take another for it."""

from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from feldsher.domain.directory import selectors as directory
from feldsher.domain.directory.types import LocationCard
from feldsher.kernel import clock, formats

USUAL = "Europe/Moscow"
_MOSCOW = "по\u00a0московскому времени"


def zones_of(places: Iterable[LocationCard]) -> tuple[str, ...]:
    """Return the zones of the branches, those of the most branches first, Moscow's before others."""
    known = [place.zone for place in places if place.zone]
    return tuple(sorted(set(known), key=lambda zone: (-known.count(zone), zone != USUAL, zone))) or (USUAL,)


def zone_name(zone: str, *, at: datetime) -> str:
    """Return `по времени Екатеринбурга` or `по московскому времени`."""
    return formats.zone_words(zone, at=at) or _MOSCOW


def moment(instant: datetime, zone: str, *, now: datetime) -> str:
    """Return `18:00` of today, `18:00, завтра, вт, 24 ноября` of another day; without the zone."""
    day, today = formats.local_day(instant, zone), formats.local_day(now, zone)
    shown = formats.clock(instant, zone)
    return shown if day == today else f"{shown}, {formats.near_day(day, today=today)}"


def usual_zone() -> str:
    """Return the clock of most branches, by which what concerns no branch is told."""
    return zones_of(directory.locations())[0]


def told(instant: datetime) -> str:
    """Return `moment` on the clock of most branches, as of now."""
    return moment(instant, usual_zone(), now=clock.now())


def is_midnight(instant: datetime, zone: str) -> bool:
    local = instant.astimezone(ZoneInfo(zone))
    return (local.hour, local.minute) == (0, 0)
