"""What may be laid on an account against its owner: proof asked anew, and a block that somebody else lifts.

A proof is asked by an instant: a session proved before it is over (`needs_step_up`). So there is nothing to
clear when the person has proved themselves, and a block that is lifted revives no session.
"""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from feldsher.foundation.access.accounts import active_admins, lock_admins, person
from feldsher.foundation.access.errors import StaffNotFoundError
from feldsher.foundation.access.models import StaffSession, User
from feldsher.kernel import clock


def needs_step_up(user: User, *, proved_at: datetime | None) -> bool:
    """Return whether who proved themselves at `proved_at` has to do it again. Asks the database nothing."""
    return user.step_up_at is not None and (proved_at is None or proved_at < user.step_up_at)


def ask_step_up(user_id: UUID) -> None:
    """Ask the person for a fresh proof at their next request; StaffNotFoundError."""
    if not User.objects.filter(pk=user_id).update(step_up_at=clock.now()):
        raise StaffNotFoundError("no such user")


def block(user_id: UUID) -> bool:
    """Disable the account and end its sessions; False where it is the last system administrator's.

    An account that is disabled for another reason is left as it is. Raises StaffNotFoundError.
    """
    with transaction.atomic():
        lock_admins()
        user = person(user_id)
        if active_admins() == {user.pk}:
            return False
        if user.is_active:
            user.is_active, user.blocked_at, user.step_up_at = False, clock.now(), clock.now()
            user.save(update_fields=["is_active", "blocked_at", "step_up_at"])
            StaffSession.objects.filter(user=user).delete()
    return True


def lift_block(user_id: UUID) -> bool:
    """Let a blocked person sign in again, anew; False where no block stands."""
    lifted = User.objects.filter(pk=user_id).exclude(blocked_at=None)
    return bool(lifted.update(is_active=True, blocked_at=None, step_up_at=clock.now()))


def blocked(ids: set[UUID]) -> frozenset[UUID]:
    """Return who of these is blocked."""
    found = User.objects.filter(pk__in=ids).exclude(blocked_at=None)
    return frozenset(found.values_list("pk", flat=True))
