"""How a request to call is kept, and by which hour we promise to call. Services and talks both need it."""

from collections.abc import Collection
from datetime import datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from feldsher.domain.directory import selectors as directory
from feldsher.domain.scheduling import models
from feldsher.domain.scheduling.sealed import seal_call
from feldsher.domain.scheduling.types import CallOutcome, CallRequest, Notice
from feldsher.kernel import clock

WITHIN = timedelta(hours=1)
OPENS, CLOSES = time(9), time(20)
"""Hours of the branch's wall clock in which registrars call back."""
KEPT = timedelta(minutes=30)
"""How long somebody who took a call and wrote nothing has it."""
MOSCOW = "Europe/Moscow"
_NAME_LENGTH, _TOPIC_LENGTH = 100, 500
_SYSTEM = "system"
_NOTICES = {notice.value for notice in Notice}


def promise_call(
    appointment: UUID,
    *,
    name: str,
    phone: str,
    topic: str,
    location_id: UUID | None = None,
    practitioner_id: UUID | None = None,
) -> CallRequest:
    """Have a registrar call about a visit: nobody asked for it, and the consent is that of the booking.

    `phone` is E.164. Raises NotFoundError for an unknown branch or doctor.
    """
    row = models.CallRequest(
        location=location_id, practitioner=practitioner_id, appointment=appointment, channel=_SYSTEM
    )
    return keep_call(row, name=name, phone=phone, topic=topic)


def tell_desk(
    appointment: models.Appointment | None, notice: Notice, *, name: str, phone: str, topic: str
) -> None:
    """Put into the desk's calls what somebody must know of a patient, and whom no cancel makes needless."""
    row = models.CallRequest(
        location=appointment.location if appointment else None,
        practitioner=appointment.practitioner if appointment else None,
        appointment=appointment.pk if appointment else None,
        channel=notice.value,
    )
    keep_call(row, name=name, phone=phone, topic=topic)


def take_back(notice: Notice, *, appointments: Collection[UUID]) -> None:
    """End what was told of these visits, unless somebody is on it."""
    now = clock.now()
    told = models.CallRequest.objects.filter(appointment__in=appointments, channel=notice, done_at=None)
    told.exclude(taken_at__gt=now - KEPT).update(outcome=CallOutcome.NEEDLESS, done_at=now)


def notice_of(row: models.CallRequest) -> Notice | None:
    return Notice(row.channel) if row.channel in _NOTICES else None


def withdraw_calls(appointment: UUID) -> None:
    """End the calls that were promised about a visit which is being cancelled, unless somebody is on one."""
    now = clock.now()
    promised = models.CallRequest.objects.filter(appointment=appointment, channel=_SYSTEM, done_at=None)
    promised.exclude(taken_at__gt=now - KEPT).update(outcome=CallOutcome.NEEDLESS, done_at=now)


def keep_call(row: models.CallRequest, *, name: str, phone: str, topic: str) -> CallRequest:
    """Seal what was said and save the row with the promised hour; raises like `promise_call`."""
    zone = zone_of(row.location)
    if row.practitioner is not None:
        directory.practitioner(row.practitioner)
    row.name = seal_call(name.strip()[:_NAME_LENGTH], column="name", row=row.id)
    row.phone = seal_call(phone, column="phone", row=row.id)
    row.topic = seal_call(topic.strip()[:_TOPIC_LENGTH], column="topic", row=row.id)
    row.call_by = call_by(clock.now(), zone)
    row.save(force_insert=True)
    return CallRequest(id=row.id, call_by=row.call_by)


def zone_of(location: UUID | None) -> ZoneInfo:
    """Return the zone in which a person waits: the branch's, else Moscow's. NotFoundError."""
    return ZoneInfo((directory.location(location).zone if location else "") or MOSCOW)


def is_kept(row: models.CallRequest) -> bool:
    """Return whether somebody is on the call now."""
    return row.taken_at is not None and clock.now() - row.taken_at < KEPT


def call_by(now: datetime, zone: ZoneInfo) -> datetime:
    """Return an hour from now within calling hours, else an hour after they begin again."""
    local = now.astimezone(zone)
    opening = local.replace(hour=OPENS.hour, minute=0, second=0, microsecond=0)
    if local.time() < OPENS:
        due = opening + WITHIN
    elif local + WITHIN <= local.replace(hour=CLOSES.hour, minute=0, second=0, microsecond=0):
        due = local + WITHIN
    else:
        due = opening + timedelta(days=1) + WITHIN
    return due.astimezone(now.tzinfo)


def hours_ahead(now: datetime, zone: ZoneInfo) -> tuple[datetime, ...]:
    """Return each half hour of today's and tomorrow's calling hours that is still to come."""
    local = now.astimezone(zone)
    found = []
    for day in (local.date(), local.date() + timedelta(days=1)):
        hour, last = datetime.combine(day, OPENS, zone), datetime.combine(day, CLOSES, zone)
        while hour <= last:
            found.append(hour.astimezone(now.tzinfo))
            hour += timedelta(minutes=30)
    return tuple(hour for hour in found if hour > now)
