"""«Перезвоните мне»: stored sealed, with the hour by which we call. What a person asked for is not lost."""

from datetime import datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction

from feldsher.domain.directory import selectors as directory
from feldsher.domain.patients import selectors as patients
from feldsher.domain.patients.types import Purpose
from feldsher.domain.scheduling import models
from feldsher.domain.scheduling.idempotency import earlier_outcome, keep_outcome
from feldsher.domain.scheduling.sealed import seal_call
from feldsher.domain.scheduling.types import CallRequest, Idempotency
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
    idempotency: Idempotency | None = None,
) -> CallRequest:
    """Keep a person's request to call back, with the text they agreed to, and return the promised hour.

    The same call made again answers the same. Raises InvalidInputError for a missing name or an unusable
    phone, NotFoundError for an unknown branch or doctor, ConsentTextMissingError, InProgressError,
    KeyReusedError.
    """
    canonical = parse_phone(phone)
    fields = {}
    if not name.strip():
        fields["name"] = "Напишите, как к вам обращаться"
    if canonical is None:
        fields["phone"] = phone_fault(phone)
    if fields or canonical is None:
        raise InvalidInputError(f"fields to correct: {', '.join(sorted(fields))}", fields=fields)
    with transaction.atomic():
        earlier = earlier_outcome(idempotency)
        if earlier is not None and earlier.subject is not None:
            return _kept(earlier.subject)
        text = patients.current_consent_text(Purpose.BOOKING)
        row = models.CallRequest(
            location=location_id,
            practitioner=practitioner_id,
            channel=channel,
            consent=f"{text.version} {text.sha256}",
        )
        asked = _keep(row, name=name, phone=canonical, topic=topic)
        keep_outcome(idempotency, code="call", subject=asked.id)
        return asked


def promise_call(
    *, name: str, phone: str, topic: str, location_id: UUID | None = None, practitioner_id: UUID | None = None
) -> CallRequest:
    """Have a registrar call about a visit: nobody asked for it, and the consent is that of the booking.

    `phone` is E.164. Raises NotFoundError for an unknown branch or doctor.
    """
    row = models.CallRequest(location=location_id, practitioner=practitioner_id, channel="system")
    return _keep(row, name=name, phone=phone, topic=topic)


def _keep(row: models.CallRequest, *, name: str, phone: str, topic: str) -> CallRequest:
    zone = (directory.location(row.location).zone if row.location else "") or _MOSCOW
    if row.practitioner is not None:
        directory.practitioner(row.practitioner)
    row.name = seal_call(name.strip()[:_NAME_LENGTH], column="name", row=row.id)
    row.phone = seal_call(phone, column="phone", row=row.id)
    row.topic = seal_call(topic.strip()[:_TOPIC_LENGTH], column="topic", row=row.id)
    row.call_by = _call_by(clock.now(), ZoneInfo(zone))
    row.save(force_insert=True)
    return CallRequest(id=row.id, call_by=row.call_by)


def _kept(request_id: UUID) -> CallRequest:
    row = models.CallRequest.objects.get(pk=request_id)
    return CallRequest(id=row.id, call_by=row.call_by)


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
