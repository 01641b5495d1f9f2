"""Sign in, stay signed in, sign out: Django's sessions and password check behind three functions.

An unknown login costs the same work and gets the same answer as a wrong password (ModelBackend hashes either
way). The key of the session changes at sign-in. Fifteen minutes without a request of the person's own end it;
a page that refreshes by itself does not count (`is_own`).
"""

from datetime import datetime, timedelta

from django.contrib import auth
from django.http import HttpRequest

from feldsher.foundation.access.models import Session, User
from feldsher.foundation.access.selectors import staff_card
from feldsher.foundation.access.types import Staff
from feldsher.kernel import clock

IDLE = timedelta(minutes=15)
_SEEN = "seen"
_WRITE_EVERY = timedelta(seconds=10)
_LONGEST = 256


def sign_in(request: HttpRequest, *, login: str, password: str) -> Staff | None:
    """Open a session for whom login and password name; None for a wrong pair, whichever half is wrong.

    Sweeps up the sessions that have run out: nobody else does.
    """
    user = auth.authenticate(request, username=login[:_LONGEST], password=password[:_LONGEST])
    if not isinstance(user, User):
        return None
    Session.objects.filter(expire_date__lt=clock.now()).delete()
    request.session.flush()
    auth.login(request, user)
    request.session[_SEEN] = clock.now().isoformat()
    return staff_card(user)


def signed_in(request: HttpRequest, *, is_own: bool = True) -> Staff | None:
    """Return who is signed in, None for nobody; `is_own` False: the page asks by itself and wakes nobody.

    Ends a session that was idle too long. Roles are those of this moment.
    """
    if not request.session.session_key:
        return None
    user = auth.get_user(request)
    if not isinstance(user, User):
        return None
    now = clock.now()
    seen = datetime.fromisoformat(request.session.get(_SEEN, "1970-01-01T00:00:00+00:00"))
    if now - seen >= IDLE:
        auth.logout(request)
        return None
    if is_own and now - seen >= _WRITE_EVERY:
        request.session[_SEEN] = now.isoformat()
    return staff_card(user)


def sign_out(request: HttpRequest) -> None:
    """End the session, whoever's it is."""
    auth.logout(request)
