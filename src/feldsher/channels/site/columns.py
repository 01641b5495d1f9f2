"""The list of doctors: one row a doctor, its times in columns of four days under one head.

A phone shows the first day with a time, a wide screen all four; both are in the page once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from uuid import UUID

from feldsher.channels.frontend.times import Chip, chip, price_words
from feldsher.channels.site.nearness import distance_words
from feldsher.channels.site.order import Ranked
from feldsher.channels.site.present import WEEK, link
from feldsher.channels.site.rules import Note
from feldsher.domain.directory.types import LocationCard, PractitionerCard
from feldsher.domain.scheduling.types import DayTimes, OpenSlot
from feldsher.kernel import formats

DAYS = 4
CHIPS = 3


@dataclass(frozen=True, slots=True)
class Column:
    """One day of one doctor. `order` counts days with a time from 1 (0: none).

    The times left out are `more` on a phone, which shows three, and `more_wide` beside, where two are shown.
    """

    day: str
    order: int
    chips: tuple[Chip, ...] = ()
    more: int = 0
    more_wide: int = 0
    more_url: str = ""


@dataclass(frozen=True, slots=True)
class DoctorRow:
    """`columns` is empty where there is no time in these days; `nearest` is the first later one then.

    `distance` is in words, empty where it is not asked for or not known; `note` says why there is no time,
    where that is known.
    """

    card: PractitionerCard
    specialties: str
    place: str
    distance: str
    badge: str
    price: str
    url: str
    columns: tuple[Column, ...]
    nearest: Column | None
    note: Note | None

    @property
    def soonest(self) -> Column | None:
        """The first day with a time, for whoever shows one; None where there is no time."""
        return next((column for column in self.columns if column.chips), self.nearest)


@dataclass(frozen=True, slots=True)
class Terms:
    """What a list was asked for, and what a doctor's page is asked for in turn; answers as in its address."""

    location_id: UUID | None = None
    service_id: UUID | None = None
    answers: Mapping[str, str] = field(default_factory=dict)

    def doctor(self, card: PractitionerCard, **more: object) -> str:
        """Return the address of a doctor's page."""
        kept = {"location": self.location_id, "service": self.service_id, **self.answers}
        return link("doctor", card.id, **kept | more)


@dataclass(frozen=True, slots=True)
class DoctorTable:
    head: tuple[str, ...]
    rows: tuple[DoctorRow, ...]


def doctor_table(
    ranked: Sequence[Ranked],
    *,
    places: Mapping[UUID, LocationCard],
    terms: Terms,
    now: datetime,
    notes: Mapping[UUID, Note] | None = None,
    is_pinned: bool = False,
) -> DoctorTable:
    """Return the doctors' rows in their order under days that begin with the earliest time of all.

    `notes` stand in the place of a doctor's times. `is_pinned`: a row leads to the branch that it shows,
    where the doctor's page would open another.
    """
    first = earliest(ranked)
    zone = first.zone if first else formats.MOSCOW
    today = formats.local_day(now, zone)
    start = formats.local_day(first.key.start, first.zone) if first else today
    days = tuple(start + timedelta(days=shift) for shift in range(DAYS))
    rows = tuple(
        _row(
            row,
            days=days,
            places=places,
            terms=replace(terms, location_id=terms.location_id or _branch_of(row)) if is_pinned else terms,
            note=(notes or {}).get(row.card.id),
            now=now,
        )
        for row in ranked
    )
    return DoctorTable(
        head=tuple(_head(day, today=today) for day in days),
        rows=rows,
    )


def _branch_of(row: Ranked) -> UUID | None:
    return row.first.key.location_id if row.first else None


def earliest(ranked: Sequence[Ranked]) -> OpenSlot | None:
    """Return the first time of these doctors in the branches that their rows show."""
    return min((row.first for row in ranked if row.first), key=lambda slot: slot.key.start, default=None)


def days_of(slots: Sequence[OpenSlot]) -> tuple[DayTimes, ...]:
    """Return times of one doctor in one branch by days of its calendar; the times are all that there are."""
    by_day: dict[date, list[OpenSlot]] = {}
    for slot in slots:
        by_day.setdefault(formats.local_day(slot.key.start, slot.zone), []).append(slot)
    return tuple(DayTimes(day, tuple(own[:CHIPS]), len(own)) for day, own in by_day.items())


def nearest_words(start: datetime, zone: str, *, now: datetime) -> str:
    """Return `сегодня, 09:50` for the second line of a button, with the zone where it is not Moscow's."""
    today, day = formats.local_day(now, zone), formats.local_day(start, zone)
    near = {today: "сегодня", today + timedelta(days=1): "завтра"}
    words = f"{near.get(day) or formats.day_words(day, today=today)}, {formats.clock(start, zone)}"
    note = formats.zone_words(zone, at=start)
    return f"{words} {note}" if note else words


def _head(day: date, *, today: date) -> str:
    if day == today:
        return f"Сегодня, {day.day}"
    return f"{formats.sentence_case(formats.weekday(day))}, {day.day}"


def _row(
    ranked: Ranked,
    *,
    days: tuple[date, ...],
    places: Mapping[UUID, LocationCard],
    terms: Terms,
    note: Note | None,
    now: datetime,
) -> DoctorRow:
    card, first = ranked.card, ranked.first
    by_day = {times.day: times for times in ranked.days}
    columns: list[Column] = []
    order = 0
    for day in days:
        order += day in by_day
        columns.append(_column(card, day, by_day.get(day), order=order, terms=terms, now=now))
    later = next((times for times in ranked.days if times.day not in days), None)
    here = [places[pk] for pk in card.location_ids if pk in places and terms.location_id in {None, pk}]
    named = places.get(first.key.location_id) if first else None
    return DoctorRow(
        card=card,
        specialties=formats.sentence_case(", ".join(card.specialties)),
        place=named.where if named else "; ".join(place.where for place in here),
        distance=distance_words(ranked.distance),
        badge=formats.zone_words(first.zone, at=first.key.start) if first else "",
        price=price_words(slot for times in ranked.days for slot in times.slots) if first else "",
        url=terms.doctor(card),
        columns=tuple(columns) if order else (),
        nearest=_column(card, later.day, later, order=1, terms=terms, now=now)
        if later and not order
        else None,
        note=note,
    )


def _column(
    card: PractitionerCard,
    day: date,
    times: DayTimes | None,
    *,
    order: int,
    terms: Terms,
    now: datetime,
) -> Column:
    zone = times.slots[0].zone if times else formats.MOSCOW
    today = formats.local_day(now, zone)
    words = formats.sentence_case(formats.near_day(day, today=today))
    if times is None:
        return Column(day=words, order=0)
    wide = CHIPS if times.count == CHIPS else CHIPS - 1
    return Column(
        day=words,
        order=order,
        chips=tuple(chip(slot, now=now) for slot in times.slots[:CHIPS]),
        more=max(0, times.count - CHIPS),
        more_wide=max(0, times.count - wide),
        more_url=terms.doctor(
            card,
            location=terms.location_id or times.slots[0].key.location_id,
            from_=day if (day - today).days >= WEEK else None,
            day=day,
        ),
    )
