"""What goes out to accounting systems, and what they said of it.

Invariants. A document is a visit through all its moves; the database itself writes it, in the commit that
changes the visit (sql/documents.sql), so that no change can be missed and none is late. It says nothing of
the patient. `version` counts what an accounting system has to hear. A document is due until the very version
that was handed over is confirmed. What an accounting system says stands beside it and changes no visit.
"""

import uuid
from typing import ClassVar

from django.contrib.postgres.functions import RandomUUID
from django.db import models

from feldsher.domain.accounting.types import DifferenceKind
from feldsher.foundation.access.guard import GuardedManager
from feldsher.foundation.privacy.data_class import DataClass

_KINDS = [(each.value, each.value) for each in DifferenceKind]


class Base(models.Model):
    """An accounting system that visits go out to, by the name of its credential.

    It hears of visits that begin or change from `since` on, its first exchange. `asked_at` and `taken_at` are
    its last question and its last confirmation, `said_at` its last word of a document. `compared` documents
    were looked at in the check of `checked_at`.
    """

    data_class = DataClass.PUBLIC

    source = models.CharField(primary_key=True, max_length=64)
    since = models.DateTimeField()
    asked_at = models.DateTimeField(null=True)
    taken_at = models.DateTimeField(null=True)
    said_at = models.DateTimeField(null=True)
    checked_at = models.DateTimeField(null=True)
    compared = models.IntegerField(default=0)

    class Meta:
        db_table = "accounting_base"

    def __str__(self) -> str:
        return self.source


class Document(models.Model):
    """A visit as an accounting system knows it: `id` is the number that people read, `key` the identifier.

    `chain` is the visit through its moves; what follows is that of its last version, `state` among
    `scheduling.types.State`, `price` None where nobody has said one. `handed` is the version that was handed
    over last, in the exchange `handed_in`, until that confirms it. The accounting system's own word is
    `number_there`, `status_there`, `amount_there` and `is_cancelled_there`, as of `said_at`.
    """

    data_class = DataClass.MEDICAL

    id = models.BigAutoField(primary_key=True)
    key = models.UUIDField(unique=True, default=uuid.uuid4, db_default=RandomUUID())
    chain = models.UUIDField(unique=True)
    practitioner = models.UUIDField()
    location = models.UUIDField()
    service = models.UUIDField()
    starts_at = models.DateTimeField()
    price = models.DecimalField(max_digits=12, decimal_places=2, null=True)
    state = models.TextField()
    version = models.IntegerField(db_default=1)
    changed_at = models.DateTimeField()
    is_due = models.BooleanField(db_default=True)
    handed = models.IntegerField(null=True)
    handed_in = models.UUIDField(null=True)
    taken_at = models.DateTimeField(null=True)
    said_at = models.DateTimeField(null=True)
    number_there = models.CharField(max_length=100, db_default="")
    status_there = models.CharField(max_length=200, db_default="")
    amount_there = models.DecimalField(max_digits=14, decimal_places=2, null=True)
    is_cancelled_there = models.BooleanField(db_default=False)

    objects = GuardedManager()

    class Meta:
        db_table = "accounting_document"
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["changed_at", "id"],
                condition=models.Q(is_due=True),
                name="accounting_document_due",
            ),
            models.Index(
                fields=["handed_in"],
                condition=models.Q(handed_in__isnull=False),
                name="accounting_document_handed",
            ),
            models.Index(fields=["starts_at", "id"], name="accounting_document_day"),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class Difference(models.Model):
    """Where a document and the word of it differ: found by one check, settled by another."""

    data_class = DataClass.MEDICAL

    id = models.BigAutoField(primary_key=True)
    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="differences")
    source = models.CharField(max_length=64)
    kind = models.CharField(max_length=16, choices=_KINDS)
    found_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)

    objects = GuardedManager()

    class Meta:
        db_table = "accounting_difference"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["document"],
                condition=models.Q(settled_at=None),
                name="accounting_difference_open_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.document_id} {self.kind}"
