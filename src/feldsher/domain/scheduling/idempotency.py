"""A caller's key for calls that are more than one SQL function: the same order of effects as in `hold_slot`.

The advisory lock comes before the look-up, so that a parallel twin hears `in_progress` and never a wrong
answer; the outcome is written in the caller's transaction.
"""

from dataclasses import dataclass
from uuid import UUID

from django.db import connection

from feldsher.domain.scheduling.errors import InProgressError, KeyReusedError
from feldsher.domain.scheduling.models import Outcome
from feldsher.domain.scheduling.types import Idempotency


@dataclass(frozen=True, slots=True)
class Earlier:
    """How the same call ended before, and the appointment or call request that it was about."""

    code: str
    subject: UUID | None


def earlier_outcome(idempotency: Idempotency | None) -> Earlier | None:
    """Return how the same call ended before, None for a new one; call it first in the transaction.

    Raises InProgressError while a twin runs, KeyReusedError when the key came with another body.
    """
    if idempotency is None:
        return None
    lock = int.from_bytes(idempotency.key[:8], "big", signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [lock])
        if not cursor.fetchone()[0]:
            raise InProgressError("a twin of this call is running")
    seen = Outcome.objects.filter(pk=idempotency.key).first()
    if seen is None:
        return None
    if bytes(seen.body) != idempotency.body:
        raise KeyReusedError("the key came before with another body")
    return Earlier(seen.code, seen.appointment)


def keep_outcome(idempotency: Idempotency | None, *, code: str, subject: UUID) -> None:
    """Write the final outcome down, in the same transaction as its effects."""
    if idempotency is not None:
        Outcome.objects.create(key=idempotency.key, body=idempotency.body, code=code, appointment=subject)
