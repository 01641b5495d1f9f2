"""What another system's price list says, line by line, and which service each line means.

Invariants. A line is closed, never deleted, so that what staff said of it outlives a mistaken export. Of one
source at most one open line means a service. Only `services.price_list` writes here, under the directory's
write lock. A line is no record of the directory: it has no external id there, because an id keeps a service
open after its MIS has stopped showing it (ADR 28).
"""

import uuid
from typing import Any, ClassVar

from django.db import models

from feldsher.domain.directory.models.records import HealthcareService
from feldsher.foundation.privacy.data_class import DataClass


class PriceListType(models.Model):
    """A type of prices («Розничная») of a source, by the id that its prices name."""

    data_class = DataClass.PUBLIC

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    source = models.CharField(max_length=64)
    value = models.CharField(max_length=200)
    name = models.CharField(max_length=200, default="")
    currency = models.CharField(max_length=10, default="")

    class Meta:
        db_table = "directory_price_list_type"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["source", "value"], name="directory_price_list_type_once")
        ]

    def __str__(self) -> str:
        return f"{self.source}:{self.value}"


class PriceListItem(models.Model):
    """A good, a service or a variant of one, as a source names it.

    `good` is the id of the good of which it is a variant, else empty. `article_key` and `code_key` are what
    two systems' codes are compared by. `is_service` is False where the source says that it is a thing.
    `amounts` maps types of prices to roubles. `shown_in` and `offered_in` are the exchanges in which a full
    list named it last, as a good and with prices. `bound_by` is the login of who said that it means
    `service`, empty where its code or id did; `is_ignored`: staff said that it means none.
    """

    data_class = DataClass.PUBLIC

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    source = models.CharField(max_length=64)
    value = models.CharField(max_length=200)
    good = models.CharField(max_length=200, default="")
    name = models.CharField(max_length=500, default="")
    article = models.CharField(max_length=100, default="")
    article_key = models.CharField(max_length=100, default="")
    code = models.CharField(max_length=100, default="")
    code_key = models.CharField(max_length=100, default="")
    is_service = models.BooleanField(default=True)
    amounts: "models.JSONField[Any, Any]" = models.JSONField(default=dict)
    shown_in = models.UUIDField(null=True)
    offered_in = models.UUIDField(null=True)
    closed_at = models.DateTimeField(null=True)
    service = models.ForeignKey(
        HealthcareService, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    bound_by = models.CharField(max_length=64, default="")
    is_ignored = models.BooleanField(default=False)

    class Meta:
        db_table = "directory_price_list_item"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["source", "value"], name="directory_price_list_item_once"),
            models.UniqueConstraint(
                fields=["source", "service"],
                condition=models.Q(closed_at=None),
                name="directory_price_list_item_service",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["source", "good"],
                condition=~models.Q(good=""),
                name="directory_price_list_variant",
            ),
            models.Index(
                fields=["source"],
                condition=models.Q(service=None, closed_at=None, is_service=True, is_ignored=False),
                name="directory_price_list_unknown",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source}:{self.value}"
