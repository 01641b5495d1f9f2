"""The booking panel of a service: seven days, and the doctors who give it on the chosen one with their times.

Pure functions over the domain's dataclasses, so that each wording is tested without a database.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from feldsher.channels.frontend.times import Chip, chip, price_words
from feldsher.channels.site.columns import Terms, nearest_words
from feldsher.channels.site.present import WEEK, DayCell, day_cell
from feldsher.domain.directory.types import LocationCard, PractitionerCard
from feldsher.domain.scheduling.types import DayTimes, OpenSlot
from feldsher.kernel import formats

CHIPS = 8
"""Times of a doctor's day that are read: as many are shown, or one less beside «Ещё»."""
_DOCTORS = 5


@dataclass(frozen=True, slots=True)
class PanelRow:
    """One doctor in one branch on the chosen day; `more` counts the times left out."""

    card: PractitionerCard
    location_id: UUID
    url: str
    place: str
    price: str
    badge: str
    chips: tuple[Chip, ...]
    more: int
    more_url: str


@dataclass(frozen=True, slots=True)
class Nearest:
    """The token of the chosen day's first time, and when it is in words."""

    token: str
    words: str


@dataclass(frozen=True, slots=True)
class Panel:
    """`strip` is empty where no day of the week has a time; `elsewhere` is then the nearest later day.

    `more` counts the doctors of the day who are left out; `is_choice`: more than one doctor has a time on it.
    """

    month: str = ""
    strip: tuple[DayCell, ...] = ()
    day: str = ""
    rows: tuple[PanelRow, ...] = ()
    more: int = 0
    nearest: Nearest | None = None
    is_choice: bool = False
    elsewhere: str = ""
    elsewhere_url: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """The week from `first` and the day that an address names; `link_to` leads to another (first, day)."""

    first: date
    day: date | None
    link_to: Callable[[date, date | None], str]


Offers = Mapping[UUID, Mapping[UUID, Sequence[DayTimes]]]


def panel_of(
    cards: Mapping[UUID, PractitionerCard],
    offers: Offers,
    asked: Asked,
    *,
    places: Mapping[UUID, LocationCard],
    terms: Terms,
    now: datetime,
) -> Panel:
    """Return the panel; `offers` are times by doctor and branch, each day with its first ones."""
    week = tuple(asked.first + timedelta(days=shift) for shift in range(WEEK))
    own = [
        (cards[doctor], branch, times)
        for doctor, branches in offers.items()
        if doctor in cards
        for branch, days in branches.items()
        for times in days
    ]
    open_days = {times.day for _, _, times in own if times.day in week}
    if not open_days:
        later = min((times.slots[0] for _, _, times in own), key=lambda slot: slot.key.start, default=None)
        return _elsewhere(later, asked, now=now) if later else Panel()
    chosen = asked.day if asked.day in open_days else min(open_days)
    of_day = sorted(
        ((card, branch, times) for card, branch, times in own if times.day == chosen),
        key=lambda item: (item[2].slots[0].key.start, item[0].name),
    )
    doctors = list(dict.fromkeys(card.id for card, _, _ in of_day))
    first = of_day[0][2].slots[0]
    today = formats.local_day(now, first.zone)
    return Panel(
        month=formats.month_of(week),
        strip=tuple(
            day_cell(
                day,
                today=today,
                url=asked.link_to(asked.first, day) if day in open_days else "",
                is_selected=day == chosen,
            )
            for day in week
        ),
        day=formats.sentence_case(formats.near_day(chosen, today=today)),
        rows=tuple(
            _row(card, times, place=places.get(branch), terms=terms, now=now)
            for card, branch, times in of_day
            if card.id in doctors[:_DOCTORS]
        ),
        more=len(doctors[_DOCTORS:]),
        nearest=_nearest(first, now=now),
        is_choice=len(doctors) > 1,
    )


def _elsewhere(later: OpenSlot, asked: Asked, *, now: datetime) -> Panel:
    day = formats.local_day(later.key.start, later.zone)
    today = formats.local_day(now, later.zone)
    return Panel(elsewhere=formats.near_day(day, today=today), elsewhere_url=asked.link_to(day, None))


def _nearest(first: OpenSlot, *, now: datetime) -> Nearest:
    return Nearest(chip(first, now=now).token, nearest_words(first.key.start, first.zone, now=now))


def _row(
    card: PractitionerCard, times: DayTimes, *, place: LocationCard | None, terms: Terms, now: datetime
) -> PanelRow:
    shown = CHIPS if times.count <= CHIPS else CHIPS - 1
    first = times.slots[0]
    branch = first.key.location_id
    return PanelRow(
        card=card,
        location_id=branch,
        url=terms.doctor(card, location=branch),
        place=place.name if place else "",
        price=price_words(times.slots),
        badge=formats.zone_words(first.zone, at=first.key.start),
        chips=tuple(chip(slot, now=now) for slot in times.slots[:shown]),
        more=times.count - len(times.slots[:shown]),
        more_url=terms.doctor(card, location=branch, from_=times.day, day=times.day),
    )
