"""Doctors of whom a MIS says nothing any more.

Only for doctors whom an answer names may an absent time mean "not free": a filter that broke looks like a
doctor who left. Some MISes (1С) name nobody without working time, so that a doctor whose whole month was
withdrawn would stay on the site. Three complete answers in a row that don't name him are believed.
"""

from datetime import datetime, timedelta
from uuid import UUID

from feldsher.domain.directory import selectors as directory
from feldsher.domain.scheduling.models import Availability, Silence
from feldsher.domain.scheduling.normaliser import Normalised, covered_days
from feldsher.domain.scheduling.ports import Window

BELIEVED = 3
_Pair = tuple[UUID, UUID]


def withdraw_the_unnamed(mis: str, found: Normalised, *, window: Window, part: int, now: datetime) -> None:
    """Count who is missing from a complete answer, and add whoever is believed gone to `found.covered`.

    `part` tells the windows of one sync apart.
    """
    later = window.last + timedelta(days=1)
    kept: set[_Pair] = set(
        Availability.objects.filter(mis=mis, day__gte=window.first, day__lte=later)
        .values_list("practitioner", "location")
        .distinct()
    )
    known = {(row.practitioner, row.location): row for row in Silence.objects.filter(mis=mis, part=part)}
    missing = kept - found.covered.keys()
    for pair, row in known.items():
        if pair not in missing:
            row.delete()
    zones = directory.zones()
    for practitioner, location in missing:
        row = known.get((practitioner, location)) or Silence(
            mis=mis, part=part, practitioner=practitioner, location=location
        )
        row.times += 1
        row.save()
        days = covered_days(window, zone=zones.get(location, "UTC"), now=now)
        if row.times >= BELIEVED and days is not None:
            found.covered[practitioner, location] = days
