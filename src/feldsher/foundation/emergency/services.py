"""Writes of emergency access (C14): one patient, one hour, one reason; then its review or escalation."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import connection

from feldsher.foundation.access.context import as_service
from feldsher.foundation.access.doors import as_staff, note_miss
from feldsher.foundation.access.journal import journal
from feldsher.foundation.access.matrix import Column
from feldsher.foundation.access.policies import Action
from feldsher.foundation.access.types import Staff
from feldsher.foundation.clocks import clinic_zone
from feldsher.foundation.emergency.errors import OwnReviewError, ReviewedError
from feldsher.foundation.emergency.models import BrokenGlass
from feldsher.foundation.emergency.types import Glass, Judgement, Reason
from feldsher.foundation.messaging import services as messaging
from feldsher.foundation.messaging import texts
from feldsher.foundation.messaging.types import Kind
from feldsher.foundation.vault.sealing import seal
from feldsher.kernel import clock, workdays
from feldsher.kernel.errors import InvalidInputError, NotFoundError

LONGEST = timedelta(minutes=60)
REVIEW_DAYS = 3
SHORTEST_WORDS, LONGEST_WORDS = 10, 1000
_TABLE = "emergency_glass"
_log = logging.getLogger(__name__)


def _one_at_a_time(user_id: UUID) -> None:
    """Let a second opening by the same person wait for the first, which it then ends."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtext('feldsher.emergency'), hashtext(%s))", [str(user_id)]
        )


def faults(reason: str, words: str) -> dict[str, str]:
    """Return a Russian sentence for `reason` and for `words`, of those that `break_glass` would not take."""
    found = {
        "reason": "" if reason in set(Reason) else "Выберите причину",
        "words": _words_fault(words, short="Опишите причину словами: от\u00a010\u00a0букв"),
    }
    return {name: fault for name, fault in found.items() if fault}


def break_glass(
    staff: Staff, *, patient_id: UUID, reason: str, words: str, proof: Callable[[], None]
) -> Glass:
    """Open one patient to a person of staff for an hour; the one that they had open ends.

    `reason` is a value of Reason, `words` say it in 10 to 1,000 characters, `proof` spends a second factor
    given anew (`access.factor_proof.spend`) in the same transaction. The journal keeps it. Raises
    ForbiddenError, InvalidInputError (`reason`, `words`), what `proof` raises, AuditError.
    """
    if wrong := faults(reason, words):
        raise InvalidInputError("no reason", fields=wrong)
    now = clock.now()
    with as_staff(staff, Action.BREAK_GLASS):
        proof()
        row = BrokenGlass(
            opened_by=staff.id,
            department=staff.department_id,
            patient=patient_id,
            reason=Reason(reason),
            opened_at=now,
            until=now + LONGEST,
            review_by=_deadline(now),
        )
        row.words = seal(_tidy(words), table=_TABLE, column="words", row=row.id)
        journal("emergency", Column.CHART, ids=[row.id], patients=[patient_id])
        with as_service("emergency"):
            _one_at_a_time(staff.id)
            BrokenGlass.objects.filter(opened_by=staff.id, ended_at=None).update(ended_at=now)
            row.save(force_insert=True)
    _log.warning("emergency access %s is opened by %s: %s", row.id, staff.login, row.reason)
    return Glass(row.id, patient_id, row.until)


def end(staff: Staff, glass_id: UUID) -> None:
    """End one's own emergency access now; ending it twice is fine."""
    with as_service("emergency"):
        BrokenGlass.objects.filter(pk=glass_id, opened_by=staff.id, ended_at=None).update(
            ended_at=clock.now()
        )


def review(staff: Staff, glass_id: UUID, *, judgement: str, note: str) -> None:
    """Judge another's emergency access, once, and say what was found out.

    Raises ForbiddenError, NotFoundError, OwnReviewError, ReviewedError, InvalidInputError (`judgement`,
    `note`), AuditError.
    """
    found = {
        "judgement": "" if judgement in set(Judgement) else "Выберите, был\u00a0ли повод",
        "note": _words_fault(note, short="Напишите, что выяснили: от\u00a010\u00a0букв"),
    }
    if wrong := {name: fault for name, fault in found.items() if fault}:
        raise InvalidInputError("no judgement", fields=wrong)
    with as_staff(staff, Action.REVIEW_EMERGENCY):
        row = BrokenGlass.objects.filter(pk=glass_id).first()
        if row is None:
            note_miss(staff, Action.REVIEW_EMERGENCY, glass_id)
            raise NotFoundError("no such emergency access")
        if row.opened_by == staff.id:
            raise OwnReviewError("opened by the reviewer")
        journal("emergency", Column.JOURNAL, ids=[row.id], patients=[row.patient], fields=("review",))
        with as_service("emergency"):
            done = BrokenGlass.objects.filter(pk=row.pk, reviewed_at=None).update(
                judgement=judgement,
                reviewed_by=staff.id,
                reviewed_at=clock.now(),
                note=seal(_tidy(note), table=_TABLE, column="note", row=row.pk),
            )
    if not done:
        raise ReviewedError("reviewed before")
    _log.warning("emergency access %s is %s, says %s", row.pk, judgement, staff.login)


def escalate() -> int:
    """Say aloud, once each, which accesses nobody has reviewed in three working days; returns how many.

    An error in the log, and one SMS a day to the clinic's owner.
    """
    now = clock.now()
    with as_service("emergency"):
        late = BrokenGlass.objects.filter(reviewed_at=None, review_by__lte=now, escalated_at=None)
        found = list(late.order_by("review_by").values_list("id", flat=True))
        late.filter(id__in=found).update(escalated_at=now)
        if found:
            _tell_owner(len(found), now)
    for each in found:
        _log.error("emergency.overdue: nobody has reviewed %s in %d working days", each, REVIEW_DAYS)
    return len(found)


def _tidy(text: str) -> str:
    return " ".join(text.split())


def _words_fault(text: str, *, short: str) -> str:
    said = _tidy(text)
    if len(said) < SHORTEST_WORDS or not any(letter.isalpha() for letter in said):
        return short
    return f"Не\u00a0длиннее {LONGEST_WORDS}\u00a0знаков" if len(said) > LONGEST_WORDS else ""


def _deadline(now: datetime) -> datetime:
    """Return the end of the third working day after today, by the clinic's clock."""
    zone = clinic_zone()
    last = workdays.after(now.astimezone(zone).date(), REVIEW_DAYS)
    return clock.day_bounds(last, zone)[1]


def _tell_owner(count: int, now: datetime) -> None:
    if not settings.OWNER_PHONE:
        return
    messaging.send_sms(
        Kind.EMERGENCY_OVERDUE,
        phone=settings.OWNER_PHONE,
        text=texts.emergency_overdue(count=count),
        key=f"emergency-overdue:{now.date().isoformat()}",
        valid_until=now + timedelta(days=1),
    )
