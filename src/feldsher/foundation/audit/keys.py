"""The key that signs checkpoints: an Ed25519 key, as base64 of its 32 bytes in `FELDSHER_AUDIT_KEY`."""

import base64
import binascii
from functools import lru_cache

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from django.conf import settings

from feldsher.foundation.audit.errors import AuditConfigError

KEY_BYTES = 32


def signing_key() -> Ed25519PrivateKey | None:
    """Return the key that is set, None where none is; raises AuditConfigError for a wrong one."""
    return _signing_key(settings.FELDSHER_AUDIT_KEY)


@lru_cache(maxsize=4)
def _signing_key(text: str) -> Ed25519PrivateKey | None:
    if not text:
        return None
    return Ed25519PrivateKey.from_private_bytes(_bytes(text, what="FELDSHER_AUDIT_KEY"))


def public_key(text: str) -> Ed25519PublicKey:
    """Read a public key, base64 of its 32 bytes; raises AuditConfigError."""
    return Ed25519PublicKey.from_public_bytes(_bytes(text, what="the public key"))


def public_text(key: Ed25519PublicKey) -> str:
    """Return the public key as base64."""
    return base64.b64encode(key.public_bytes_raw()).decode()


def _bytes(text: str, *, what: str) -> bytes:
    plain = text.strip().translate(str.maketrans("-_", "+/")).rstrip("=")
    try:
        key = base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except binascii.Error as error:
        raise AuditConfigError(f"{what} is not base64") from error
    if len(key) != KEY_BYTES:
        raise AuditConfigError(f"{what} has {len(key)} bytes instead of {KEY_BYTES}")
    return key
