"""Opens a session that locked itself: by a passkey, or by a PIN of four to eight digits.

A PIN opens nothing but a session that its person opened in full, so that it may be short. Five wrong tries
end the session; a try is counted before it is looked at.
"""

import re
from uuid import UUID

from django.contrib.auth.hashers import check_password, make_password
from django.db.models import F
from django.http import HttpRequest

from feldsher.foundation.access import passkeys
from feldsher.foundation.access.errors import PinWrongError, SessionOverError
from feldsher.foundation.access.models import StaffSession, User
from feldsher.foundation.access.sign_in import sign_out
from feldsher.foundation.access.staff_rows import STAFF
from feldsher.foundation.access.types import Door, Entrance
from feldsher.kernel import clock
from feldsher.kernel.errors import InvalidInputError

TRIES = 5
_FIVE_WRONG = "PIN не\u00a0подошёл 5\u00a0раз. Войдите с\u00a0паролем."
_PIN = re.compile(r"\d{4,8}", re.ASCII)
_SEQUENCES = "01234567890", "09876543210"


def set_pin(user_id: UUID, pin: str) -> None:
    """Keep a PIN's hash; raises InvalidInputError (`pin`) for what is none, or what everybody tries first."""
    if not _PIN.fullmatch(pin):
        raise InvalidInputError("no PIN", fields={"pin": "PIN\u00a0— от\u00a04 до\u00a08 цифр"})
    if len(set(pin)) == 1 or any(pin in sequence for sequence in _SEQUENCES):
        sentence = "Такой PIN пробуют первым. Выберите цифры не\u00a0подряд"
        raise InvalidInputError("an easy PIN", fields={"pin": sentence})
    with STAFF.reach():
        User.objects.filter(pk=user_id).update(pin=make_password(pin))


@STAFF.reach()
def remove_pin(user_id: UUID) -> None:
    User.objects.filter(pk=user_id).update(pin="")


def unlock_by_pin(request: HttpRequest, found: Entrance, *, pin: str) -> None:
    """Open a locked session; one that is open stays so. Raises PinWrongError, SessionOverError."""
    session = _locked(found)
    if session is None:
        return
    _count(request, session)
    with STAFF.reach():
        row = StaffSession.objects.select_related("user").filter(pk=session).first()
    if row is None:
        raise SessionOverError("the last try ended it meanwhile")
    if not row.user.pin or not check_password(pin[:64], row.user.pin):
        if row.tries >= TRIES:
            sign_out(request)
            raise SessionOverError("five wrong PINs", sentence=_FIVE_WRONG)
        raise PinWrongError("another PIN", tries_left=TRIES - row.tries)
    _open(session)


def unlock_by_passkey(request: HttpRequest, found: Entrance, *, answer: str) -> None:
    """Open a locked session; one that is open stays so. Raises PasskeyRefusedError, SessionOverError."""
    session = _locked(found)
    if session is None:
        return
    _count(request, session)
    passkeys.prove(request, found, answer=answer)
    _open(session)


def _locked(found: Entrance) -> UUID | None:
    if found.session is None or found.door in {Door.CLOSED, Door.SECOND_FACTOR}:
        raise SessionOverError("no session to open")
    return found.session if found.door is Door.LOCKED else None


def _count(request: HttpRequest, session: UUID) -> None:
    """Count a try; where there is none left, the session is over."""
    counted = StaffSession.objects.filter(pk=session, tries__lt=TRIES).update(tries=F("tries") + 1)
    if not counted:
        sign_out(request)
        raise SessionOverError("no try is left")


@STAFF.reach()
def _open(session: UUID) -> None:
    now = clock.now()
    StaffSession.objects.filter(pk=session).update(seen_at=now, tries=0)
    User.objects.filter(sessions=session).update(last_login=now)
