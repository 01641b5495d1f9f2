"""Keys for tests: the same name always has the same bytes."""

import base64
import json
import os
from hashlib import sha256


def key_text(name: str | None = None) -> str:
    """Return base64 of 32 bytes, random without a name."""
    return base64.b64encode(sha256(name.encode()).digest() if name else os.urandom(32)).decode()


def vault_keys(
    *,
    current: str,
    keys: tuple[str, ...],
    epoch: str = "e1",
    epochs: tuple[str, ...] = ("e1",),
    bytes_of: dict[str, bytes] | None = None,
) -> str:
    """Return FELDSHER_VAULT_KEYS; `bytes_of` replaces the bytes of a name."""
    given = {name: base64.b64encode(key).decode() for name, key in (bytes_of or {}).items()}
    return json.dumps(
        {
            "current": current,
            "keys": {name: key_text(name) for name in keys} | given,
            "index": {"current": epoch, "epochs": {name: key_text(name) for name in epochs}},
        }
    )
