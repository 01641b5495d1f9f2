"""Turns answers of the domain into what a template shows: words and links, nothing to decide.

Pure functions over the domain's dataclasses, so that each wording is tested without a database.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from urllib.parse import urlencode
from uuid import UUID

from django.urls import reverse

from feldsher.channels.frontend.arrivals import carried
from feldsher.channels.frontend.times import CHIPS_IN_ROW, Chip, Times, chip, price_words, times_of
from feldsher.domain.directory.types import LocationCard, PractitionerCard, SpecialtyCard
from feldsher.domain.scheduling.types import OpenDay, OpenSlot
from feldsher.kernel import formats

_CARRYING = frozenset(
    {"home", "doctors", "doctor", "services", "service", "service-branch", "branch", "search", "prices"}
)
"""Pages on the way to a time; no address of a hold or a visit says where anybody came from."""
WEEK = 7
"""Days of a strip."""
_PARTS = (("Утро", 0, 12), ("День", 12, 17), ("Вечер", 17, 24))


@dataclass(frozen=True, slots=True)
class SpecialtyRow:
    """A specialty with its nearest times in one branch.

    `day` is a word and the date that a narrow line may leave out; `more` counts the day's other times, 0 when
    unknown.
    """

    title: str
    day: tuple[str, str]
    doctors: str
    url: str
    price: str
    times: Times
    more: int


@dataclass(frozen=True, slots=True)
class DayCell:
    """A day of a strip. `url` is empty where it has no time; `label` is read aloud then."""

    weekday: str
    number: int
    month: str
    url: str
    label: str
    is_selected: bool

    @property
    def is_open(self) -> bool:
        return bool(self.url)


@dataclass(frozen=True, slots=True)
class Part:
    """Morning, afternoon or evening of a day."""

    title: str
    chips: tuple[Chip, ...]


def link(name: str, *args: object, **params: object) -> str:
    """Return a page's address with those parameters that have a value, and where its reader came from."""
    path = _kept_path(name, *args) if name == "doctor" or not args else reverse(f"site:{name}", args=args)
    return at(path, **params) if name in _CARRYING else _with_query(path, params)


def at(path: str, **params: object) -> str:
    """Return a page's path with those parameters that have a value, and where its reader came from."""
    return _with_query(path, {**params, **carried()})


def _with_query(path: str, params: Mapping[str, object]) -> str:
    query = urlencode({key.rstrip("_"): str(value) for key, value in params.items() if value})
    return f"{path}?{query}" if query else path


@lru_cache(maxsize=2048)
def _kept_path(name: str, *args: object) -> str:
    """Kept, because a list leads to each of its doctors many times. Addresses that hold a secret are not."""
    return reverse(f"site:{name}", args=args)


def specialty_rows(
    specialties: Sequence[SpecialtyCard],
    doctors: Sequence[PractitionerCard],
    times: Mapping[UUID, Sequence[OpenSlot]],
    *,
    place: LocationCard,
    now: datetime,
    limit: int,
    per: int,
) -> tuple[SpecialtyRow, ...]:
    """Return the largest specialties with free time in a branch, each with its nearest times of one day.

    `per` is how many times of a doctor were asked for at most: who has as many may have more.
    """
    rows = []
    for specialty in sorted(specialties, key=lambda card: (-card.practitioners, card.title)):
        own = [card for card in doctors if specialty.slug in card.specialty_slugs]
        slots = _distinct([slot for card in own for slot in times.get(card.id, ())])
        if not slots:
            continue
        day = formats.local_day(slots[0].key.start, slots[0].zone)
        that_day = [slot for slot in slots if formats.local_day(slot.key.start, slot.zone) == day]
        rows.append(
            SpecialtyRow(
                title=formats.sentence_case(specialty.title),
                day=_short_day(day, today=formats.local_day(now, slots[0].zone)),
                doctors=formats.plural(len(own), "врач", "врача", "врачей"),
                url=link("doctors", specialty=specialty.slug, location=place.id),
                price=price_words(slots),
                times=times_of(that_day[:CHIPS_IN_ROW], places={place.id: place}, now=now),
                more=max(0, len(that_day) - CHIPS_IN_ROW)
                if all(_is_whole(times.get(card.id, ()), day, per=per) for card in own)
                else 0,
            )
        )
        if len(rows) == limit:
            break
    return tuple(rows)


def day_cell(day: date, *, today: date, url: str, is_selected: bool) -> DayCell:
    """Return a day of a strip; an empty `url`: it has no time."""
    return DayCell(
        weekday=formats.weekday(day),
        number=day.day,
        month=formats.month_word(day),
        url=url,
        label=f"{formats.spoken_day(day, today=today)}, свободного времени нет",
        is_selected=is_selected,
    )


def _short_day(day: date, *, today: date) -> tuple[str, str]:
    """Return the word and the date after it: `Сегодня`, `Завтра` and `вт, 24 ноября`, or the date alone."""
    if day == today:
        return "Сегодня", ""
    words = formats.day_words(day, today=today)
    return ("Завтра", words) if day == today + timedelta(days=1) else (formats.sentence_case(words), "")


def _is_whole(slots: Sequence[OpenSlot], day: date, *, per: int) -> bool:
    """Tell whether a doctor's times hold all of the day: fewer than asked for came, or later ones too."""
    return len(slots) < per or formats.local_day(slots[-1].key.start, slots[-1].zone) > day


def _distinct(slots: Sequence[OpenSlot]) -> list[OpenSlot]:
    """Return one slot per start, the cheapest, in order of time."""
    cheapest: dict[datetime, OpenSlot] = {}
    for slot in sorted(slots, key=lambda slot: (slot.key.start, slot.price or Decimal("Infinity"))):
        cheapest.setdefault(slot.key.start, slot)
    return list(cheapest.values())


def parts_of_day(day: OpenDay, *, now: datetime) -> tuple[Part, ...]:
    """Return morning (till 12), afternoon (till 17) and evening, without the empty ones."""
    chips = [(chip(slot, now=now), slot) for slot in day.slots]
    parts = []
    for title, first, end in _PARTS:
        own = tuple(item for item, _ in chips if first <= int(item.time[:2]) < end)
        if own:
            parts.append(Part(title=title, chips=own))
    return tuple(parts)
