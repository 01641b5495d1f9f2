"""Sign in, stay signed in, sign out; `entrance` alone says who is there and how far they have come.

Django keeps the session's key and its data; who it is, since when and whether it is locked stand in a row of
`StaffSession`, to which the data lead. The row is what ends: a key that somebody kept leads nowhere then. The
key is new after the password and again after the second factor.

An unknown login costs the same work and gets the same answer as a wrong password. No authentication backend
of Django's is asked, so that naming one lets nobody in. Fifteen minutes without a request of the person's own
lock the session of who has a passkey or a PIN to open it, and end that of others; a page that refreshes by
itself does not count (`is_own`). Twelve hours end any.
"""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db.models import Value
from django.http import HttpRequest
from django.middleware.csrf import rotate_token

from feldsher.foundation.access import locks
from feldsher.foundation.access.addresses import address_of
from feldsher.foundation.access.browsers import browser_words
from feldsher.foundation.access.known_browsers import browser_for, device_of
from feldsher.foundation.access.models import Passkey, Session, StaffSession, Totp, User
from feldsher.foundation.access.password_hashes import is_password
from feldsher.foundation.access.relying_party import relying_party
from feldsher.foundation.access.selectors import staff_card
from feldsher.foundation.access.staff_rows import STAFF
from feldsher.foundation.access.step_up import needs_step_up
from feldsher.foundation.access.types import Door, Entrance, Factor
from feldsher.kernel import clock
from feldsher.kernel.addresses import neighbourhood_of

IDLE, LONGEST, PENDING = timedelta(minutes=15), timedelta(hours=12), timedelta(minutes=10)
_KEY = "entrance"
_WRITE_EVERY = timedelta(seconds=10)
_LONGEST_LOGIN = 256
_CLOSED = Entrance(Door.CLOSED)


def sign_in(request: HttpRequest, *, login: str, password: str) -> Entrance:
    """Open a session for whom login and password name; CLOSED for a wrong pair, whichever half is wrong.

    Sweeps up the sessions that have run out. Raises TooManyTriesError.
    """
    login = login[:_LONGEST_LOGIN].replace("\0", "")
    with STAFF.reach():
        user = User.objects.filter(login=login).first()
    counters = locks.password_counters(
        login, browser=browser_for(request, user.pk if user else None), address=address_of(request)
    )
    locks.reserve(counters)
    if not is_password(user, password) or user is None or not user.is_active:
        return _CLOSED
    locks.forgive(counters)
    sweep()
    sign_out(request)
    now = clock.now()
    row = StaffSession.objects.create(
        user=user,
        created_at=now,
        proved_at=now,
        seen_at=now,
        browser=browser_words(request.META.get("HTTP_USER_AGENT", "")),
        network=address_of(request)[:45],
    )
    request.session[_KEY] = str(row.pk)
    rotate_token(request)
    found = entrance(request)
    return found if found.factors else let_in(request, row.pk)


def entrance(request: HttpRequest, *, is_own: bool = True) -> Entrance:
    """Return who is there and how far they have come; `is_own` False: the page asks by itself, wakes nobody.

    Ends a session that is over, or whose person has to prove themselves anew. Roles are those of this moment.
    """
    row = _row(request)
    if row is None:
        return _CLOSED
    now = clock.now()
    factors = _factors_of(row.user)
    idle = now - row.seen_at
    is_over = (
        not row.user.is_active
        or needs_step_up(row.user, proved_at=row.proved_at)
        or now - row.created_at >= LONGEST
        or (row.opened_at is None and now - row.created_at >= PENDING)
        or (row.opened_at is not None and idle >= IDLE and not (row.user.pin or opens_by_passkey(factors)))
    )
    if is_over:
        sign_out(request)
        return _CLOSED
    door = _door(row, factors, idle)
    if door in {Door.OPEN, Door.SET_UP} and is_own and idle >= _WRITE_EVERY:
        StaffSession.objects.filter(pk=row.pk).update(seen_at=now)
        idle = timedelta()
    return Entrance(
        door=door,
        staff=replace(
            staff_card(row.user),
            device=device_of(request, row.user.pk),
            network=neighbourhood_of(address_of(request)),
        ),
        session=row.pk,
        factors=factors,
        has_pin=bool(row.user.pin),
        proved_at=row.proved_at,
        idle_in=max(IDLE - idle, timedelta()),
    )


def let_in(request: HttpRequest, session: UUID) -> Entrance:
    """Open a session whose person has proved who they are, under a new key; returns it as it is then."""
    now = clock.now()
    StaffSession.objects.filter(pk=session).update(opened_at=now, proved_at=now, seen_at=now, tries=0)
    with STAFF.reach():
        User.objects.filter(sessions=session).update(last_login=now)
    request.session.cycle_key()
    rotate_token(request)
    return entrance(request)


def sign_out(request: HttpRequest) -> None:
    """End the session, whoever's it is; its key leads nowhere after that."""
    if key := request.session.get(_KEY):
        StaffSession.objects.filter(pk=key).delete()
    request.session.flush()


def sweep() -> None:
    """Delete the sessions that have run out: nobody else does."""
    now = clock.now()
    Session.objects.filter(expire_date__lt=now).delete()
    StaffSession.objects.filter(created_at__lt=now - LONGEST).delete()


def opens_by_passkey(factors: frozenset[Factor]) -> bool:
    """Return whether a passkey is there that this site's address lets a browser use."""
    return Factor.PASSKEY in factors and relying_party() is not None


def _door(row: StaffSession, factors: frozenset[Factor], idle: timedelta) -> Door:
    if row.opened_at is None:
        return Door.SECOND_FACTOR
    if idle >= IDLE:
        return Door.LOCKED
    return Door.SET_UP if settings.STAFF_MFA == "required" and not factors else Door.OPEN


@STAFF.reach()
def _row(request: HttpRequest) -> StaffSession | None:
    """Return the row that the session leads to, with its person."""
    key = request.session.get(_KEY)
    return StaffSession.objects.select_related("user").filter(pk=key).first() if key else None


def _factors_of(user: User) -> frozenset[Factor]:
    """Return what the person has set up, in one question."""
    totp = Totp.objects.filter(user=user, confirmed_at__isnull=False).values_list(Value(Factor.TOTP.value))
    passkeys = Passkey.objects.filter(user=user).values_list(Value(Factor.PASSKEY.value))
    return frozenset(Factor(name) for (name,) in totp.union(passkeys))
