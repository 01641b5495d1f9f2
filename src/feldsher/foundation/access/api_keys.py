"""Keys of partners: who calls the API by name, what a key opens, and until when.

A key is `fk_`, eight characters that name it, and a secret; it is shown once. Kept is a keyed hash. Looking
a key up costs the database a question, so that a process remembers the answer for ten seconds: for as long an
ended key may still pass where it was used a moment ago.
"""

import re
import threading
import time
from collections.abc import Iterable
from datetime import timedelta
from hmac import compare_digest
from secrets import token_hex, token_urlsafe

from django.db import IntegrityError, transaction

from feldsher.foundation.access.errors import ApiKeyNotFoundError
from feldsher.foundation.access.models import ApiKey
from feldsher.foundation.access.types import ApiKeyCard, ApiScope
from feldsher.foundation.vault.sealing import blind_index, blind_indexes
from feldsher.kernel import clock
from feldsher.kernel.errors import InvalidInputError

MARK = "fk_"
REMEMBERED_SECONDS = 10.0
_MOST_REMEMBERED = 1000
_USE_NOTED_EVERY = timedelta(minutes=10)
_PURPOSE = "access.api_key"
_SHAPE = re.compile(r"fk_([0-9a-f]{8})_([\w-]{43})", re.ASCII)
_LONGEST_NAME = 100

_remembered: dict[str, tuple[float, ApiKeyCard | None]] = {}
_lock = threading.Lock()


def issue_key(
    name: str, *, scopes: Iterable[ApiScope], channels: Iterable[str] = ()
) -> tuple[ApiKeyCard, str]:
    """Make a key and return its card and the key itself, which nobody can read again.

    `channels` are those that it may book through, none: any. Raises InvalidInputError (`name`, `scopes`).
    """
    name, scopes = name.strip(), sorted(set(scopes))
    if not 1 <= len(name) <= _LONGEST_NAME:
        raise InvalidInputError("a key needs a name", fields={"name": "Назовите партнёра: до 100 знаков"})
    if not scopes:
        raise InvalidInputError("a key opens something", fields={"scopes": "Укажите хотя бы одно право"})
    prefix = token_hex(4)
    key = f"{MARK}{prefix}_{token_urlsafe(32)}"
    try:
        with transaction.atomic():
            row = ApiKey.objects.create(
                prefix=prefix,
                digest=blind_index(_PURPOSE, key),
                name=name,
                scopes=[scope.value for scope in scopes],
                channels=sorted(set(channels)),
                created_at=clock.now(),
            )
    except IntegrityError:  # one in four billion: another prefix
        return issue_key(name, scopes=scopes, channels=channels)
    return _card(row), key


def end_key(prefix: str) -> ApiKeyCard:
    """End a key for good; ending it twice changes nothing. Raises ApiKeyNotFoundError."""
    with transaction.atomic():
        row = ApiKey.objects.select_for_update().filter(prefix=prefix).first()
        if row is None:
            raise ApiKeyNotFoundError("no such key")
        if row.ended_at is None:
            row.ended_at = clock.now()
            row.save(update_fields=["ended_at"])
    forget_keys()
    return _card(row)


def all_keys() -> tuple[ApiKeyCard, ...]:
    """Return every key, ended ones too, the newest first."""
    return tuple(map(_card, ApiKey.objects.order_by("-created_at")))


def key_of(token: str) -> ApiKeyCard | None:
    """Return the live key that a token is, None for a wrong or an ended one; remembered for ten seconds."""
    if not _SHAPE.fullmatch(token):
        return None
    now = time.monotonic()
    found = _remembered.get(token)
    if found is None or found[0] <= now:
        found = (now + REMEMBERED_SECONDS, _looked_up(token))
        with _lock:
            _remembered.pop(token, None)
            _remembered[token] = found
            if len(_remembered) > _MOST_REMEMBERED:
                del _remembered[next(iter(_remembered))]
    return found[1]


def live_key(prefix: str) -> ApiKeyCard | None:
    """Return the live key of this name, for who has shown it before and goes on by something else."""
    row = ApiKey.objects.filter(prefix=prefix, ended_at=None).first()
    return _card(row) if row else None


def recalled(token: str) -> ApiKeyCard | None:
    """Return the key as this process last knew it, asking nobody: for counting, never for admitting."""
    found = _remembered.get(token)
    return found[1] if found else None


def forget_keys() -> None:
    """Forget what this process remembers."""
    with _lock:
        _remembered.clear()


def _looked_up(token: str) -> ApiKeyCard | None:
    prefix = token.removeprefix(MARK)[:8]
    row = ApiKey.objects.filter(prefix=prefix, ended_at=None).first()
    digests = blind_indexes(_PURPOSE, token)
    kept = bytes(row.digest) if row else b""
    if row is None or not any(compare_digest(kept, digest) for digest in digests):
        return None
    now = clock.now()
    if row.last_used_at is None or now - row.last_used_at >= _USE_NOTED_EVERY:
        ApiKey.objects.filter(pk=row.pk).update(last_used_at=now)
    return _card(row)


def _card(row: ApiKey) -> ApiKeyCard:
    return ApiKeyCard(
        prefix=row.prefix,
        name=row.name,
        scopes=frozenset(map(ApiScope, row.scopes)),
        channels=frozenset(row.channels),
        created_at=row.created_at,
        last_used_at=row.last_used_at,
        ended_at=row.ended_at,
    )
