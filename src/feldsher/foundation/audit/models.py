"""The journal of access. Its table is partitioned by month; Django can't say so, sql/journal.sql does."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

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

    class Meta:
        managed = False
        db_table = "audit_access"

    def __str__(self) -> str:
        return str(self.id)
