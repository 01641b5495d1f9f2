"""One more look at visits before their patients are told of them, of many at once."""

from collections import defaultdict
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from uuid import UUID
from zoneinfo import ZoneInfo

from feldsher.domain.scheduling.calling import zone_of
from feldsher.domain.scheduling.models import Appointment, Discrepancy, OtherTimes, Reminder
from feldsher.domain.scheduling.noting import OPEN
from feldsher.domain.scheduling.reminding.due import due
from feldsher.domain.scheduling.types import ReminderKind, State
from feldsher.kernel import clock

NEAR = timedelta(hours=2)
"""Visits that begin so soon after the first of them are told of with it two hours before."""
_DAY = timedelta(hours=26)
"""Longer than any day is on a wall clock."""


@dataclass(frozen=True, slots=True)
class Look:
    """What is so of some visits, and of the booked ones that may be told of with them.

    `nearby` are booked visits of a patient in a branch; `known` the ids of all; of `doubted` ones the MIS
    tells otherwise, and nobody has settled that.
    """

    nearby: dict[tuple[UUID | None, UUID], list[Appointment]]
    known: frozenset[UUID]
    called_off: frozenset[UUID]
    doubted: frozenset[UUID]
    zone: Callable[[UUID], ZoneInfo]

    @classmethod
    def at(cls, visits: Collection[Appointment]) -> "Look":
        nearby = _nearby(visits)
        known = {visit.pk for visit in visits} | {visit.pk for each in nearby.values() for visit in each}
        off = OtherTimes.objects.filter(appointment__in=known, settled_at=None)
        doubts = Discrepancy.objects.filter(appointment__in=known, state__in=OPEN)
        return cls(
            nearby=nearby,
            known=frozenset(known),
            called_off=frozenset(off.values_list("appointment", flat=True)),
            doubted=frozenset(doubts.values_list("appointment", flat=True)),
            zone=cache(zone_of),
        )

    def due_at(self, row: Reminder, visit: Appointment) -> datetime:
        """Return when it is to be told of: the branch may have got another zone since that was planned."""
        return due(visit.starts_at, self.zone(visit.location))[ReminderKind(row.kind)]

    def why_not(self, row: Reminder, visit: Appointment) -> str:
        """Return why a booked visit to come is not told of; nothing where it is, now or later."""
        if visit.pk in self.called_off:
            return "called_off"
        times = due(visit.starts_at, self.zone(visit.location))
        is_past = row.kind == ReminderKind.DAY and times[ReminderKind.HOURS] <= clock.now()
        return "merged" if is_past or row.kind not in times else ""

    def same_day(self, visit: Appointment, *, kind: str) -> list[Appointment]:
        """Return the patient's other visits in the branch that one message tells with this one.

        A day before those of the whole day, two hours before those that follow within two hours; none that
        was called off or that the MIS tells otherwise.
        """
        until = visit.starts_at + NEAR
        if kind == ReminderKind.DAY:
            zone = self.zone(visit.location)
            local: datetime = visit.starts_at.astimezone(zone)
            until = clock.day_bounds(local.date(), zone)[1]
        left_out = {visit.pk, *self.called_off, *self.doubted}
        return [
            other
            for other in self.nearby.get((visit.patient, visit.location), ())
            if other.pk not in left_out and visit.starts_at <= other.starts_at < until
        ]


def _nearby(visits: Collection[Appointment]) -> dict[tuple[UUID | None, UUID], list[Appointment]]:
    """Return the booked visits of these patients within a day of these, by patient and branch."""
    found: dict[tuple[UUID | None, UUID], list[Appointment]] = defaultdict(list)
    if visits:
        starts = [visit.starts_at for visit in visits]
        booked = Appointment.objects.filter(
            patient__in={visit.patient for visit in visits},
            state=State.BOOKED,
            starts_at__gte=min(starts),
            starts_at__lt=max(starts) + _DAY,
        )
        for visit in booked:
            found[visit.patient, visit.location].append(visit)
    return found
