"""Tokens that a cookie holds and that turn with use: 256 random bits, of which the rows keep a digest.

A token turns into the next of its chain, which only the server can tell from it. Of the token before it is
taken for a moment more, because a phone may lose the answer that carried the new one, and a double tap sends
the old one twice. One that comes later means two holders.
"""

import hashlib
import re
from base64 import urlsafe_b64encode
from datetime import timedelta
from secrets import token_bytes

from feldsher.foundation.vault.sealing import blind_index

GRACE = timedelta(minutes=2)
_SHAPE = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)


def new_token() -> str:
    return _spelt(token_bytes(32))


def next_token(token: str, *, chain: str) -> str:
    """Return what follows a token: an HMAC under the vault's key, so that a stolen one leads nowhere."""
    return _spelt(blind_index(chain, token))


def digest(token: str) -> bytes | None:
    """Return what the rows keep of a token, None for what is none."""
    return hashlib.sha256(token.encode()).digest() if _SHAPE.fullmatch(token) else None


def _spelt(value: bytes) -> str:
    return urlsafe_b64encode(value).decode().rstrip("=")
