"""The token of a device that remembers people: 256 random bits in a cookie, a digest of them in the rows.

A token is good for one booking: then it turns into the next of its chain, which only the server can tell
from it. Of the token before it is taken for a moment more, because a phone may lose the answer that carried
the new one, and a double tap sends the old one twice.
"""

import hashlib
import re
from base64 import urlsafe_b64encode
from datetime import timedelta
from secrets import token_bytes

from django.db.models import Q, QuerySet

from feldsher.domain.patients.models import Remembered
from feldsher.foundation.vault.sealing import blind_index
from feldsher.kernel import clock

GRACE = timedelta(minutes=2)
_CHAIN = "patients.remembered.next"
_SHAPE = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)


def new_token() -> str:
    return _spelt(token_bytes(32))


def next_token(token: str) -> str:
    """Return what follows a token: an HMAC under the vault's key, so that a stolen one leads nowhere."""
    return _spelt(blind_index(_CHAIN, token))


def digest(token: str) -> bytes | None:
    """Return what the rows keep of a token, None for what is none."""
    return hashlib.sha256(token.encode()).digest() if _SHAPE.fullmatch(token) else None


def rows_of(token: str) -> QuerySet[Remembered]:
    """Return the people whom the holder of this token may book now; those used last come first."""
    kept, now = digest(token), clock.now()
    if kept is None:
        return Remembered.objects.none()
    held = Q(device=kept) | Q(earlier=kept, turned_at__gt=now - GRACE)
    return Remembered.objects.filter(held, expires_at__gt=now).order_by("-used_at", "id")


def replayed(token: str) -> QuerySet[Remembered]:
    """Return the rows whose token has turned since, longer ago than an answer can be lost."""
    kept = digest(token)
    if kept is None:
        return Remembered.objects.none()
    return Remembered.objects.filter(earlier=kept, turned_at__lte=clock.now() - GRACE)


def _spelt(value: bytes) -> str:
    return urlsafe_b64encode(value).decode().rstrip("=")
