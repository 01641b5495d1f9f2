"""The line to each MIS: its pace and breaker, and what was counted of its calls (`scheduling.line`).

All are unlogged: nothing here is worth a wait for the disk; a crash of the database leaves them empty.
"""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from feldsher.foundation.privacy.data_class import DataClass


class MisLine(models.Model):
    """What all processes know of the line to a MIS: one row (`line.breaker`).

    `turn_at` is when the next call would be due at the MIS's pace, by the machine's clock. `failures` are in
    a row. The line rests since `resting_since` for the `rests`-th time, and may be tried at `retry_at`, by
    one until `probe_until`.
    """

    data_class = DataClass.PUBLIC

    mis = models.TextField(primary_key=True)
    turn_at = models.DateTimeField()
    failures = models.IntegerField()
    rests = models.SmallIntegerField()
    resting_since = models.DateTimeField(null=True)
    retry_at = models.DateTimeField(null=True)
    probe_until = models.DateTimeField(null=True)
    last_error = models.TextField()

    class Meta:
        db_table = "scheduling_mis_line"

    def __str__(self) -> str:
        return str(self.pk)


class MisCallMinute(models.Model):
    """Calls to a MIS in a minute by operation and `line.endings.Ending`; `total_ms` is their time in all.

    `buckets` counts them by duration (`kernel.histograms`).
    """

    data_class = DataClass.PUBLIC

    pk = models.CompositePrimaryKey("mis", "minute", "operation", "ending")
    mis = models.TextField()
    minute = models.DateTimeField(db_index=True)
    operation = models.TextField()
    ending = models.TextField()
    calls = models.IntegerField()
    total_ms = models.BigIntegerField()
    buckets = ArrayField(models.IntegerField())

    class Meta:
        db_table = "scheduling_mis_call_minute"

    def __str__(self) -> str:
        return str(self.pk)


class MisCallTotal(models.Model):
    """The same of all minutes, forgotten ones too: what a monitoring system counts never goes back."""

    data_class = DataClass.PUBLIC

    pk = models.CompositePrimaryKey("mis", "operation", "ending")
    mis = models.TextField()
    operation = models.TextField()
    ending = models.TextField()
    calls = models.BigIntegerField()
    total_ms = models.BigIntegerField()
    buckets = ArrayField(models.BigIntegerField())

    class Meta:
        db_table = "scheduling_mis_call_total"

    def __str__(self) -> str:
        return str(self.pk)
