"""Reads of messaging: what became of a message, and nothing of what it says."""

from collections.abc import Collection

from feldsher.foundation.messaging.models import Message
from feldsher.foundation.messaging.types import MessageState


def sent(keys: Collection[str]) -> frozenset[str]:
    """Return those of the keys whose message the provider has taken, of the last 30 days."""
    rows = Message.objects.filter(key__in=keys, state=MessageState.SENT)
    return frozenset(rows.values_list("key", flat=True))


def is_sent(key: str) -> bool:
    """Return whether the provider has taken the message of this key; False where that is not certain."""
    return Message.objects.filter(key=key, state=MessageState.SENT).exists()
