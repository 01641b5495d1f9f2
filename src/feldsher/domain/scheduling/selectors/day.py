"""The visits of a day as staff may see them: everybody's or those of one's own patients, in clear or masked.

Row security narrows the rows; what is shown of a person follows from the same table of rights.
"""

from dataclasses import replace
from datetime import date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet

from feldsher.domain.directory import selectors as directory
from feldsher.domain.patients import selectors as patients
from feldsher.domain.patients.types import ShownPerson
from feldsher.domain.scheduling.models import Appointment, Reminder
from feldsher.domain.scheduling.types import DayOfVisits, State, VisitRow
from feldsher.foundation.access.context import Extent
from feldsher.foundation.access.doors import as_staff
from feldsher.foundation.access.journal import journal
from feldsher.foundation.access.matrix import Column
from feldsher.foundation.access.policies import Action, sees_clear
from feldsher.foundation.access.types import Staff
from feldsher.kernel import clock
from feldsher.kernel.errors import NotFoundError

SHOWN = (
    *(State.BOOKING, State.BOOKED, State.UNKNOWN, State.CANCELLING),
    *(State.ARRIVED, State.FULFILLED, State.NOSHOW),
)
"""Visits that are to come or were: not those that were refused, cancelled or moved away."""


def day_of_visits(
    staff: Staff,
    *,
    location: UUID,
    day: date,
    practitioner: UUID | None = None,
    after: str = "",
    limit: int = 50,
) -> DayOfVisits:
    """Return the visits of a branch's calendar day in order, `limit` a page, each with its patient.

    Those of one doctor where a `practitioner` is named. `after` is the `following` of the page before. A day
    that is past needs the right to past visits. Raises ForbiddenError, NotFoundError, VaultError, AuditError.
    """
    zone = ZoneInfo(directory.location(location).zone or "UTC")
    is_past = day < clock.now().astimezone(zone).date()
    action = Action.SEE_PAST_VISITS if is_past else Action.SEE_VISITS
    begin, end = clock.day_bounds(day, zone)
    with as_staff(staff, action) as context:
        rows = Appointment.objects.filter(
            location=location,
            starts_at__gte=begin,
            starts_at__lt=end,
            patient__isnull=False,
            state__in=SHOWN,
        )
        if practitioner is not None:
            rows = rows.filter(practitioner=practitioner)
        found = list(_later(rows, after).order_by("starts_at", "id")[: limit + 1])
        shown = found[:limit]
        whose = {row.patient for row in shown if row.patient is not None}
        journal("appointment", Column.APPOINTMENTS, ids=[row.id for row in shown], patients=whose)
        persons = patients.shown_persons(staff, action, whose)
        answered = Reminder.objects.filter(appointment__in=[row.id for row in shown])
        coming = set(answered.exclude(answered_at=None).values_list("appointment", flat=True))
    visits = tuple(
        replace(visit_row(row, persons.get(row.patient)), is_coming=row.id in coming) for row in shown
    )
    return DayOfVisits(
        visits,
        following=_mark(shown[-1]) if len(found) > limit else "",
        is_named=context.reach.persons is not Extent.NONE,
        is_clear=sees_clear(staff, action, Column.CONTACTS),
    )


def _later(rows: QuerySet[Any], after: str) -> QuerySet[Any]:
    if not after:
        return rows
    start, _, number = after.partition("~")
    try:
        moment, last = datetime.fromisoformat(start), UUID(number)
    except ValueError:
        raise NotFoundError("no such page of a day") from None
    if moment.tzinfo is None:
        raise NotFoundError("no such page of a day")
    return rows.filter(Q(starts_at__gt=moment) | Q(starts_at=moment, id__gt=last))


def _mark(row: Any) -> str:
    return f"{row.visit.lower.isoformat()}~{row.id}"


def visit_row(row: Any, person: ShownPerson | None) -> VisitRow:
    """Return a row; a person out of reach is not named: a right to visits is none to contacts."""
    return VisitRow(
        id=row.id,
        start=row.visit.lower,
        end=row.visit.upper,
        practitioner_id=row.practitioner,
        service_id=row.service,
        state=State(row.state),
        name=person.name if person else "",
        phone=person.phone if person else "",
        is_over=row.over_why != "",
    )
