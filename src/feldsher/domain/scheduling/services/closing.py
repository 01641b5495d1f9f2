"""A doctor's day does not take place: its patients choose another time, and who doesn't is called."""

from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from feldsher.domain.directory import selectors as directory
from feldsher.domain.scheduling import notices
from feldsher.domain.scheduling.models import Appointment, OtherTimes
from feldsher.domain.scheduling.types import State
from feldsher.foundation.access.doors import as_staff
from feldsher.foundation.access.journal import journal
from feldsher.foundation.access.matrix import Column
from feldsher.foundation.access.policies import Action
from feldsher.foundation.access.types import Staff
from feldsher.kernel import clock

ANSWER_WITHIN = timedelta(hours=3)
BEFORE_VISIT = timedelta(hours=3)
AT_LEAST = timedelta(minutes=30)


def offer_other_times(practitioner: UUID, *, location: UUID, day: date, staff: Staff) -> int:
    """Ask each patient who is booked with the doctor on a day of the branch, once; returns how many were.

    Their visits stand until they choose: by the link of the SMS they move or cancel. Whoever has not answered
    by an hour is called by a registrar. The day's free time is closed where it is kept, in the MIS or among
    the hours. Raises ForbiddenError, NotFoundError, VaultError, AuditError.
    """
    zone = ZoneInfo(directory.location(location).zone or "UTC")
    begin, end = clock.day_bounds(day, zone)
    with as_staff(staff, Action.RESOLVE_VISITS):
        now = clock.now()
        rows = (
            Appointment.objects.select_for_update()
            .filter(
                practitioner=practitioner,
                location=location,
                state=State.BOOKED,
                patient__isnull=False,
                starts_at__gte=max(begin, now),
                starts_at__lt=end,
            )
            .order_by("starts_at", "id")
        )
        booked = list(rows)
        asked = set(
            OtherTimes.objects.filter(
                practitioner=practitioner, location=location, day=day, settled_at=None
            ).values_list("appointment", flat=True)
        )
        visits = [row for row in booked if row.pk not in asked]
        whose = {row.patient for row in visits if row.patient is not None}
        journal("appointment", Column.APPOINTMENTS, ids=[row.pk for row in visits], patients=whose)
        for row in visits:
            OtherTimes.objects.create(
                appointment=row.pk,
                practitioner=practitioner,
                location=location,
                day=day,
                asked_at=now,
                asked_by=staff.id,
                answer_by=_answer_by(now, row.starts_at),
            )
            notices.ask_to_choose(row)
    return len(visits)


def _answer_by(now: datetime, starts_at: datetime) -> datetime:
    """Return within three hours, and three before the visit where that leaves half an hour to answer."""
    return min(now + ANSWER_WITHIN, max(starts_at - BEFORE_VISIT, now + AT_LEAST))
