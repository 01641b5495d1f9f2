"""Invented figures of the last weeks, for a demo and for nothing else: sums alone, of no visit that ever was.

The same seed gives the same figures. More is shown on weekdays, one branch and doctor have more than another,
advertising brings readers who book less, and reminders begin in the middle: the page has what to tell.
"""

import random
from collections import Counter
from datetime import date, timedelta
from typing import Final
from uuid import UUID

from feldsher.domain.directory import selectors as directory
from feldsher.domain.figures.batches import Counts, Missed, Shown
from feldsher.domain.figures.days import today
from feldsher.domain.figures.gathering import HOLDS, VISITS, Cell, add
from feldsher.domain.figures.models import NOBODY, HoldDay, SeenDay
from feldsher.domain.figures.types import UNKNOWN, Source, SourceKind, Wanted
from feldsher.domain.figures.writing import number_of, write
from feldsher.foundation.access.context import as_service

DAYS: Final = 70
_SEED: Final = 20
_WAYS: Final = (
    ("site", UNKNOWN, 10, 0.11),
    ("site", Source(SourceKind.UTM, "yandex", "cpc", "osen"), 6, 0.06),
    ("site", Source(SourceKind.REFERRER, "yandex.ru"), 5, 0.09),
    ("widget", Source(SourceKind.WIDGET, "partner.example"), 2, 0.13),
)
"""Channel, source, showings of a doctor's usual weekday, and which share of them ends in a hold."""
_BOOKED: Final = 0.72
_CANCELLED: Final = 0.1
_REMINDED: Final = 0.85
_VAIN: Final = 0.3
_SATURDAY: Final = 5
_ABSENT: Final = {"told": 0.06, "untold": 0.17}


def rehearse() -> int:
    """Invent the figures of DAYS days before today; returns for how many doctors, 0 where there are any."""
    cards, _ = directory.practitioners(limit=200)
    doctors = [(place, card.id) for card in cards for place in card.location_ids[:1]]
    if HoldDay.objects.exists() or SeenDay.objects.exists():
        return 0
    # Not for secrets: the same demo everywhere.
    dice = random.Random(_SEED)  # noqa: S311 - figures of a demo
    for shift in range(DAYS, 0, -1):
        _day(today() - timedelta(days=shift), doctors, is_reminded=shift <= DAYS // 2, dice=dice)
    return len(doctors)


def _day(day: date, doctors: list[tuple[UUID, UUID]], *, is_reminded: bool, dice: random.Random) -> None:
    counts, holds, visits = Counts(day=day), Counter[Cell](), Counter[Cell]()
    pace = 0.35 if day.weekday() >= _SATURDAY else 1.0
    with as_service("figures"):
        numbers = {source: number_of(source) for _, source, _, _ in _WAYS}
        for place, doctor in doctors:
            liking = 0.6 + (doctor.int % 9) / 10
            for channel, source, usual, share in _WAYS:
                seen = round(usual * pace * liking * dice.uniform(0.7, 1.3))
                counts.sources.add(source)
                for where in ((NOBODY, NOBODY), (place, NOBODY), (place, doctor)):
                    counts.shown[Shown(*where, channel, source)] += seen
                cell = (day, place, doctor, channel, numbers[source])
                for _ in range(sum(dice.random() < share for _ in range(seen))):
                    _hold(cell, holds, visits, is_reminded=is_reminded, dice=dice)
            if dice.random() < _VAIN * pace:
                lost = Missed(Wanted.DOCTOR.value, str(doctor), place, "site", UNKNOWN)
                counts.missed[lost] += dice.randint(1, 4)
        add("figures_hold_day", HOLDS, holds)
        add("figures_visit_day", VISITS, visits)
        write(counts)


def _hold(
    cell: tuple[date, UUID, UUID, str, int],
    holds: Counter[Cell],
    visits: Counter[Cell],
    *,
    is_reminded: bool,
    dice: random.Random,
) -> None:
    """Let one hold end: given up, cancelled, missed or come to."""
    holds[(*cell, "held")] += 1
    if dice.random() > _BOOKED:
        return
    holds[(*cell, "booked")] += 1
    if dice.random() < _CANCELLED:
        holds[(*cell, "cancelled")] += 1
        return
    told = "told" if is_reminded and dice.random() < _REMINDED else "untold"
    end = "missed" if dice.random() < _ABSENT[told] else "came"
    holds[(*cell, end)] += 1
    visits[(*cell, f"{told}_{end}")] += 1
