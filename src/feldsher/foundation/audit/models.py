"""The journal of access. Its table is partitioned by month; Django can't say so, sql/journal.sql does."""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models

from feldsher.foundation.audit.reading import JournalManager
from feldsher.foundation.privacy.data_class import DataClass


class AccessEntry(models.Model):
    """One row of the journal. It is written and read, never changed, whoever asks.

    `id` grows with the order of writing, not of committing. Ids and codes only; whose they are is personal.
    """

    data_class = DataClass.PERSONAL

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField()
    trace = models.TextField()
    actor_kind = models.TextField()
    actor = models.TextField()
    role = models.TextField()
    on_behalf = models.UUIDField(null=True)
    device = models.TextField()
    network = models.TextField()
    matrix_column = models.TextField()
    what = models.TextField()
    patients = ArrayField(models.UUIDField())
    ids = ArrayField(models.UUIDField())
    fields = ArrayField(models.TextField())
    row_count = models.IntegerField()
    purpose = models.TextField()
    relation = models.TextField()
    result = models.TextField()
    reason = models.TextField()

    objects = JournalManager()

    class Meta:
        managed = False
        db_table = "audit_access"

    def __str__(self) -> str:
        return str(self.id)


class Queued(models.Model):
    """A row that has no place in the tree yet. A trigger queues it, in the commit that writes it."""

    data_class = DataClass.PUBLIC

    id = models.BigIntegerField(primary_key=True)
    at = models.DateTimeField()

    class Meta:
        db_table = "audit_queue"

    def __str__(self) -> str:
        return str(self.id)


class Leaf(models.Model):
    """The place of a row in the tree, counted from 0 without a gap, and the hash of what it said then.

    `at` is the row's own instant: the journal is looked up by it and `entry`.
    """

    data_class = DataClass.PUBLIC

    index = models.BigIntegerField(primary_key=True)
    entry = models.BigIntegerField(unique=True)
    at = models.DateTimeField()
    hash = models.BinaryField(max_length=32)

    class Meta:
        db_table = "audit_leaf"

    def __str__(self) -> str:
        return str(self.index)


class Root(models.Model):
    """The tree as it is now: its size, its root, and the subtrees from which it goes on growing. One row."""

    data_class = DataClass.PUBLIC

    size = models.BigIntegerField(primary_key=True)
    root = models.BinaryField(max_length=32)
    peaks = ArrayField(models.BinaryField(max_length=32))
    at = models.DateTimeField()

    class Meta:
        db_table = "audit_root"

    def __str__(self) -> str:
        return str(self.size)


class Checkpoint(models.Model):
    """A signed word about the tree, and when the second place had it (None: not yet)."""

    data_class = DataClass.PUBLIC

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField()
    size = models.BigIntegerField()
    note = models.TextField()
    sent_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "audit_checkpoint"
        indexes = (
            models.Index(fields=["id"], condition=models.Q(sent_at=None), name="audit_checkpoint_unsent"),
        )

    def __str__(self) -> str:
        return str(self.size)


class Shipped(models.Model):
    """How far the second copy of the rows has come: all leaves below `leaf` were taken. One row."""

    data_class = DataClass.PUBLIC

    id = models.SmallIntegerField(primary_key=True, default=1)
    leaf = models.BigIntegerField(default=0)
    at = models.DateTimeField()

    class Meta:
        db_table = "audit_shipped"
        constraints = (models.CheckConstraint(condition=models.Q(id=1), name="audit_shipped_one"),)

    def __str__(self) -> str:
        return str(self.leaf)


class Check(models.Model):
    """One run of `verify`: asked for by a person or by the night (`asked_by` empty), and what it found."""

    data_class = DataClass.PERSONAL

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    asked_at = models.DateTimeField()
    asked_by = models.TextField()
    finished_at = models.DateTimeField(null=True)
    is_clean = models.BooleanField(null=True)
    leaves = models.BigIntegerField(default=0)
    covered = models.BigIntegerField(default=0)
    covered_at = models.DateTimeField(null=True)
    findings = models.JSONField(default=list)
    untold = models.BigIntegerField(default=0)

    objects = JournalManager()

    class Meta:
        db_table = "audit_check"

    def __str__(self) -> str:
        return str(self.id)
