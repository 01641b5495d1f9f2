"""Working hours of doctors where no MIS keeps them. Public: a site shows no less.

Rows are ended, never deleted or rewritten, so that they are their own history: who said what from when, and
who ended it. The database refuses two overlapping stretches of a doctor in a branch on one weekday, and two
words about one date.
"""

import uuid
from typing import ClassVar

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateRangeField, IntegerRangeField
from django.db import models

from feldsher.domain.roster.types import DAYS_A_WEEK, MINUTES_A_DAY
from feldsher.foundation.privacy.data_class import DataClass


class Said(models.Model):
    """Who said it and when, and who ended it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    author = models.CharField(max_length=64)
    written_at = models.DateTimeField()
    ended_by = models.CharField(max_length=64, default="")
    ended_at = models.DateTimeField(null=True)

    class Meta:
        abstract = True


class Hours(Said):
    """A stretch of a doctor's ordinary week in a branch; a break is the gap between two.

    `weekday` is ISO (Monday is 1); `begins` and `ends` are minutes on the branch's wall. Valid on
    `[valid_from, valid_to)`; None is open, and a row that was replaced before it began is empty.
    """

    data_class = DataClass.PUBLIC

    practitioner = models.UUIDField()
    location = models.UUIDField()
    weekday = models.SmallIntegerField()
    begins = models.SmallIntegerField()
    ends = models.SmallIntegerField()
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)

    class Meta:
        db_table = "roster_hours"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=models.Q(weekday__gte=1, weekday__lte=DAYS_A_WEEK), name="roster_hours_weekday"
            ),
            models.CheckConstraint(
                condition=models.Q(begins__gte=0, ends__lte=MINUTES_A_DAY, begins__lt=models.F("ends")),
                name="roster_hours_bounds",
            ),
            models.CheckConstraint(
                condition=models.Q(valid_to__isnull=True) | models.Q(valid_to__gte=models.F("valid_from")),
                name="roster_hours_dates",
            ),
            ExclusionConstraint(
                name="roster_hours_no_overlap",
                expressions=[
                    ("practitioner", "="),
                    ("location", "="),
                    ("weekday", "="),
                    (
                        models.Func("begins", "ends", function="int4range", output_field=IntegerRangeField()),
                        "&&",
                    ),
                    (
                        models.Func(
                            "valid_from", "valid_to", function="daterange", output_field=DateRangeField()
                        ),
                        "&&",
                    ),
                ],
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)


class Day(Said):
    """A date that replaces the week: of a doctor in a branch, of a branch, or of the whole clinic.

    `begins` and `ends` are the stretches in order; none of them is a day off. Only a doctor's date may have
    some: a branch or the clinic is closed or it is not.
    """

    data_class = DataClass.PUBLIC

    practitioner = models.UUIDField(null=True)
    location = models.UUIDField(null=True)
    day = models.DateField()
    begins = ArrayField(models.SmallIntegerField(), default=list)
    ends = ArrayField(models.SmallIntegerField(), default=list)
    reason = models.CharField(max_length=200, default="")

    class Meta:
        db_table = "roster_day"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["practitioner", "location", "day"],
                condition=models.Q(ended_at__isnull=True),
                nulls_distinct=False,
                name="roster_day_once",
            ),
            models.CheckConstraint(
                condition=models.Q(practitioner__isnull=True) | models.Q(location__isnull=False),
                name="roster_day_parties",
            ),
            models.CheckConstraint(
                condition=models.Q(practitioner__isnull=False) | models.Q(begins=[]),
                name="roster_day_closed",
            ),
            models.CheckConstraint(
                condition=models.Q(begins__len=models.F("ends__len")), name="roster_day_stretches"
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)
