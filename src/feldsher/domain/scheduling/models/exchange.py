"""How the exchange with each MIS fares, and how far a branch is connected."""

import uuid

from django.db import models

from feldsher.foundation.privacy.data_class import DataClass


class SyncStatus(models.Model):
    """How fresh a MIS's mirror is. `as_of` is the instant before the last good request was sent."""

    data_class = DataClass.PUBLIC

    mis = models.TextField(primary_key=True)
    as_of = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    failures = models.IntegerField(default=0)
    last_error = models.TextField(default="")
    cursor = models.TextField(default="")

    class Meta:
        db_table = "scheduling_sync_status"

    def __str__(self) -> str:
        return str(self.pk)


class BranchStage(models.Model):
    """How far a branch is connected (`types.Stage`); one without a row is past all stages, and books.

    The row without `ended_at` is in force; those before it are its history.
    """

    data_class = DataClass.PUBLIC

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    location = models.UUIDField()
    stage = models.TextField()
    author = models.CharField(max_length=64)
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "scheduling_branch_stage"
        constraints = (
            models.UniqueConstraint(
                fields=["location"],
                condition=models.Q(ended_at__isnull=True),
                name="scheduling_branch_stage_once",
            ),
        )

    def __str__(self) -> str:
        return str(self.pk)


class Comparison(models.Model):
    """How a branch's mirror differed from what its MIS said at `as_of`: the last one that was asked for.

    `days` are `types.Difference` as JSON. `error` says why there is none.
    """

    data_class = DataClass.PUBLIC

    location = models.UUIDField(primary_key=True)
    asked_at = models.DateTimeField()
    as_of = models.DateTimeField(null=True)
    error = models.TextField(default="")
    days = models.JSONField(default=list)

    class Meta:
        db_table = "scheduling_comparison"

    def __str__(self) -> str:
        return str(self.pk)


class LeftOut(models.Model):
    """A stretch that a MIS sent and that could not become time here, with the normaliser's reason.

    Kept for staff who ask why: the last answer's, replaced with the days that it speaks for.
    """

    data_class = DataClass.PUBLIC

    id = models.BigAutoField(primary_key=True)
    mis = models.TextField()
    day = models.DateField()
    remote_practitioner = models.TextField()
    remote_location = models.TextField()
    begin = models.TextField()
    end = models.TextField()
    reason = models.TextField()

    class Meta:
        db_table = "scheduling_left_out"
        indexes = (models.Index(fields=["mis", "day"], name="scheduling_left_out_day"),)

    def __str__(self) -> str:
        return str(self.pk)


class Silence(models.Model):
    """How many complete answers in a row did not name a doctor whose time is in the mirror (`silence`)."""

    data_class = DataClass.PUBLIC

    pk = models.CompositePrimaryKey("mis", "part", "practitioner", "location")
    mis = models.TextField()
    part = models.SmallIntegerField()
    practitioner = models.UUIDField()
    location = models.UUIDField()
    times = models.SmallIntegerField(default=0)

    class Meta:
        db_table = "scheduling_silence"

    def __str__(self) -> str:
        return str(self.pk)
