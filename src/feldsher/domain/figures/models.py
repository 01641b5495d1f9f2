"""Counts by day, and what they are counted from.

Invariants. A cell is the sum of what was counted once: a batch of a process by its id, a visit by its row in
`VisitFact`, whose former part is taken out of the cells in the commit that puts the new one in. Cells hold no
person and no visit. `location` and `practitioner` of nobody in particular are NOBODY.
"""

import uuid
from typing import ClassVar

from django.db import models

from feldsher.foundation.access.guard import GuardedManager
from feldsher.foundation.privacy.data_class import DataClass

NOBODY = uuid.UUID(int=0)


class SourceRow(models.Model):
    """Somewhere that people came from, by a number of ours."""

    data_class = DataClass.PUBLIC

    id = models.BigAutoField(primary_key=True)
    kind = models.CharField(max_length=16)
    name = models.CharField(max_length=60)
    medium = models.CharField(max_length=60)
    campaign = models.CharField(max_length=60)

    class Meta:
        db_table = "figures_source"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["kind", "name", "medium", "campaign"], name="figures_source_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"


class Batch(models.Model):
    """Counts of a process that were written: who tries the same ones again writes nothing."""

    data_class = DataClass.PUBLIC

    id = models.UUIDField(primary_key=True)
    at = models.DateTimeField(db_index=True)

    class Meta:
        db_table = "figures_batch"

    def __str__(self) -> str:
        return str(self.pk)


class SeenDay(models.Model):
    """Showings of at least one free time: at all, of a branch, or of a doctor in a branch."""

    data_class = DataClass.PUBLIC

    pk = models.CompositePrimaryKey("day", "location", "practitioner", "channel", "source")
    day = models.DateField()
    location = models.UUIDField()
    practitioner = models.UUIDField()
    channel = models.CharField(max_length=16)
    source = models.BigIntegerField()
    seen = models.IntegerField()

    class Meta:
        db_table = "figures_seen_day"

    def __str__(self) -> str:
        return str(self.pk)


class EmptyDay(models.Model):
    """Searches that found no free time."""

    data_class = DataClass.PUBLIC

    pk = models.CompositePrimaryKey("day", "wanted", "subject", "location", "channel", "source")
    day = models.DateField()
    wanted = models.CharField(max_length=16)
    subject = models.CharField(max_length=100)
    location = models.UUIDField()
    channel = models.CharField(max_length=16)
    source = models.BigIntegerField()
    searches = models.IntegerField()

    class Meta:
        db_table = "figures_empty_day"

    def __str__(self) -> str:
        return str(self.pk)


class Origin(models.Model):
    """Where a hold came from; the visit that it becomes came from there through all its moves."""

    data_class = DataClass.MEDICAL

    appointment = models.UUIDField(primary_key=True)
    source = models.BigIntegerField()

    objects = GuardedManager()

    class Meta:
        db_table = "figures_origin"

    def __str__(self) -> str:
        return str(self.pk)


class VisitFact(models.Model):
    """What was counted of one visit through all its moves: the day of its hold, and its last version's day.

    `outcome` is a `scheduling.types.VisitEnd`. `is_told`: a reminder of `visit` arrived, or was answered.
    """

    data_class = DataClass.MEDICAL

    chain = models.UUIDField(primary_key=True)
    visit = models.UUIDField()
    channel = models.CharField(max_length=16)
    source = models.BigIntegerField()
    held_day = models.DateField()
    held_location = models.UUIDField()
    held_practitioner = models.UUIDField()
    visit_day = models.DateField(db_index=True)
    location = models.UUIDField()
    practitioner = models.UUIDField()
    is_booked = models.BooleanField()
    is_told = models.BooleanField()
    outcome = models.CharField(max_length=16)

    objects = GuardedManager()

    class Meta:
        db_table = "figures_visit"

    def __str__(self) -> str:
        return str(self.pk)


class HoldDay(models.Model):
    """What became of the times that were held on a day."""

    data_class = DataClass.PUBLIC

    pk = models.CompositePrimaryKey("day", "location", "practitioner", "channel", "source")
    day = models.DateField()
    location = models.UUIDField()
    practitioner = models.UUIDField()
    channel = models.CharField(max_length=16)
    source = models.BigIntegerField()
    held = models.IntegerField()
    booked = models.IntegerField()
    cancelled = models.IntegerField()
    came = models.IntegerField()
    missed = models.IntegerField()

    class Meta:
        db_table = "figures_hold_day"

    def __str__(self) -> str:
        return str(self.pk)


class VisitDay(models.Model):
    """Who came on a day and who did not, with and without a reminder that arrived."""

    data_class = DataClass.PUBLIC

    pk = models.CompositePrimaryKey("day", "location", "practitioner", "channel", "source")
    day = models.DateField()
    location = models.UUIDField()
    practitioner = models.UUIDField()
    channel = models.CharField(max_length=16)
    source = models.BigIntegerField()
    told_came = models.IntegerField()
    told_missed = models.IntegerField()
    untold_came = models.IntegerField()
    untold_missed = models.IntegerField()
    unmarked = models.IntegerField()

    class Meta:
        db_table = "figures_visit_day"

    def __str__(self) -> str:
        return str(self.pk)


class Progress(models.Model):
    """How far the history of visits is counted: up to a transition, and when."""

    data_class = DataClass.PUBLIC

    id = models.SmallIntegerField(primary_key=True)
    transition = models.BigIntegerField()
    counted_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "figures_progress"

    def __str__(self) -> str:
        return str(self.transition)
