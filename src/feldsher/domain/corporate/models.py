"""What the clinic offers to companies, and their requests.

Invariants. What a company typed is sealed, and wiped by a term (`services.forget_contacts`); the row stays
without it. `reply_by` is what was promised when the request came: a term that an
editor changes later moves no promise. A request that has ended begins no more.
"""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models.functions import Lower

from feldsher.domain.corporate.types import Progress
from feldsher.foundation.access.guard import GuardedManager
from feldsher.foundation.privacy.data_class import DataClass


class Insurer(models.Model):
    """An insurer whose ДМС the clinic takes, as the editor keeps the list."""

    data_class = DataClass.PUBLIC

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=200)
    note = models.CharField(max_length=500, default="")
    author = models.CharField(max_length=64)
    written_at = models.DateTimeField()

    class Meta:
        db_table = "corporate_insurer"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(Lower("name"), name="corporate_insurer_once")
        ]

    def __str__(self) -> str:
        return self.name


class Terms(models.Model):
    """The one row of what the clinic promises to companies: an answer within so many working days."""

    data_class = DataClass.PUBLIC

    id = models.SmallIntegerField(primary_key=True, default=1, editable=False)
    reply_days = models.SmallIntegerField()
    author = models.CharField(max_length=64)
    written_at = models.DateTimeField()

    class Meta:
        db_table = "corporate_terms"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=models.Q(id=1), name="corporate_terms_one_row"),
            models.CheckConstraint(
                condition=models.Q(reply_days__range=(1, 10)), name="corporate_terms_reply_days"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reply_days} days"


class LoadedExamList(models.Model):
    """A list of an order's examinations as its file said it; nothing is changed, a newer one stands over it.

    `body` is the file, of which `exam_list` reads everything; the days are for the choice of one.
    """

    data_class = DataClass.PUBLIC

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    body = models.TextField()
    digest = models.CharField(max_length=64)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)
    author = models.CharField(max_length=64)
    loaded_at = models.DateTimeField()

    class Meta:
        db_table = "corporate_exam_list"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=models.Q(valid_to=None) | models.Q(valid_to__gt=models.F("valid_from")),
                name="corporate_exam_list_days",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.valid_from} {self.digest[:8]}"


class CompanyRequest(models.Model):
    """A company asks for an offer. What it typed and counted is in vault fields.

    `exams` is the counted line, `exams_words` what the company read of it, `location` the branch whose prices
    it was shown.
    `consent` is the version and hash (hex) of the text that the contact agreed to; `once` is the digest of
    the form that brought it. `done_by` ended it, `wiped_at` says since when nothing of who asked is here.
    """

    data_class = DataClass.PERSONAL

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    company = models.BinaryField()
    inn = models.BinaryField()
    contact = models.BinaryField()
    phone = models.BinaryField()
    email = models.BinaryField()
    words = models.BinaryField()
    exams = models.BinaryField(default=b"")
    exams_words = models.BinaryField(default=b"")
    location = models.UUIDField(null=True)
    consent = models.TextField()
    once = models.BinaryField(null=True, unique=True)
    progress = models.CharField(max_length=8, choices=[(each.value, each.value) for each in Progress])
    created_at = models.DateTimeField()
    reply_by = models.DateTimeField()
    taken_by = models.UUIDField(null=True)
    done_by = models.UUIDField(null=True)
    done_at = models.DateTimeField(null=True)
    wiped_at = models.DateTimeField(null=True)

    objects = GuardedManager()

    class Meta:
        db_table = "corporate_request"
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["reply_by"], condition=models.Q(done_at=None), name="corporate_request_open"
            ),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=models.Q(done_at=None, progress__in=["new", "working"])
                | models.Q(done_at__isnull=False, progress__in=["answered", "closed"]),
                name="corporate_request_ends_once",
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)
