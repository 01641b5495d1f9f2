"""Reads of messaging: what became of a message, and nothing of what it says."""

from feldsher.foundation.messaging.models import Message
from feldsher.foundation.messaging.types import MessageState


def is_sent(key: str) -> bool:
    """Return whether the provider has taken the message of this key; False where that is not certain."""
    return Message.objects.filter(key=key, state=MessageState.SENT).exists()
