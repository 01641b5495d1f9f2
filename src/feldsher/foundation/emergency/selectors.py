"""Reads of emergency access: the door that it opens, and the list of who looks after it."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from uuid import UUID

from feldsher.foundation.access import selectors as access
from feldsher.foundation.access.context import Context, Reach, access_context, as_service
from feldsher.foundation.access.doors import as_staff, note_miss, staff_actor
from feldsher.foundation.access.journal import journal
from feldsher.foundation.access.matrix import Column
from feldsher.foundation.access.policies import Action, acting_role, require
from feldsher.foundation.access.types import Staff
from feldsher.foundation.emergency.errors import GlassOverError
from feldsher.foundation.emergency.models import BrokenGlass
from feldsher.foundation.emergency.types import Glass, GlassCard, Judgement, Reason, notice_key
from feldsher.foundation.messaging import selectors as messaging
from feldsher.foundation.vault.sealing import open_
from feldsher.kernel import clock
from feldsher.kernel.errors import NotFoundError

MOST = 100
REVIEWED_FOR = timedelta(days=90)
_TABLE = "emergency_glass"


@contextmanager
def as_emergency(staff: Staff, glass_id: UUID) -> Iterator[Glass]:
    """Do the block with one patient's rows in reach, while the access of this person is open.

    Whether it is, is asked of the database each time. Raises GlassOverError, which the journal keeps,
    ForbiddenError.
    """
    require(staff, Action.BREAK_GLASS)
    with as_service("emergency"):
        live = BrokenGlass.objects.filter(opened_by=staff.id, ended_at=None, until__gt=clock.now())
        row = live.filter(pk=glass_id).first()
    if row is None:
        note_miss(staff, Action.BREAK_GLASS, glass_id)
        raise GlassOverError("no such access is open")
    role = acting_role(staff, Action.BREAK_GLASS)
    actor = staff_actor(staff, role=role.value if role else "")
    reach = Reach(patients=(row.patient,))
    with access_context(Context(actor, Action.BREAK_GLASS.value, reach, "bg")):
        yield Glass(row.pk, row.patient, row.until)


def open_glass(staff: Staff) -> Glass | None:
    """Return the access that a person of staff has open now."""
    with as_service("emergency"):
        live = BrokenGlass.objects.filter(opened_by=staff.id, ended_at=None, until__gt=clock.now())
        row = live.first()
    return None if row is None else Glass(row.pk, row.patient, row.until)


def glasses(staff: Staff) -> tuple[GlassCard, ...]:
    """Return who opened whom: what waits for review, the oldest first, then the newest reviews of 90 days.

    At most MOST of either. The head of a department sees those of its doctors. Raises ForbiddenError,
    VaultError, AuditError.
    """
    since = clock.now() - REVIEWED_FOR
    with as_staff(staff, Action.REVIEW_EMERGENCY):
        waiting = BrokenGlass.objects.filter(reviewed_at=None).order_by("opened_at")[:MOST]
        reviewed = BrokenGlass.objects.filter(reviewed_at__gte=since).order_by("-reviewed_at")[:MOST]
        rows = [*waiting, *reviewed]
        _note(rows)
    return _cards(staff, rows)


def glass(staff: Staff, glass_id: UUID) -> GlassCard:
    """Return one of them; ForbiddenError, NotFoundError, VaultError, AuditError."""
    with as_staff(staff, Action.REVIEW_EMERGENCY):
        row = BrokenGlass.objects.filter(pk=glass_id).first()
        if row is None:
            note_miss(staff, Action.REVIEW_EMERGENCY, glass_id)
            raise NotFoundError("no such emergency access")
        _note([row])
    return _cards(staff, [row])[0]


def waiting_count(staff: Staff) -> int:
    """Return how many wait for this person to review them: nobody's name and no patient is read."""
    with as_staff(staff, Action.REVIEW_EMERGENCY):
        return BrokenGlass.objects.filter(reviewed_at=None).exclude(opened_by=staff.id).count()


def _note(rows: list[BrokenGlass]) -> None:
    journal(
        "emergency",
        Column.JOURNAL,
        ids=[row.pk for row in rows],
        patients=[row.patient for row in rows],
        fields=("reason",),
    )


def _cards(staff: Staff, rows: list[BrokenGlass]) -> tuple[GlassCard, ...]:
    names = access.names(
        {row.opened_by for row in rows} | {row.reviewed_by for row in rows if row.reviewed_by}
    )
    now = clock.now()
    told = messaging.sent({notice_key(row.pk) for row in rows})
    return tuple(
        GlassCard(
            id=row.pk,
            opened_by=names.get(row.opened_by, ""),
            patient_id=row.patient,
            reason=Reason(row.reason),
            words=open_(bytes(row.words), table=_TABLE, column="words", row=row.pk),
            opened_at=row.opened_at,
            ended_at=min(row.ended_at or row.until, row.until),
            review_by=row.review_by,
            is_own=row.opened_by == staff.id,
            is_overdue=row.reviewed_at is None and row.review_by <= now,
            judgement=Judgement(row.judgement) if row.judgement else None,
            reviewed_by=names.get(row.reviewed_by, "") if row.reviewed_by else "",
            reviewed_at=row.reviewed_at,
            is_told=notice_key(row.pk) in told,
            note=open_(bytes(row.note), table=_TABLE, column="note", row=row.pk) if row.note else "",
        )
        for row in rows
    )
