"""What passkeys of staff and of patients share: made for this site alone, used with the person's own check.

The browser has to say that it checked who touches the key (fingerprint, face, PIN of the device); an answer
for another site or origin, to another question, or with a counter that went back is refused.
"""

import json
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

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

from feldsher.foundation.access.errors import PasskeyRefusedError
from feldsher.foundation.access.relying_party import relying_party

State = Mapping[str, Any]
"""The question that was asked, as JSON: kept by the caller, and good for one answer."""
_REQUIRED = UserVerificationRequirement.REQUIRED
_FAULTS = (ValueError, TypeError, LookupError, AttributeError, RecursionError, struct.error)
"""What the library and the parser of JSON raise about an answer that is none."""


@dataclass(frozen=True, slots=True)
class Made:
    """A passkey that a browser has made: its id, and the public key as the browser attested it."""

    id: bytes
    credential: bytes
    counter: int


@dataclass(frozen=True, slots=True)
class Known:
    """A passkey of the tables."""

    credential: bytes
    counter: int


def ask_to_make(
    *, handle: bytes, name: str, site: str, known: Sequence[Known], is_found_alone: bool
) -> tuple[dict[str, Any], State]:
    """Return what the browser needs to make a passkey (WebAuthn's JSON), and the state to keep.

    `handle` is whose it is and `name` what the browser calls them by. `is_found_alone`: it is used without
    saying first who one is. Raises PasskeyRefusedError.
    """
    resident = ResidentKeyRequirement.REQUIRED if is_found_alone else ResidentKeyRequirement.PREFERRED
    options, state = _server(site).register_begin(
        PublicKeyCredentialUserEntity(id=handle, name=name, display_name=name),
        [AttestedCredentialData(row.credential) for row in known],
        resident_key_requirement=resident,
        user_verification=_REQUIRED,
    )
    return dict(options), state


def made(answer: str, state: State) -> Made:
    """Return the passkey that the browser made. Raises PasskeyRefusedError."""
    try:
        found = _server("").register_complete(state, RegistrationResponse.from_dict(_read(answer)))
        credential = found.credential_data
    except _FAULTS as error:
        raise PasskeyRefusedError(f"not registered: {type(error).__name__}") from error
    if credential is None or not found.is_user_verified():
        raise PasskeyRefusedError("no credential, or the browser did not check who it is")
    return Made(bytes(credential.credential_id), bytes(credential), found.counter)


def ask_to_use(known: Sequence[Known]) -> tuple[dict[str, Any], State]:
    """Return what the browser needs to use one of these, or any of this site where none is named."""
    credentials = [AttestedCredentialData(row.credential) for row in known]
    options, state = _server("").authenticate_begin(credentials or None, user_verification=_REQUIRED)
    return dict(options), state


def named(answer: str) -> bytes:
    """Return the id of the passkey that an answer says it is of. Raises PasskeyRefusedError."""
    try:
        return bytes(AuthenticationResponse.from_dict(_read(answer)).raw_id)
    except _FAULTS as error:
        raise PasskeyRefusedError(f"not read: {type(error).__name__}") from error


def used(answer: str, state: State, known: Sequence[Known]) -> tuple[int, int]:
    """Return which of the known passkeys was used, and its new counter. Raises PasskeyRefusedError."""
    credentials = [AttestedCredentialData(row.credential) for row in known]
    try:
        response = AuthenticationResponse.from_dict(_read(answer))
        found = _server("").authenticate_complete(state, credentials, response)
        data = response.response.authenticator_data
    except _FAULTS as error:
        raise PasskeyRefusedError(f"not proved: {type(error).__name__}") from error
    if not data.is_user_verified():
        raise PasskeyRefusedError("the browser did not check who it is")
    place = next(n for n, each in enumerate(credentials) if each.credential_id == found.credential_id)
    if (known[place].counter or data.counter) and data.counter <= known[place].counter:
        raise PasskeyRefusedError("the counter went back: the key may be a copy")
    return place, data.counter


def _server(site: str) -> Fido2Server:
    """Return the library's server for this site: its id, and exactly its origin."""
    party = relying_party()
    if party is None:
        raise PasskeyRefusedError(
            "no address", sentence="Ключи доступа здесь не\u00a0работают: у\u00a0сайта нет своего имени."
        )
    entity = PublicKeyCredentialRpEntity(id=party.id, name=site or party.id)
    return Fido2Server(entity, verify_origin=lambda origin: origin == party.origin)


def _read(answer: str) -> dict[str, Any]:
    found = json.loads(answer)
    if not isinstance(found, dict):
        raise TypeError("no object")
    return found
