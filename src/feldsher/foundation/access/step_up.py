"""A fresh proof that is asked of somebody against their will.

It is asked by an instant: a session proved before it is over. So there is nothing to clear when the person
has proved themselves.
"""

from datetime import datetime
from uuid import UUID

from feldsher.foundation.access.errors import StaffNotFoundError
from feldsher.foundation.access.models import User
from feldsher.foundation.access.staff_rows import STAFF
from feldsher.kernel import clock


def needs_step_up(user: User, *, proved_at: datetime | None) -> bool:
    """Return whether who proved themselves at `proved_at` has to do it again. Asks the database nothing."""
    return user.step_up_at is not None and (proved_at is None or proved_at < user.step_up_at)


@STAFF.reach()
def ask_step_up(user_id: UUID) -> None:
    """Ask the person for a fresh proof at their next request; StaffNotFoundError."""
    if not User.objects.filter(pk=user_id).update(step_up_at=clock.now()):
        raise StaffNotFoundError("no such user")
