"""Passkeys of staff (WebAuthn): a second factor, and what opens a locked session.

The challenge lies in the session and is good for one answer of its person.
"""

from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.http import HttpRequest

from feldsher.foundation.access import webauthn
from feldsher.foundation.access.errors import PasskeyRefusedError, SessionOverError
from feldsher.foundation.access.models import Passkey
from feldsher.foundation.access.types import Entrance, Staff
from feldsher.foundation.access.webauthn import Known, State
from feldsher.kernel import clock

MOST = 10
_CHALLENGE = "challenge"
_NAME = 60


def registration(request: HttpRequest, staff: Staff, *, site: str) -> dict[str, Any]:
    """Return what the browser needs to make a passkey (WebAuthn's JSON). Raises PasskeyRefusedError."""
    known = [_known(row) for row in Passkey.objects.filter(user_id=staff.id)]
    if len(known) >= MOST:
        raise PasskeyRefusedError("too many", sentence=f"Ключей уже {MOST}. Удалите тот, что не\u00a0нужен.")
    options, state = webauthn.ask_to_make(
        handle=staff.id.bytes, name=staff.login, site=site, known=known, is_found_alone=False
    )
    request.session[_CHALLENGE] = {"for": "create", "user": str(staff.id), **state}
    return options


def register(request: HttpRequest, staff: Staff, *, answer: str, name: str) -> None:
    """Keep the passkey that the browser made. Raises PasskeyRefusedError."""
    made = webauthn.made(answer, _challenge(request, "create", staff.id))
    row = Passkey(
        user_id=staff.id,
        credential_id=made.id,
        credential=made.credential,
        sign_count=made.counter,
        name=name.strip()[:_NAME] or "Ключ",
        created_at=clock.now(),
    )
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as error:
        raise PasskeyRefusedError("the credential is known") from error


def question(request: HttpRequest, found: Entrance) -> dict[str, Any]:
    """Return what the browser needs to use a passkey of this person. Raises PasskeyRefusedError."""
    user_id = _person(found)
    known = [_known(row) for row in Passkey.objects.filter(user_id=user_id)]
    if not known:
        raise PasskeyRefusedError("no passkey")
    options, state = webauthn.ask_to_use(known)
    request.session[_CHALLENGE] = {"for": "get", "user": str(user_id), **state}
    return options


def prove(request: HttpRequest, found: Entrance, *, answer: str) -> None:
    """Hold the browser's answer against the question. Raises PasskeyRefusedError."""
    user_id = _person(found)
    state = _challenge(request, "get", user_id)
    with transaction.atomic():
        rows = list(Passkey.objects.select_for_update().filter(user_id=user_id).order_by("id"))
        place, counter = webauthn.used(answer, state, [_known(row) for row in rows])
        row = rows[place]
        row.sign_count, row.used_at = counter, clock.now()
        row.save(update_fields=["sign_count", "used_at"])


def remove_passkey(user_id: UUID, passkey: UUID) -> None:
    Passkey.objects.filter(pk=passkey, user_id=user_id).delete()


def _person(found: Entrance) -> UUID:
    if found.staff is None:
        raise SessionOverError("nobody is there")
    return found.staff.id


def _challenge(request: HttpRequest, use: str, user_id: UUID) -> State:
    """Take the challenge out of the session: it is good for one answer, of this person, to what was asked."""
    state: dict[str, Any] = request.session.pop(_CHALLENGE, None) or {}
    if state.pop("for", None) != use or state.pop("user", None) != str(user_id):
        raise PasskeyRefusedError("nothing was asked")
    return state


def _known(row: Passkey) -> Known:
    return Known(bytes(row.credential), row.sign_count)
