"""Programmes of check-ups: what stands in them and what they cost. Public: a site shows no less.

What is in a programme are services of the directory by their ids, never retyped names or prices. A programme
is never deleted, as a person may come with an estimate of it: editors take it off the site. Own prices of
one key (programme, branch) never overlap in time: the database refuses it.
"""

import uuid
from typing import ClassVar

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField
from django.db import models
from django.db.models.functions import Coalesce

from feldsher.domain.checkups.types import Sex
from feldsher.foundation.privacy.data_class import DataClass

_ANYWHERE = uuid.UUID(int=0)
_SEXES = [(sex.value, sex.value) for sex in Sex]


class Bounded(models.Model):
    """For whom: full years, both included (None: no bound), and a sex ("": either)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    age_from = models.PositiveSmallIntegerField(null=True)
    age_to = models.PositiveSmallIntegerField(null=True)
    sex = models.CharField(max_length=1, choices=_SEXES, default="", blank=True)

    class Meta:
        abstract = True


class Programme(Bounded):
    """A set of services for a kind of people. `service` is the one by which a MIS sells it whole, if any."""

    data_class = DataClass.PUBLIC

    slug = models.CharField(max_length=100, unique=True)
    name = models.CharField(max_length=200)
    description = models.TextField(default="")
    not_for_pregnant = models.BooleanField(default=False)
    is_published = models.BooleanField(default=False)
    service = models.UUIDField(null=True)
    author = models.CharField(max_length=64)
    updated_at = models.DateTimeField()

    class Meta:
        db_table = "checkups_programme"

    def __str__(self) -> str:
        return self.name


class Item(Bounded):
    """A service of a programme: in it for everybody whom its bounds let in, or (`is_optional`) by choice."""

    data_class = DataClass.PUBLIC

    programme = models.ForeignKey(Programme, on_delete=models.CASCADE, related_name="items")
    service = models.UUIDField()
    is_optional = models.BooleanField(default=False)
    place = models.PositiveSmallIntegerField()

    class Meta:
        db_table = "checkups_item"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["programme", "service"], name="checkups_item_once")
        ]

    def __str__(self) -> str:
        return str(self.pk)


class ProgrammePrice(models.Model):
    """The clinic's own price of a programme, in a branch or all (None), on `[valid_from, valid_to)`."""

    data_class = DataClass.PUBLIC

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    programme = models.ForeignKey(Programme, on_delete=models.CASCADE, related_name="prices")
    location = models.UUIDField(null=True)
    amount = models.DecimalField(max_digits=12, decimal_places=2)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)
    author = models.CharField(max_length=64)

    class Meta:
        db_table = "checkups_price"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=models.Q(amount__gt=0), name="checkups_price_amount"),
            ExclusionConstraint(
                name="checkups_price_no_overlap",
                expressions=[
                    (models.F("programme"), "="),
                    (Coalesce("location", models.Value(_ANYWHERE, output_field=models.UUIDField())), "="),
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
        return str(self.pk)
