"""Sealed values and blind indexes.

A sealed value opens only in the cell it was made for: table, column and row are authenticated with it, so
that nobody who can write to the database moves one patient's phone into another's row. Sealing is a call
and not a field type, because the row's id must be known and because a reader of the code should see where
a name becomes readable.

A blind index lets equal values be found without being read. It tells who has the same value, no more; an
index over few possible values (a birth date) can still be guessed by whoever holds its key.

Layout of a sealed value, in bytes: version (1), length of the key's id (1), key id, nonce (12), ciphertext,
tag (16).
The nonce is random: rotate a key before 2³² values are sealed under it.
"""

import hmac
import os
from functools import lru_cache
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from feldsher.foundation.vault.errors import VaultError, VaultKeyMissingError
from feldsher.foundation.vault.keys import derive, keyring

_VERSION = 1
_HEADER = 2
_NONCE = 12
_TAG = 16


def seal(value: str, *, table: str, column: str, row: UUID) -> bytes:
    """Return `value` encrypted under the current key (AES-256-GCM) for this one cell."""
    ring = keyring()
    key_id = ring.current.encode()
    nonce = os.urandom(_NONCE)
    aad = _cell(table=table, column=column, row=row, key_id=key_id)
    sealed = AESGCM(ring.keys[ring.current]).encrypt(nonce, value.encode(), aad)
    return bytes((_VERSION, len(key_id))) + key_id + nonce + sealed


def open_(sealed: bytes, *, table: str, column: str, row: UUID) -> str:
    """Return the text sealed for this cell.

    Raises VaultError if the bytes were altered or belong to another cell, VaultKeyMissingError if the key
    that sealed them is gone.
    """
    if len(sealed) < _HEADER or sealed[0] != _VERSION:
        raise VaultError("not a sealed value")
    body = _HEADER + sealed[1]
    key_id = sealed[_HEADER:body]
    if len(sealed) < body + _NONCE + _TAG:
        raise VaultError("a sealed value is cut short")
    key = keyring().keys.get(key_id.decode("ascii", "replace"))
    if key is None:
        raise VaultKeyMissingError("a sealed value names a key that is not there")
    aad = _cell(table=table, column=column, row=row, key_id=key_id)
    try:
        return AESGCM(key).decrypt(sealed[body : body + _NONCE], sealed[body + _NONCE :], aad).decode()
    except InvalidTag as error:
        raise VaultError(f"a sealed value does not belong to {table}.{column} of its row") from error


def blind_index(purpose: str, value: str) -> bytes:
    """Return the 32 bytes by which `value` is found under the current epoch; normalise `value` first."""
    return _index(keyring().epoch, purpose, value)


def blind_indexes(purpose: str, value: str) -> tuple[bytes, ...]:
    """Return the index of `value` under every epoch, sorted: rows written before a rotation are found too."""
    return tuple(sorted(_index(epoch, purpose, value) for epoch in keyring().epochs))


def _index(epoch: str, purpose: str, value: str) -> bytes:
    return hmac.digest(_purpose_key(keyring().epochs[epoch], purpose), value.encode(), "sha256")


@lru_cache(maxsize=64)
def _purpose_key(key: bytes, purpose: str) -> bytes:
    return derive(key, info=f"feldsher vault index {purpose}")


def _cell(*, table: str, column: str, row: UUID, key_id: bytes) -> bytes:
    """Return the authenticated name of a cell; each part follows its length, so that no two share it."""
    parts = (table.encode(), column.encode(), row.bytes, key_id)
    return b"".join(len(part).to_bytes(2, "big") + part for part in parts)
