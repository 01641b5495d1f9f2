"""Tables of watch: counts by the hour, habits of a day, alerts, marked patients, and marks in the journal.

All of it is about staff and follows from the journal, and can be made anew from it, but for what people wrote
on alerts and which patients are marked.
"""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models

from feldsher.foundation.access.guard import GuardedManager
from feldsher.foundation.privacy.data_class import DataClass
from feldsher.foundation.watch.types import Level, RuleCode


class Hour(models.Model):
    """What one person did in one hour: a day is counted anew, whole, as often as it is judged.

    `patients` are distinct, lists included and exports not; `opened` were opened one by one, each in the hour
    of its first opening that day; `groundless` are those without care or visit; `exported` counts rows.
    """

    data_class = DataClass.PERSONAL

    pk = models.CompositePrimaryKey("actor", "hour")
    actor = models.UUIDField()
    hour = models.DateTimeField()
    role = models.CharField(max_length=32)
    patients = models.IntegerField()
    opened = models.IntegerField()
    groundless = models.IntegerField()
    refused = models.IntegerField()
    exported = models.IntegerField()

    objects = GuardedManager()

    class Meta:
        db_table = "watch_hour"
        indexes = (models.Index(fields=["hour"], name="watch_hour_hour"),)

    def __str__(self) -> str:
        return f"{self.actor} {self.hour}"


class Habit(models.Model):
    """What is usual for a person (`who` an id) or a role (`who` its code), as it stood before `day`.

    Medians and deviations (MAD) are over `days` worked within 30: patients in the busiest hour, groundless
    openings, refusals and exported rows of a day. `nights` and `rests`: on how many of the days something was
    opened at night, or on a Sunday or holiday (of a role: the median person's; of the
    clinic: somebody not alone).
    """

    data_class = DataClass.PERSONAL

    pk = models.CompositePrimaryKey("who", "day")
    who = models.CharField(max_length=36)
    day = models.DateField()
    days = models.IntegerField()
    nights = models.IntegerField()
    rests = models.IntegerField()
    hourly = models.FloatField()
    hourly_mad = models.FloatField()
    groundless = models.FloatField()
    groundless_mad = models.FloatField()
    refused = models.FloatField()
    refused_mad = models.FloatField()
    exported = models.FloatField()
    exported_mad = models.FloatField()

    objects = GuardedManager()

    class Meta:
        db_table = "watch_habit"

    def __str__(self) -> str:
        return f"{self.who} {self.day}"


class Alert(models.Model):
    """A rule that a person met on a day, once however often it is found; while it is open it never shrinks.

    `points` are the rule's own, `score` the sum over the day's rules, and `level` what followed. `ids` are
    rows of the journal, at most 50. One that is open again after somebody had settled it, or had let the
    person in, tells of what was done since then: after `counts_from`.
    """

    data_class = DataClass.PERSONAL

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    actor = models.UUIDField()
    role = models.CharField(max_length=32)
    rule = models.CharField(max_length=16, choices=[(code.value, code.value) for code in RuleCode])
    day = models.DateField()
    level = models.CharField(max_length=8, choices=[(level.value, level.value) for level in Level])
    points = models.SmallIntegerField()
    score = models.SmallIntegerField()
    figures = models.JSONField()
    ids = ArrayField(models.BigIntegerField())
    since = models.DateTimeField()
    until = models.DateTimeField()
    found_at = models.DateTimeField()
    counts_from = models.DateTimeField(null=True)
    settled_at = models.DateTimeField(null=True)
    settled_by = models.UUIDField(null=True)
    note = models.TextField(default="")
    lifted_at = models.DateTimeField(null=True)
    lifted_by = models.UUIDField(null=True)

    objects = GuardedManager()

    class Meta:
        db_table = "watch_alert"
        indexes = (
            models.Index(fields=["found_at"], name="watch_alert_found"),
            models.Index(
                fields=["day"], name="watch_alert_open", condition=models.Q(settled_at__isnull=True)
            ),
        )
        constraints = (
            models.UniqueConstraint(fields=["actor", "rule", "day"], name="watch_alert_once"),
            models.CheckConstraint(
                condition=models.Q(settled_by__isnull=True) | ~models.Q(settled_by=models.F("actor")),
                name="watch_alert_not_by_oneself",
            ),
            models.CheckConstraint(
                condition=models.Q(lifted_by__isnull=True) | ~models.Q(lifted_by=models.F("actor")),
                name="watch_alert_not_lifted_by_oneself",
            ),
        )

    def __str__(self) -> str:
        return f"{self.rule} {self.actor} {self.day}"


class Honey(models.Model):
    """A patient who does not exist: nobody has a reason to look. Which ones they are is secret."""

    data_class = DataClass.SECRET

    patient = models.UUIDField(primary_key=True)
    since = models.DateTimeField()

    class Meta:
        db_table = "watch_honey"

    def __str__(self) -> str:
        return "honey"


class Mark(models.Model):
    """All rows of the journal that tell of instants after `at` (and its margin) have ids above `newest`."""

    data_class = DataClass.PUBLIC

    at = models.DateTimeField(primary_key=True)
    newest = models.BigIntegerField()

    class Meta:
        db_table = "watch_mark"

    def __str__(self) -> str:
        return f"{self.at} {self.newest}"
