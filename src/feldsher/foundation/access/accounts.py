"""Accounts that are open, closed or blocked: whoever is neither closed nor blocked may sign in.

Closed: by a job after 90 days without a sign-in (ИАФ.3), or at once by an administrator, who opens it again.
Blocked: by the watch, against its owner, until somebody else lifts it. The two know nothing of each other, so
that who was both has to be opened twice. Roles and rows stay; sessions are over and none comes back. The last
active system administrator is neither closed nor blocked: nobody would be left who opens anything again.
Each act stands in the journal, in its own transaction.
"""

import logging
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection
from django.db.models.functions import Greatest

from feldsher.foundation.access.context import as_service
from feldsher.foundation.access.doors import as_staff
from feldsher.foundation.access.errors import AccountBlockedError, LastAdminError, StaffNotFoundError
from feldsher.foundation.access.journal import journal
from feldsher.foundation.access.matrix import Column
from feldsher.foundation.access.models import AccessGrant, StaffSession, User
from feldsher.foundation.access.policies import Action
from feldsher.foundation.access.roles import Role
from feldsher.foundation.access.staff_rows import STAFF
from feldsher.foundation.access.types import Staff
from feldsher.kernel import clock

IDLE = timedelta(days=90)
_LOCK = "access.admins"
_log = logging.getLogger(__name__)


def disable_idle() -> int:
    """Close the accounts that nobody used for 90 days, the longest unused first; returns how many."""
    now, closed = clock.now(), 0
    with as_service("idle_accounts"):
        lock_admins()
        admins = active_admins()
        used = Greatest("last_login", "enabled_at", "created_at")
        idle = User.objects.annotate(used=used).filter(disabled_at=None, used__lt=now - IDLE).order_by("used")
        for user in idle.select_for_update(of=("self",)):
            if admins == {user.pk}:
                _log.error("%s is idle for 90 days and stays open: nobody else administers", user.login)
                continue
            journal("account", Column.SECRETS, ids=[user.pk], fields=("closed",))
            _mark(user, disabled_at=now, blocked_at=user.blocked_at)
            admins.discard(user.pk)
            closed += 1
            _log.warning("the account %s is closed: nobody used it for 90 days", user.login)
    return closed


def disable(user_id: UUID, *, staff: Staff) -> None:
    """Close an account at once. Raises ForbiddenError, StaffNotFoundError, LastAdminError, AuditError."""
    with as_staff(staff, Action.MANAGE_STAFF):
        lock_admins()
        user = person(user_id)
        if active_admins() == {user.pk}:
            raise LastAdminError("the last administrator")
        if user.disabled_at is None:
            journal("account", Column.SECRETS, ids=[user.pk], fields=("closed",))
            _mark(user, disabled_at=clock.now(), blocked_at=user.blocked_at)
            _log.warning("the account %s is closed by %s", user.login, staff.login)


def enable(user_id: UUID, *, staff: Staff) -> None:
    """Open a closed account; its password and factors are as before.

    One that is blocked stays as it is (`lift_block`). Raises as `disable`, and AccountBlockedError.
    """
    with as_staff(staff, Action.MANAGE_STAFF):
        user = person(user_id)
        if user.blocked_at is not None:
            raise AccountBlockedError("blocked, not closed")
        if user.disabled_at is not None:
            journal("account", Column.SECRETS, ids=[user.pk], fields=("opened",))
            _mark(user, disabled_at=None, blocked_at=None)
            _log.warning("the account %s is opened by %s", user.login, staff.login)


def block(user_id: UUID) -> bool:
    """Block an account, closed or not; False where it is the last system administrator's.

    Raises StaffNotFoundError, AuditError.
    """
    with as_service("watch_block"):
        lock_admins()
        user = person(user_id)
        if active_admins() == {user.pk}:
            return False
        if user.blocked_at is None:
            journal("account", Column.SECRETS, ids=[user.pk], fields=("blocked",))
            _mark(user, disabled_at=user.disabled_at, blocked_at=clock.now())
    return True


def lift_block(user_id: UUID, *, staff: Staff) -> bool:
    """Take a block off, so that who is not closed may sign in anew; False where none stands.

    Raises ForbiddenError, StaffNotFoundError, AuditError.
    """
    with as_staff(staff, Action.LIFT_BLOCK):
        user = person(user_id)
        if user.blocked_at is None:
            return False
        journal("account", Column.SECRETS, ids=[user.pk], fields=("unblocked",))
        _mark(user, disabled_at=user.disabled_at, blocked_at=None)
    return True


def open_anyway(user_id: UUID) -> None:
    """Open an account that is closed, blocked or both, and ask for no right: for who has the server.

    Raises StaffNotFoundError, AuditError.
    """
    with as_service("command_line"):
        user = person(user_id)
        if not user.is_active:
            journal("account", Column.SECRETS, ids=[user.pk], fields=("opened",))
            _mark(user, disabled_at=None, blocked_at=None)
            _log.warning("the account %s is opened by the command line", user.login)


@STAFF.reach()
def active_admins() -> set[UUID]:
    """Return who gives roles now: active people with a live grant of system administrator."""
    live = AccessGrant.objects.filter(role=Role.SYSTEM_ADMIN, ended_at=None, user__is_active=True)
    return set(live.values_list("user_id", flat=True))


def lock_admins() -> None:
    """Wait for whoever else closes an account or ends a role, to the end of the transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [_LOCK])


def person(user_id: UUID) -> User:
    """Return the person, locked; StaffNotFoundError."""
    user = User.objects.select_for_update().filter(pk=user_id).first()
    if user is None:
        raise StaffNotFoundError("no such person")
    return user


def _mark(user: User, *, disabled_at: datetime | None, blocked_at: datetime | None) -> None:
    """Write both marks and what follows from them.

    The instant in `step_up_at` ends a session that is just being made by a sign-in at the same time.
    """
    now = clock.now()
    user.disabled_at, user.blocked_at, user.step_up_at = disabled_at, blocked_at, now
    user.is_active = disabled_at is None and blocked_at is None
    if user.is_active:
        user.enabled_at = now
    user.save(update_fields=["disabled_at", "blocked_at", "step_up_at", "is_active", "enabled_at"])
    StaffSession.objects.filter(user=user).delete()
