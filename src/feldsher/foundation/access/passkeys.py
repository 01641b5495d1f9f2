"""Passkeys (WebAuthn): made for this site alone, and used with the person's own verification.

The challenge lies in the session and is good for one answer. The browser has to say that it checked who
touches the key (fingerprint, face, PIN of the device); an answer for another site or origin, of another
person's key, or with a counter that went back is refused.
"""

import json
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.http import HttpRequest
from fido2.server import Fido2Server
from fido2.webauthn import (
    AttestedCredentialData,
    AuthenticationResponse,
    PublicKeyCredentialRpEntity,
    PublicKeyCredentialUserEntity,
    RegistrationResponse,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from feldsher.foundation.access.errors import PasskeyRefusedError, SessionOverError
from feldsher.foundation.access.models import Passkey
from feldsher.foundation.access.relying_party import relying_party
from feldsher.foundation.access.types import Entrance, Staff
from feldsher.kernel import clock

MOST = 10
_CHALLENGE = "challenge"
_REQUIRED = UserVerificationRequirement.REQUIRED
_NAME = 60


def registration(request: HttpRequest, staff: Staff, *, site: str) -> dict[str, Any]:
    """Return what the browser needs to make a passkey (WebAuthn's JSON). Raises PasskeyRefusedError."""
    known = [_credential(row) for row in Passkey.objects.filter(user_id=staff.id)]
    if len(known) >= MOST:
        raise PasskeyRefusedError("too many", sentence=f"Ключей уже {MOST}. Удалите тот, что не\u00a0нужен.")
    options, state = _server(site).register_begin(
        PublicKeyCredentialUserEntity(id=staff.id.bytes, name=staff.login, display_name=staff.login),
        known,
        resident_key_requirement=ResidentKeyRequirement.PREFERRED,
        user_verification=_REQUIRED,
    )
    request.session[_CHALLENGE] = {"for": "create", "user": str(staff.id), **state}
    return dict(options)


def register(request: HttpRequest, staff: Staff, *, answer: str, name: str) -> None:
    """Keep the passkey that the browser made. Raises PasskeyRefusedError."""
    state = _challenge(request, "create", staff.id)
    try:
        made = _server("").register_complete(state, RegistrationResponse.from_dict(_read(answer)))
        credential = made.credential_data
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise PasskeyRefusedError(f"not registered: {type(error).__name__}") from error
    if credential is None or not made.is_user_verified():
        raise PasskeyRefusedError("no credential, or the browser did not check who it is")
    row = Passkey(
        user_id=staff.id,
        credential_id=credential.credential_id,
        credential=bytes(credential),
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
    known = [_credential(row) for row in Passkey.objects.filter(user_id=user_id)]
    if not known:
        raise PasskeyRefusedError("no passkey")
    options, state = _server("").authenticate_begin(known, user_verification=_REQUIRED)
    request.session[_CHALLENGE] = {"for": "get", "user": str(user_id), **state}
    return dict(options)


def prove(request: HttpRequest, found: Entrance, *, answer: str) -> None:
    """Hold the browser's answer against the question. Raises PasskeyRefusedError."""
    user_id = _person(found)
    state = _challenge(request, "get", user_id)
    with transaction.atomic():
        rows = list(Passkey.objects.select_for_update().filter(user_id=user_id).order_by("id"))
        try:
            response = AuthenticationResponse.from_dict(_read(answer))
            used = _server("").authenticate_complete(state, [_credential(row) for row in rows], response)
            data = response.response.authenticator_data
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise PasskeyRefusedError(f"not proved: {type(error).__name__}") from error
        row = next(each for each in rows if bytes(each.credential_id) == used.credential_id)
        if not data.is_user_verified():
            raise PasskeyRefusedError("the browser did not check who it is")
        if (row.sign_count or data.counter) and data.counter <= row.sign_count:
            raise PasskeyRefusedError("the counter went back: the key may be a copy")
        row.sign_count, row.used_at = data.counter, clock.now()
        row.save(update_fields=["sign_count", "used_at"])


def remove_passkey(user_id: UUID, passkey: UUID) -> None:
    Passkey.objects.filter(pk=passkey, user_id=user_id).delete()


def _person(found: Entrance) -> UUID:
    if found.staff is None:
        raise SessionOverError("nobody is there")
    return found.staff.id


def _server(site: str) -> Fido2Server:
    """Return the library's server for this site: its id, and exactly its origin."""
    party = relying_party()
    if party is None:
        raise PasskeyRefusedError(
            "no address", sentence="Ключи доступа здесь не\u00a0работают: у\u00a0сайта нет своего имени."
        )
    entity = PublicKeyCredentialRpEntity(id=party.id, name=site or party.id)
    return Fido2Server(entity, verify_origin=lambda origin: origin == party.origin)


def _challenge(request: HttpRequest, use: str, user_id: UUID) -> dict[str, Any]:
    """Take the challenge out of the session: it is good for one answer, of this person, to what was asked."""
    state: dict[str, Any] = request.session.pop(_CHALLENGE, None) or {}
    if state.pop("for", None) != use or state.pop("user", None) != str(user_id):
        raise PasskeyRefusedError("nothing was asked")
    return state


def _credential(row: Passkey) -> AttestedCredentialData:
    return AttestedCredentialData(bytes(row.credential))


def _read(answer: str) -> dict[str, Any]:
    found = json.loads(answer)
    if not isinstance(found, dict):
        raise TypeError("no object")
    return found
