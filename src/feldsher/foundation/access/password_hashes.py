"""A password is held against its hash outside of any transaction: the hash takes its time on purpose."""

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX, check_password, make_password
from django.db.models import Q

from feldsher.foundation.access.models import User
from feldsher.foundation.access.staff_rows import STAFF

LONGEST = 256
"""Letters of a password that are looked at."""


def is_password(user: User | None, password: str) -> bool:
    """Return whether that is the person's password; nobody (None) costs the same work.

    A hash of older settings is written anew by the right password, unless another one was set meanwhile.
    """
    if user is None:
        return check_password(password[:LONGEST], UNUSABLE_PASSWORD_PREFIX)
    stored = Q(pk=user.pk, password=user.password)

    def write_anew(right: str) -> None:
        fresh = make_password(right)
        with STAFF.reach():
            User.objects.filter(stored).update(password=fresh)

    return check_password(password[:LONGEST], user.password, write_anew)
