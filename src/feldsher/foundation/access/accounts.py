"""Accounts that are opened and closed: after 90 days without a sign-in by a job (ИАФ.3), at once by a person.

A closed account keeps its roles and its rows; it can't sign in, and its sessions are over. The last active
system administrator is never closed: nobody would be left who opens anything again.
"""

import logging
from datetime import timedelta
from uuid import UUID

from django.db import connection, transaction
from django.db.models.functions import Greatest

from feldsher.foundation.access.errors import AccountBlockedError, LastAdminError, StaffNotFoundError
from feldsher.foundation.access.models import AccessGrant, StaffSession, User
from feldsher.foundation.access.policies import Action, require
from feldsher.foundation.access.roles import Role
from feldsher.foundation.access.types import Staff
from feldsher.kernel import clock

IDLE = timedelta(days=90)
_LOCK = "access.admins"
_log = logging.getLogger(__name__)


def disable_idle() -> int:
    """Close the accounts that nobody used for 90 days, the longest unused first; returns how many."""
    now, closed = clock.now(), 0
    with transaction.atomic():
        lock_admins()
        admins = active_admins()
        used = Greatest("last_login", "enabled_at", "created_at")
        idle = User.objects.annotate(used=used).filter(is_active=True, used__lt=now - IDLE).order_by("used")
        for user in idle.select_for_update(of=("self",)):
            if admins == {user.pk}:
                _log.error("%s is idle for 90 days and stays open: nobody else administers", user.login)
                continue
            _close(user)
            admins.discard(user.pk)
            closed += 1
            _log.warning("the account %s is closed: nobody used it for 90 days", user.login)
    return closed


def disable(user_id: UUID, *, staff: Staff) -> None:
    """Close an account at once. Raises ForbiddenError, StaffNotFoundError, LastAdminError."""
    require(staff, Action.MANAGE_STAFF)
    with transaction.atomic():
        lock_admins()
        user = person(user_id)
        if active_admins() == {user.pk}:
            raise LastAdminError("the last administrator")
        if user.is_active:
            _close(user)
            _log.warning("the account %s is closed by %s", user.login, staff.login)


def enable(user_id: UUID, *, staff: Staff) -> None:
    """Open a closed account; its password and factors are as before.

    One that is blocked stays so (`restrictions.lift_block`). Raises as `disable`, and AccountBlockedError.
    """
    require(staff, Action.MANAGE_STAFF)
    with transaction.atomic():
        user = person(user_id)
        if user.blocked_at is not None:
            raise AccountBlockedError("blocked, not closed")
        if not user.is_active:
            user.is_active, user.disabled_at, user.enabled_at = True, None, clock.now()
            user.save(update_fields=["is_active", "disabled_at", "enabled_at"])
            _log.warning("the account %s is opened by %s", user.login, staff.login)


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


def _close(user: User) -> None:
    user.is_active, user.disabled_at = False, clock.now()
    user.save(update_fields=["is_active", "disabled_at"])
    StaffSession.objects.filter(user=user).delete()
