"""Free times as a template shows them: chips that one tap takes, in words, grouped by day and branch.

Pure functions over the domain's dataclasses, so that each wording is tested without a database.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from uuid import UUID

from feldsher.domain.directory.types import LocationCard
from feldsher.domain.scheduling.types import OpenSlot
from feldsher.kernel import formats
from feldsher.kernel.money import least_of

CHIPS_IN_ROW = 3


@dataclass(frozen=True, slots=True)
class Chip:
    """A time that one tap holds. `label` is read aloud; `key` survives a refresh of the list."""

    token: str
    time: str
    label: str
    key: str


@dataclass(frozen=True, slots=True)
class Times:
    """Chips of one day in one branch. `badge` is the zone, empty where it is Moscow's."""

    day: str
    badge: str
    price: str
    place: str
    chips: tuple[Chip, ...]


def chip(slot: OpenSlot, *, now: datetime) -> Chip:
    start = slot.key.start
    time, spoken = _said(start, slot.zone, formats.local_day(now, slot.zone))
    price = _spoken_price(slot.price)
    return Chip(
        token=slot.token,
        time=time,
        label=f"{spoken}, {price}" if price else spoken,
        key=f"{slot.key.practitioner_id}:{start:%Y%m%d%H%M}",
    )


@lru_cache(maxsize=8192)
def _said(start: datetime, zone: str, today: date) -> tuple[str, str]:
    """Return a time as it is shown and as it is read aloud; kept, because doctors share their times."""
    time, day = formats.clock(start, zone), formats.local_day(start, zone)
    words = (time, formats.spoken_day(day, today=today), formats.zone_words(zone, at=start))
    return time, ", ".join(word for word in words if word)


@lru_cache(maxsize=512)
def _spoken_price(price: Decimal | None) -> str:
    if not price:
        return ""
    return formats.plural(int(price), "рубль", "рубля", "рублей").replace(formats.NBSP, " ")


def group_times(
    slots: Sequence[OpenSlot],
    *,
    places: Mapping[UUID, LocationCard],
    now: datetime,
    limit: int = CHIPS_IN_ROW,
) -> tuple[Times, ...]:
    """Return up to `limit` chips, in order, grouped by day and branch."""
    groups: dict[tuple[date, UUID], list[OpenSlot]] = {}
    for slot in slots[:limit]:
        key = (formats.local_day(slot.key.start, slot.zone), slot.key.location_id)
        groups.setdefault(key, []).append(slot)
    return tuple(times_of(group, places=places, now=now) for group in groups.values())


def times_of(slots: Sequence[OpenSlot], *, places: Mapping[UUID, LocationCard], now: datetime) -> Times:
    """Return the chips of one day in one branch."""
    first = slots[0]
    day = formats.local_day(first.key.start, first.zone)
    today = formats.local_day(now, first.zone)
    place = places.get(first.key.location_id)
    return Times(
        day=formats.sentence_case(formats.near_day(day, today=today)),
        badge=formats.zone_words(first.zone, at=first.key.start),
        price=price_words(slots),
        place=place.where if place else "",
        chips=tuple(chip(slot, now=now) for slot in slots),
    )


def price_words(slots: Iterable[OpenSlot]) -> str:
    """Return one price, `от` the least of several, or «цена уточняется»."""
    return least_of(slot.price for slot in slots).words
