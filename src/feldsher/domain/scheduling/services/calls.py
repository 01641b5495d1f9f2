"""«Перезвоните мне»: stored sealed, with the hour by which we call. What a person asked for is not lost."""

import uuid
from datetime import datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from feldsher.domain.directory import selectors as directory
from feldsher.domain.scheduling import models
from feldsher.domain.scheduling.sealed import seal_call
from feldsher.domain.scheduling.types import CallRequest
from feldsher.kernel import clock
from feldsher.kernel.errors import InvalidInputError
from feldsher.kernel.phone import parse_phone, phone_fault

WITHIN = timedelta(hours=1)
OPENS, CLOSES = time(9), time(20)
"""Hours of the branch's wall clock in which registrars call back."""
_MOSCOW = "Europe/Moscow"
_NAME_LENGTH, _TOPIC_LENGTH = 100, 500


def request_call(
    *,
    name: str,
    phone: str,
    topic: str,
    location_id: UUID | None = None,
    practitioner_id: UUID | None = None,
    channel: str,
) -> CallRequest:
    """Keep a request to call back and return the promised hour.

    Raises InvalidInputError for a missing name or an unusable phone, NotFoundError for an unknown branch or
    doctor.
    """
    canonical = parse_phone(phone)
    fields = {}
    if not name.strip():
        fields["name"] = "Напишите, как к вам обращаться"
    if canonical is None:
        fields["phone"] = phone_fault(phone)
    if fields or canonical is None:
        raise InvalidInputError(f"fields to correct: {', '.join(sorted(fields))}", fields=fields)
    zone = (directory.location(location_id).zone if location_id else "") or _MOSCOW
    if practitioner_id is not None:
        directory.practitioner(practitioner_id)
    row_id = uuid.uuid4()
    call_by = _call_by(clock.now(), ZoneInfo(zone))
    models.CallRequest.objects.create(
        id=row_id,
        name=seal_call(name.strip()[:_NAME_LENGTH], column="name", row=row_id),
        phone=seal_call(canonical, column="phone", row=row_id),
        topic=seal_call(topic.strip()[:_TOPIC_LENGTH], column="topic", row=row_id),
        location=location_id,
        practitioner=practitioner_id,
        channel=channel,
        call_by=call_by,
    )
    return CallRequest(id=row_id, call_by=call_by)


def _call_by(now: datetime, zone: ZoneInfo) -> datetime:
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
