"""Figures of an invented month: written straight into the sums, as jobs and processes leave them."""

from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from domain.directory import factory as clinic
from feldsher.domain.directory.types import Kind as Record
from feldsher.domain.figures.models import NOBODY, EmptyDay, HoldDay, Progress, SeenDay, SourceRow, VisitDay
from feldsher.foundation.messaging.models import SpentDay
from feldsher.kernel import clock

LAST = date(2026, 11, 25)
"""The day that the tests' clock shows."""


def eye() -> UUID:
    return clinic.row(Record.PRACTITIONER, clinic.EYE.id)


def north() -> UUID:
    return clinic.row(Record.LOCATION, clinic.NORTH.id)


def fill(*, days: int = 40) -> None:
    """Write one day so many times, to today: 200 shown, 20 held, 12 booked, 8 came, 2 missed."""
    yandex = SourceRow.objects.create(kind="utm", name="yandex", medium="cpc", campaign="autumn").pk
    nobody = SourceRow.objects.create(kind="none", name="", medium="", campaign="").pk
    hostile = SourceRow.objects.create(kind="utm", name="=cmd", medium="", campaign="").pk
    for shift in range(days):
        day = LAST - timedelta(days=shift)
        for source, share in ((yandex, 1), (nobody, 3)):
            where = {"day": day, "channel": "site", "source": source}
            for location, practitioner in ((NOBODY, NOBODY), (north(), NOBODY), (north(), eye())):
                SeenDay.objects.create(**where, location=location, practitioner=practitioner, seen=50 * share)
            HoldDay.objects.create(
                **where,
                location=north(),
                practitioner=eye(),
                held=5 * share,
                booked=3 * share,
                cancelled=share if source == yandex else 0,
                came=2 * share,
                missed=1,
            )
        VisitDay.objects.create(
            day=day,
            location=north(),
            practitioner=eye(),
            channel="desk",
            source=nobody,
            told_came=9,
            told_missed=1,
            untold_came=3,
            untold_missed=1,
            unmarked=2,
        )
        for wanted, subject in (("doctor", str(eye())), ("specialty", "oftalmolog"), ("anybody", "")):
            EmptyDay.objects.create(
                day=day,
                wanted=wanted,
                subject=subject,
                location=north(),
                channel="site",
                source=hostile,
                searches=2,
            )
        for kind, cost in (("reminder", "27.00"), ("visit_booked", "13.50")):
            SpentDay.objects.create(
                day=day,
                kind=kind,
                provider="sms_ru",
                messages=5,
                delivered=4,
                parts=10,
                cost=Decimal(cost),
                unpriced=0,
            )
    Progress.objects.create(pk=1, transition=0, counted_at=clock.now())
