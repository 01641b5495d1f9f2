"""Writes of messaging: a message is recorded in its cause's own commit, and sent by a job after it.

A message that left and got no answer is UNKNOWN and stays so: a second SMS by itself would be worse than
none, and who waits for a code can ask for another. What surely never left is tried again while it is worth
anything.
"""

import logging
import math
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction

from feldsher.foundation.messaging import gateways
from feldsher.foundation.messaging.errors import DayCapError
from feldsher.foundation.messaging.models import Message
from feldsher.foundation.messaging.ports import NotSent, Outcome, Refused, Sent
from feldsher.foundation.messaging.types import Kind, MessageState
from feldsher.foundation.queue import queue
from feldsher.foundation.vault.sealing import open_, seal
from feldsher.kernel import clock

SEND = "messaging.send"
TRIES = 4
PERSISTENT = frozenset(Kind) - {Kind.PHONE_CODE, Kind.GRANT_NOTICE}
"""What has to be told past the day's cap, and however long the provider is away while it is worth it."""
LONGEST_PAUSE = 600
DAY = timedelta(hours=24)
KEPT = timedelta(days=30)
_RETRY_SECONDS = 3
_TABLE = "messaging_message"
_log = logging.getLogger(__name__)


def send_sms(
    kind: Kind, *, phone: str, text: str, key: str, valid_until: datetime, not_before: datetime | None = None
) -> UUID:
    """Record an SMS and its job in the caller's transaction; returns its id, an earlier one's for its key.

    `phone` is E.164. It leaves at once, or at `not_before`. Raises DayCapError; calls that run at once may
    pass the cap by their number.
    """
    known = Message.objects.filter(key=key).values_list("id", flat=True).first()
    if known is not None:
        return known
    now = clock.now()
    cap: int = settings.FELDSHER_SMS.day_cap if settings.FELDSHER_SMS else 0
    if cap and kind not in PERSISTENT and Message.objects.filter(created_at__gt=now - DAY).count() >= cap:
        _log.error("the day's cap of %d messages is reached: no more are sent", cap)
        raise DayCapError("the day's cap is reached")
    row = Message(kind=kind, state=MessageState.QUEUED, key=key, created_at=now, valid_until=valid_until)
    row.phone = seal(phone, table=_TABLE, column="phone", row=row.id)
    row.text = seal(text, table=_TABLE, column="text", row=row.id)
    row.save(force_insert=True)
    _enqueue(row.id, after=max(0, math.ceil((not_before - now).total_seconds())) if not_before else 0)
    return row.id


def wipe(key: str) -> None:
    """Forget the text of a message that has done its work; one that has not left is not sent any more."""
    Message.objects.filter(key=key).update(text=b"")


def deliver(message_id: UUID) -> None:
    """Send one message, unless it was; the job's body. No network within a transaction."""
    taken = _take(message_id)
    if taken is None:
        return
    phone, text = taken
    outcome = gateways.sms().send(phone, text, key=str(message_id))
    _write(message_id, outcome)


def _take(message_id: UUID) -> tuple[str, str] | None:
    """Mark the message as leaving and return phone and text; None for one that must not leave."""
    with transaction.atomic():
        row = Message.objects.select_for_update().filter(id=message_id).first()
        if row is None:
            return None
        now = clock.now()
        if row.state == MessageState.SENDING:
            # Whoever took it died before it wrote how it ended.
            _finish(row, MessageState.UNKNOWN, refusal="interrupted")
            return None
        if row.state != MessageState.QUEUED:
            return None
        if row.valid_until <= now or not row.text:
            _finish(row, MessageState.DROPPED, refusal="too_late")
            return None
        row.state, row.sent_at, row.attempts = MessageState.SENDING, now, row.attempts + 1
        row.save(update_fields=["state", "sent_at", "attempts"])
        phone = open_(bytes(row.phone), table=_TABLE, column="phone", row=row.id)
        return phone, open_(bytes(row.text), table=_TABLE, column="text", row=row.id)


def _write(message_id: UUID, outcome: Outcome) -> None:
    with transaction.atomic():
        row = Message.objects.select_for_update().filter(id=message_id, state=MessageState.SENDING).first()
        if row is None:
            return
        if isinstance(outcome, Sent):
            row.provider_id, row.cost = outcome.id[:64], outcome.cost
            _finish(row, MessageState.SENT)
        elif isinstance(outcome, NotSent) and (row.attempts < TRIES or row.kind in PERSISTENT):
            row.state, row.refusal = MessageState.QUEUED, outcome.code
            row.save(update_fields=["state", "refusal"])
            _enqueue(row.id, after=min(_RETRY_SECONDS * row.attempts**2, LONGEST_PAUSE))
        elif isinstance(outcome, Refused | NotSent):
            _finish(row, MessageState.REFUSED, refusal=outcome.code)
        else:
            _finish(row, MessageState.UNKNOWN, refusal=outcome.code)


def _finish(row: Message, state: MessageState, *, refusal: str = "") -> None:
    row.state, row.refusal, row.finished_at = state, refusal[:64], clock.now()
    row.save(update_fields=["state", "refusal", "finished_at", "provider_id", "cost"])
    if state is not MessageState.SENT:
        _log.warning("message %s (%s) was not sent for certain: %s, %s", row.id, row.kind, state, row.refusal)


def _enqueue(message_id: UUID, *, after: int = 0) -> None:
    task = queue().configure_task(SEND, schedule_in={"seconds": after} if after else None)
    task.defer(sms=str(message_id))


def forget() -> None:
    """Wipe texts that are worth nothing any more, and delete rows when nobody asks about them."""
    now = clock.now()
    Message.objects.filter(valid_until__lte=now).exclude(text=b"").update(text=b"")
    Message.objects.filter(created_at__lt=now - KEPT).delete()
