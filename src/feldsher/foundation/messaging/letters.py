"""E-mail: recorded in its cause's own commit, handed to the clinic's mail server by a job after it.

A letter whose answer was lost is handed over again: it bears the same Message-ID, and its calendar file the
same UID and SEQUENCE, so that a second copy changes nothing. That a server has taken it is all that is known.
"""

import logging
from dataclasses import dataclass
from datetime import datetime
from email.mime.text import MIMEText
from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction

from feldsher.foundation.messaging.models import Letter
from feldsher.foundation.messaging.types import Kind, MessageState
from feldsher.foundation.queue import queue
from feldsher.foundation.vault.sealing import open_, seal
from feldsher.kernel import clock
from feldsher.kernel.ics import Method

WRITE = "messaging.write_letter"
TABLE = "messaging_letter"
TRIES = 8
_SEALED = ("address", "subject", "text", "calendar")
_REFUSED_FROM = 500
"""An SMTP code from here on is for good."""
_log = logging.getLogger(__name__)


class NotTakenError(Exception):
    """No server has taken the letter yet; it is tried again. The text holds no data of anyone."""


@dataclass(frozen=True, slots=True)
class Mail:
    """What a letter says, and the calendar file that goes with it, where one does."""

    subject: str
    text: str
    calendar: str = ""
    method: Method = Method.PUBLISH


def record(kind: Kind, mail: Mail, *, address: str, key: str, valid_until: datetime) -> UUID:
    """Record a letter and its job in the caller's transaction; returns its id, or that of its key."""
    known = Letter.objects.filter(key=key).values_list("id", flat=True).first()
    if known is not None:
        return known
    row = Letter(kind=kind, state=MessageState.QUEUED, key=key, method=mail.method)
    row.created_at, row.valid_until = clock.now(), valid_until
    values = {"address": address, "subject": mail.subject, "text": mail.text, "calendar": mail.calendar}
    for column, value in values.items():
        setattr(row, column, seal(value, table=TABLE, column=column, row=row.id))
    row.save(force_insert=True)
    queue().configure_task(WRITE).defer(letter=str(row.id))
    return row.id


def write(letter_id: UUID) -> None:
    """Hand a letter to the mail server, unless that was done; the job's body. Raises NotTakenError."""
    letter = _begun(letter_id)
    if letter is None:
        return
    try:
        letter.send()
    except OSError as error:  # what smtplib raises is one
        if not _is_final(error) and not _is_last(letter_id):
            raise NotTakenError(type(error).__name__) from None
        code = str(getattr(error, "smtp_code", "")) or type(error).__name__
        _finish(letter_id, MessageState.REFUSED, refusal=code)
    else:
        _finish(letter_id, MessageState.SENT)


def _begun(letter_id: UUID) -> EmailMessage | None:
    """Count the try and return the letter; None for one that must not leave."""
    with transaction.atomic():
        row = Letter.objects.select_for_update().filter(id=letter_id, state=MessageState.QUEUED).first()
        if row is None:
            return None
        if row.valid_until <= clock.now() or not row.text:
            _finish(row.id, MessageState.DROPPED, refusal="too_late")
            return None
        row.attempts += 1
        row.save(update_fields=["attempts"])
    said = {each: open_(bytes(getattr(row, each)), table=TABLE, column=each, row=row.id) for each in _SEALED}
    host = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2] or "feldsher"
    letter = EmailMessage(
        subject=said["subject"],
        body=said["text"],
        to=[said["address"]],
        headers={"Message-ID": f"<{row.id}@{host}>", "Auto-Submitted": "auto-generated"},
    )
    if said["calendar"]:
        letter.attach(_file(said["calendar"], row.method))
    return letter


def _file(calendar: str, method: str) -> MIMEText:
    part = MIMEText(calendar, "calendar", "utf-8")
    part.set_param("method", method)
    part.add_header("Content-Disposition", "attachment", filename="visit.ics")
    return part


def _is_final(error: OSError) -> bool:
    """Whether the server has refused for good, by the code of the letter or of each address."""
    codes: list[int] = [code for code, _ in getattr(error, "recipients", {}).values()]
    codes = codes or [getattr(error, "smtp_code", 0)]
    return min(codes) >= _REFUSED_FROM


def _is_last(letter_id: UUID) -> bool:
    return Letter.objects.filter(id=letter_id, attempts__gte=TRIES).exists()


def _finish(letter_id: UUID, state: MessageState, *, refusal: str = "") -> None:
    row = Letter.objects.get(id=letter_id)
    row.state, row.refusal, row.finished_at = state, refusal[:64], clock.now()
    row.save(update_fields=["state", "refusal", "finished_at"])
    if state is not MessageState.SENT:
        _log.warning("letter %s (%s) was not sent: %s, %s", row.id, row.kind, state, row.refusal)
