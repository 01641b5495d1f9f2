"""The one table of messages: what was to be sent, and what became of it.

Phone and text are sealed for the row, so that its id is made before them. A text is wiped as soon as nobody
needs it any more; the row stays for a while as the proof that something was sent.
"""

import uuid
from typing import ClassVar

from django.db import models

from feldsher.foundation.messaging.types import Kind, MessageState
from feldsher.foundation.privacy.data_class import DataClass


class Message(models.Model):
    """Past `valid_until` it is worth nothing. `sent_at` is committed before a call leaves."""

    data_class = DataClass.SECRET

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    key = models.CharField(max_length=100, unique=True)
    kind = models.CharField(max_length=32, choices=[(item.value, item.value) for item in Kind])
    state = models.CharField(max_length=16, choices=[(item.value, item.value) for item in MessageState])
    phone = models.BinaryField()
    text = models.BinaryField()
    attempts = models.SmallIntegerField(default=0)
    provider_id = models.CharField(max_length=64, default="")
    cost = models.DecimalField(max_digits=8, decimal_places=2, null=True)
    refusal = models.CharField(max_length=64, default="")
    created_at = models.DateTimeField()
    valid_until = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "messaging_message"
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["created_at"], name="messaging_message_day"),
            models.Index(
                fields=["valid_until"], condition=~models.Q(text=b""), name="messaging_message_readable"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.id} {self.kind} {self.state}"
