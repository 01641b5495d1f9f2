"""One alarm by one way: a letter, or a signed call of an address. What fails is tried again by the queue.

The call is that of Standard Webhooks: `webhook-id` is the same for each try, so that whoever gets one twice
knows, and `webhook-signature` covers id, time and body.
"""

import base64
import hashlib
import hmac
import json
from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMessage

from feldsher.foundation.alarms.models import Alarm
from feldsher.foundation.alarms.types import Change, runbook
from feldsher.foundation.egress.client import HttpClient, LostError, NotSentError
from feldsher.kernel import clock

_SECONDS = 10.0
_LONGEST_REPLY = 65_536
_PAGE = "/desk/sync/"
_HEADS = {Change.OPENED: "Тревога", Change.CLOSED: "Отбой"}


class NotToldError(Exception):
    """The letter or the call was not taken; it is tried again. The text holds no data of anyone."""


def write_letter(alarm_id: UUID, change: Change) -> None:
    """Send the letter to all addresses; NotToldError."""
    row = Alarm.objects.filter(pk=alarm_id).first()
    if row is None:
        return
    letter = EmailMessage(
        subject=f"{_HEADS[change]}: {row.title}",
        body=_words(row, change),
        to=list(settings.FELDSHER_ALARMS.email),
        headers={"Message-ID": f"<{row.id}.{change.value}@feldsher>", "Auto-Submitted": "auto-generated"},
    )
    try:
        letter.send()
    except OSError as error:  # what smtplib raises is one
        raise NotToldError(type(error).__name__) from None


def call_hook(alarm_id: UUID, change: Change) -> None:
    """Call the address of the settings; NotToldError unless it answers 2xx."""
    row = Alarm.objects.filter(pk=alarm_id).first()
    if row is None:
        return
    ways = settings.FELDSHER_ALARMS
    body = json.dumps(_payload(row, change), ensure_ascii=False).encode()
    client = HttpClient(ways.webhook, connections=1, limit=_LONGEST_REPLY)
    try:
        reply = client.post(
            body,
            headers={"Content-Type": "application/json"}
            | signed(body, name=f"{row.id}.{change.value}", key=ways.webhook_key),
            seconds=_SECONDS,
        )
    except (LostError, NotSentError) as error:
        raise NotToldError(str(error)) from None
    if not 200 <= reply.status < 300:  # noqa: PLR2004 - a status of success
        raise NotToldError(f"answered {reply.status}")


def signed(body: bytes, *, name: str, key: str) -> dict[str, str]:
    """Return the three headers by which a receiver knows that a call is ours and not an old one."""
    at = str(int(clock.now().timestamp()))
    mac = hmac.new(key.encode(), f"{name}.{at}.".encode() + body, hashlib.sha256).digest()
    return {
        "webhook-id": name,
        "webhook-timestamp": at,
        "webhook-signature": f"v1,{base64.b64encode(mac).decode()}",
    }


def _payload(row: Alarm, change: Change) -> dict[str, object]:
    return {
        "type": f"alarm.{change.value}",
        "timestamp": clock.now().isoformat(),
        "data": {
            "code": row.code,
            "subject": row.subject,
            "title": row.title,
            "sentence": row.sentence,
            "opened_at": row.opened_at.isoformat(),
            "closed_at": row.closed_at.isoformat() if row.closed_at else None,
            "runbook": runbook(row.code),
        },
    }


def _words(row: Alarm, change: Change) -> str:
    lines = [row.sentence, ""]
    if change is Change.CLOSED and row.closed_at is not None:
        minutes = int((row.closed_at - row.opened_at).total_seconds() // 60)
        lines = [
            f"Условие больше не выполняется. Тревога длилась {minutes} мин.",
            "",
            f"Было: {row.sentence}",
            "",
        ]
    if settings.SITE_URL:
        lines.append(f"Состояние: {settings.SITE_URL.rstrip('/')}{_PAGE}")
    lines.append(f"Что делать: {runbook(row.code)}")
    lines.append(f"Код: {row.code}, {row.subject}")
    return "\n".join(lines) + "\n"
