"""What an accounting system sends: its sessions, the pieces of its files, and what came of each file.

Pieces stand in the database, so that site and worker may run on different machines and a killed process
loses nothing; they go with the exchange. What 1С says of orders may name buyers whom nobody here knows.
"""

import uuid
from typing import ClassVar

from django.db import models

from feldsher.channels.exchange.types import TaskState, Topic
from feldsher.foundation.access.guard import GuardedManager
from feldsher.foundation.privacy.data_class import DataClass


class ExchangeSession(models.Model):
    """One exchange of one topic, from `checkauth` on.

    `key` names the credential, `source` is the name it was made for, `token` the digest of what the cookie
    holds.
    """

    data_class = DataClass.SECRET

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    key = models.CharField(max_length=8)
    source = models.CharField(max_length=64)
    topic = models.CharField(max_length=8, default=Topic.CATALOG.value)
    token = models.BinaryField(max_length=32, unique=True)
    created_at = models.DateTimeField()
    seen_at = models.DateTimeField()

    class Meta:
        db_table = "exchange_session"
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["created_at"], name="exchange_created")]

    def __str__(self) -> str:
        return str(self.id)


class Piece(models.Model):
    """A part of a file as it was sent; parts of one name follow each other by `number`, from 0."""

    data_class = DataClass.PERSONAL

    id = models.BigAutoField(primary_key=True)
    session = models.ForeignKey(ExchangeSession, on_delete=models.CASCADE, related_name="pieces")
    name = models.CharField(max_length=255)
    number = models.PositiveIntegerField()
    size = models.PositiveIntegerField()
    digest = models.BinaryField(max_length=32)
    body = models.BinaryField()

    objects = GuardedManager()

    class Meta:
        db_table = "exchange_piece"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["session", "name", "number"], name="exchange_piece_once")
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.number}"


class Task(models.Model):
    """What was asked for: to import the document `name`, or (empty) to close what the whole did not name.

    `sentence` says what came of it, for whoever looks at the exchange in 1С.
    """

    data_class = DataClass.PUBLIC

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    session = models.ForeignKey(ExchangeSession, on_delete=models.CASCADE, related_name="tasks")
    name = models.CharField(max_length=255)
    state = models.CharField(max_length=8, choices=[(each.value, each.value) for each in TaskState])
    sentence = models.CharField(max_length=1000, default="")
    asked_at = models.DateTimeField()

    class Meta:
        db_table = "exchange_task"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["session", "name"], name="exchange_task_once")
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.state}"
