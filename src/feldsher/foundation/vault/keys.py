"""The keys of the vault: they live in the environment, never in the database or in a backup of it.

`FELDSHER_VAULT_KEYS` is JSON: `{"current": "k1", "keys": {"k1": base64 of 32 bytes, …},
"index": {"current": "e1", "epochs": {"e1": base64 of 32 bytes, …}}}`. New values are sealed under
`current`; every key named still opens what it sealed. Without it both are derived from the secret of the
installation, which is enough for a demo and for tests: then the secret can't be changed any more.
"""

import base64
import binascii
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from feldsher.foundation.vault.errors import VaultConfigError

KEY_BYTES = 32
DERIVED = "derived"
_NAME = re.compile(r"[A-Za-z0-9_-]{1,32}\Z")


@dataclass(frozen=True, slots=True)
class Keyring:
    """Keys for sealing by id and keys for blind indexes by epoch; their bytes never show in a repr."""

    current: str
    keys: Mapping[str, bytes] = field(repr=False)
    epoch: str
    epochs: Mapping[str, bytes] = field(repr=False)


def keyring() -> Keyring:
    """Return the keys of this process; raises VaultConfigError when the setting is not usable."""
    return _keyring(settings.VAULT_KEYS, settings.SECRET_KEY)


@lru_cache(maxsize=4)
def _keyring(text: str, secret: str) -> Keyring:
    if not text:
        return Keyring(
            current=DERIVED,
            keys={DERIVED: derive(secret.encode(), info="feldsher vault sealing")},
            epoch=DERIVED,
            epochs={DERIVED: derive(secret.encode(), info="feldsher vault index")},
        )
    try:
        data = json.loads(text)
        current, keys = _named_keys(data, "keys")
        epoch, epochs = _named_keys(data["index"], "epochs")
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise VaultConfigError(f"FELDSHER_VAULT_KEYS is not usable: {type(error).__name__}") from error
    if set(keys.values()) & set(epochs.values()):
        raise VaultConfigError("FELDSHER_VAULT_KEYS uses one key for sealing and for an index")
    return Keyring(current=current, keys=keys, epoch=epoch, epochs=epochs)


def _named_keys(data: dict[str, Any], part: str) -> tuple[str, dict[str, bytes]]:
    keys = {name: _key(name, text) for name, text in data[part].items()}
    current = data["current"]
    if current not in keys:
        raise VaultConfigError(f"FELDSHER_VAULT_KEYS: the current one of {part} is not among them")
    return current, keys


def _key(name: str, text: str) -> bytes:
    if _NAME.match(name) is None:
        raise VaultConfigError("FELDSHER_VAULT_KEYS: a key's name is 1 to 32 Latin letters, digits, - or _")
    try:
        key = base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise VaultConfigError(f"FELDSHER_VAULT_KEYS: {name} is not base64") from error
    if len(key) != KEY_BYTES:
        raise VaultConfigError(f"FELDSHER_VAULT_KEYS: {name} has {len(key)} bytes instead of {KEY_BYTES}")
    return key


def derive(secret: bytes, *, info: str) -> bytes:
    """Return 32 bytes that only `secret` and `info` together determine (HKDF-SHA-256)."""
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=info.encode()).derive(secret)
