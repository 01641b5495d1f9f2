"""One's own password: proved again before what is dangerous, and changed with the old one."""

from datetime import timedelta
from uuid import UUID

from django.http import HttpRequest

from feldsher.foundation.access import locks
from feldsher.foundation.access.addresses import address_of
from feldsher.foundation.access.errors import PasswordWrongError, SessionOverError
from feldsher.foundation.access.known_browsers import browser_for
from feldsher.foundation.access.models import StaffSession, User
from feldsher.foundation.access.password_hashes import LONGEST, is_password
from feldsher.foundation.access.services import check_password_rules
from feldsher.foundation.access.staff_rows import STAFF
from feldsher.foundation.access.types import Entrance
from feldsher.kernel import clock
from feldsher.kernel.errors import InvalidInputError

PROVED = timedelta(minutes=10)


def is_proved(found: Entrance) -> bool:
    """Return whether the person gave password or factor within the last ten minutes."""
    return found.proved_at is not None and clock.now() - found.proved_at < PROVED


def prove_password(request: HttpRequest, found: Entrance, *, password: str) -> None:
    """Take note that the person is still who signed in. Raises PasswordWrongError, TooManyTriesError."""
    _, session = _check(request, found, password)
    StaffSession.objects.filter(pk=session).update(proved_at=clock.now())


def change_own_password(request: HttpRequest, found: Entrance, *, old: str, new: str) -> None:
    """Set a new password, and end every other session of the person.

    Raises PasswordWrongError, TooManyTriesError, InvalidInputError (`password`).
    """
    check_password_rules(new)
    if old == new:
        raise InvalidInputError("the same password", fields={"password": "Это прежний пароль"})
    user, session = _check(request, found, old)
    with STAFF.reach():
        user = User.objects.select_for_update().get(pk=user.pk)
        user.set_password(new[:LONGEST])
        user.save(update_fields=["password"])
        StaffSession.objects.filter(user=user).exclude(pk=session).delete()
        StaffSession.objects.filter(pk=session).update(proved_at=clock.now())
    request.session.cycle_key()


def _check(request: HttpRequest, found: Entrance, password: str) -> tuple[User, UUID]:
    """Return the person and their session if that is the password; counted as at sign-in."""
    if found.staff is None or found.session is None:
        raise SessionOverError("nobody is there")
    with STAFF.reach():
        user = User.objects.get(pk=found.staff.id)
    counters = locks.password_counters(
        user.login, browser=browser_for(request, user.pk), address=address_of(request)
    )
    locks.reserve(counters)
    if not is_password(user, password):
        raise PasswordWrongError("not their password")
    locks.forgive(counters)
    return user, found.session
