"""Writes of messaging: a message is recorded in its cause's own commit, and sent by a job after it.

A message that left and got no answer is UNKNOWN, and nothing is sent in its place: a second SMS by itself
would be worse than none, and who waits for a code can ask for another. What surely never left is tried again
while it is worth anything (`sending`).
"""

import logging
import math
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings

from feldsher.foundation.messaging import gateways, letters, pushing, reports, sending, stops, wording
from feldsher.foundation.messaging.errors import DayCapError, ForgedReportError, UnknownProviderError
from feldsher.foundation.messaging.letters import Mail
from feldsher.foundation.messaging.models import Letter, Message, OwnText
from feldsher.foundation.messaging.parts import parts_of
from feldsher.foundation.messaging.types import Kind, MessageState, Outgoing, TellingName
from feldsher.foundation.vault.sealing import seal
from feldsher.kernel import clock
from feldsher.kernel.errors import InvalidInputError

DAY = timedelta(hours=24)
KEPT = timedelta(days=30)
_EMPTY = {"address": b"", "subject": b"", "text": b"", "calendar": b""}
_log = logging.getLogger(__name__)


def send_sms(
    kind: Kind,
    *,
    phone: str,
    text: str,
    key: str,
    valid_until: datetime,
    not_before: datetime | None = None,
    about: UUID | None = None,
) -> UUID:
    """Record an SMS and its job in the caller's transaction; returns its id, an earlier one's for its key.

    `phone` is E.164, `about` the id of what it tells of. It leaves at once, or at `not_before`. Raises
    DayCapError, of what may wait (`sending.SPARING`) past half of the cap already; calls that run at once may
    pass the cap by their number.
    """
    known = Message.objects.filter(key=key).values_list("id", flat=True).first()
    if known is not None:
        return known
    now = clock.now()
    _within_cap(kind, now=now)
    row = Message(kind=kind, state=MessageState.QUEUED, key=key, created_at=now, valid_until=valid_until)
    row.about = about
    _write(row, phone=phone, text=text)
    row.save(force_insert=True)
    sending.enqueue(row.id, after=_seconds(not_before, now=now) if not_before else 0)
    return row.id


def send_all(kind: Kind, messages: Sequence[Outgoing]) -> None:
    """Record many SMS of a kind, and a job for all, in the caller's transaction; a known key changes nothing.

    They leave in the order in which they lose their worth, each from its `not_before` on. ValueError for a
    kind that the day's cap holds.
    """
    if kind not in sending.PERSISTENT:
        raise ValueError(f"{kind} may not go past the day's cap")
    now = clock.now()
    known = set(Message.objects.filter(key__in=[each.key for each in messages]).values_list("key", flat=True))
    rows, pauses = [], set()
    for each in messages:
        if each.key in known:
            continue
        row = Message(kind=kind, state=MessageState.QUEUED, key=each.key, created_at=now, about=each.about)
        row.valid_until, row.leaves_at = each.valid_until, max(now, each.not_before)
        pauses.add(_seconds(each.not_before, now=now))
        _write(row, phone=each.phone, text=each.text)
        rows.append(row)
    Message.objects.bulk_create(rows)
    for after in sorted(pauses):
        sending.enqueue_waiting(after=after)


def _within_cap(kind: Kind, *, now: datetime) -> None:
    """Raise DayCapError where no more of a kind are sent today: codes still leave when requests stop."""
    if not settings.FELDSHER_SMS or kind in sending.PERSISTENT:
        return
    cap: int = settings.FELDSHER_SMS.day_cap
    bound = cap // 2 if kind in sending.SPARING else cap
    if Message.objects.filter(created_at__gt=now - DAY).count() >= bound:
        level = logging.INFO if kind in sending.SPARING else logging.ERROR
        _log.log(level, "%d messages of the day's cap of %d are reached: no more %s", bound, cap, kind)
        raise DayCapError("the day's cap is reached")


def _write(row: Message, *, phone: str, text: str) -> None:
    """Seal into a row what it says, and to whom."""
    row.parts = parts_of(text)
    row.phone = seal(phone, table=sending.TABLE, column="phone", row=row.id)
    row.text = seal(text, table=sending.TABLE, column="text", row=row.id)


def _seconds(moment: datetime, *, now: datetime) -> int:
    """Return the whole seconds until a moment, after which it is past; 0 for one that is past."""
    return max(0, math.ceil((moment - now).total_seconds()))


def send_letter(kind: Kind, mail: Mail, *, address: str, key: str, valid_until: datetime) -> UUID:
    """Record a letter and its job in the caller's transaction; returns its id, or that of its key."""
    return letters.record(kind, mail, address=address, key=key, valid_until=valid_until)


def wipe(*keys: str) -> None:
    """Forget the texts of messages that have done their work; one that has not left is not sent any more."""
    Message.objects.filter(key__in=keys).update(text=b"")
    Letter.objects.filter(key__in=keys).update(**_EMPTY)
    pushing.withdraw(*keys)


def write_text(kind: Kind, *, text: str, names: Collection[TellingName], author: str) -> None:
    """Say what the messages of a kind say from now on; what waits already says what it said.

    `names` are those that no message may hold. Raises NotFoundError for a kind whose text is fixed,
    InvalidInputError with what is wrong with the text (`text`).
    """
    text = text.strip()
    wrong = " ".join(wording.faults(wording.changeable(kind), text, names=names))
    if wrong:
        raise InvalidInputError("a text that may not be sent", fields={"text": wrong})
    OwnText.objects.create(kind=kind, text=text, author=author, at=clock.now())


def return_usual_text(kind: Kind, *, author: str) -> None:
    """Say the usual text again; NotFoundError as for `write_text`."""
    if wording.current(wording.changeable(kind)) != wording.WORDINGS[kind].usual:
        OwnText.objects.create(kind=kind, text="", author=author, at=clock.now())


def take_reports(provider: str, body: bytes) -> str:
    """Take what a provider calls to tell, and return what it waits to read.

    Raises UnknownProviderError, or ForgedReportError where it is not signed. What is told of messages that
    nobody knows, or tells again, changes nothing and is answered alike.
    """
    known = gateways.provider(provider)
    if known is None:
        raise UnknownProviderError("reports of a provider that is not set")
    told = known.reports(body)
    if told is None:
        raise ForgedReportError(f"reports in the name of {known.name} are not signed by it")
    reports.apply(known.name, told)
    return known.receipt


def forget() -> None:
    """Wipe texts that are worth nothing any more, and delete rows when nobody asks about them."""
    now = clock.now()
    Message.objects.filter(valid_until__lte=now).exclude(text=b"").update(text=b"")
    Message.objects.filter(created_at__lt=now - KEPT).delete()
    Letter.objects.filter(valid_until__lte=now).exclude(text=b"").update(**_EMPTY)
    Letter.objects.filter(created_at__lt=now - KEPT).delete()
    pushing.forget(kept=KEPT)
    stops.forget()
