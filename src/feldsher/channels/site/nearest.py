"""The doctors of a branch as home and the branch's own page show them: who is free soonest comes first.

Where nobody books no doctor has times to show, and all of them stand as they come.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.http import HttpRequest

from feldsher.channels.site.columns import CHIPS, DAYS, DoctorTable, Terms, doctor_table
from feldsher.channels.site.order import Ranked
from feldsher.channels.site.shown import note
from feldsher.domain.directory.types import LocationCard, PractitionerCard
from feldsher.domain.figures.types import Search, Wanted
from feldsher.domain.scheduling import selectors as scheduling
from feldsher.domain.scheduling.types import DayTimes, OpenSlot
from feldsher.foundation.modules import has_booking
from feldsher.kernel import formats


def nearest_doctors(
    request: HttpRequest,
    doctors: Sequence[PractitionerCard],
    times: Mapping[UUID, Sequence[OpenSlot]],
    *,
    place: LocationCard,
    count: int,
    now: datetime,
) -> DoctorTable:
    """Return who of the branch is free soonest, at most `count`, and count them as shown: one query.

    `times` are each doctor's next ones there, and need not be all of a day: the days are asked for here, of
    the few who are shown.
    """
    shown = _soonest(doctors, times)[:count]
    days: Mapping[UUID, Mapping[UUID, tuple[DayTimes, ...]]] = {}
    if times and shown:
        first = times[shown[0].id][0]
        days = scheduling.day_times(
            [card.id for card in shown],
            first=formats.local_day(first.key.start, first.zone),
            days=DAYS,
            zones={first.zone},
            location_id=place.id,
            shown=CHIPS,
        ).times
    note(request, [(place.id, card.id) for card in shown], search=Search(Wanted.ANYBODY, location=place.id))
    return doctor_table(
        [Ranked(card, days.get(card.id, {}).get(place.id, ())) for card in shown],
        places={place.id: place},
        terms=Terms(place.id),
        now=now,
    )


def _soonest(
    doctors: Sequence[PractitionerCard], times: Mapping[UUID, Sequence[OpenSlot]]
) -> Sequence[PractitionerCard]:
    """Return the doctors who have a time, the nearest first; where nobody books all of them."""
    if not has_booking():
        return doctors
    free = (card for card in doctors if card.id in times)
    return sorted(free, key=lambda card: times[card.id][0].key.start)
