"""What doctors said of revisions, what waits for them, who was reminded; old addresses; bytes of images."""

import uuid
from typing import Any

from django.db import models
from django.db.models import Q
from wagtail.models import Page, Revision

from feldsher.domain.editorial import comparison
from feldsher.domain.editorial.types import VerdictKind
from feldsher.foundation.privacy.data_class import DataClass
from feldsher.kernel import clock


class Verdict(models.Model):
    """One word on one revision of a medical page; it is never changed, but for `seen_at`.

    `digest` is that of what the revision says (`comparison.digest`): the word holds for that text alone.
    `practitioner`: the doctor who approved or returned it, or who has to see a technical edit (`seen_at`).
    `review_by`: until when an approval holds; a technical edit has none of its own.
    """

    data_class = DataClass.PUBLIC

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    page = models.ForeignKey(Page, on_delete=models.CASCADE, related_name="+")
    revision = models.BigIntegerField()
    digest = models.CharField(max_length=64)
    kind = models.CharField(max_length=16, choices=[(kind.value, kind.value) for kind in VerdictKind])
    practitioner = models.UUIDField()
    staff = models.UUIDField(null=True)
    note = models.CharField(max_length=1000, default="")
    at = models.DateTimeField()
    review_by = models.DateField(null=True)
    seen_at = models.DateTimeField(null=True)

    class Meta:
        indexes = (models.Index(fields=["page", "-at"], name="editorial_verdict_page"),)

    def __str__(self) -> str:
        return f"{self.kind} {self.page_id}"


class Draft(models.Model):
    """What the newest revision of a medical page is to a list: for whom, whether ready, and what it says.

    It is written with each revision, so that what waits is counted by one query and no text is read for it.
    """

    data_class = DataClass.PUBLIC

    page = models.OneToOneField(Page, on_delete=models.CASCADE, primary_key=True, related_name="+")
    reviewer = models.UUIDField(null=True)
    is_ready = models.BooleanField()
    digest = models.CharField(max_length=64)

    def __str__(self) -> str:
        return f"draft of {self.page_id}"


class Reminder(models.Model):
    """That a person of staff was written to about the term of an approval, `mark` days before it."""

    data_class = DataClass.PUBLIC

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    verdict = models.ForeignKey(Verdict, on_delete=models.CASCADE, related_name="+")
    staff = models.UUIDField()
    mark = models.PositiveSmallIntegerField()
    at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["staff", "verdict", "mark"], name="editorial_reminder_once"),
        )

    def __str__(self) -> str:
        return f"{self.mark} days before, to {self.staff}"


class OldAddress(models.Model):
    """An address at which a published page stood once: its readers are led to the present one."""

    data_class = DataClass.PUBLIC

    kind = models.CharField(max_length=16)
    slug = models.CharField(max_length=255)
    page = models.ForeignKey(Page, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = (models.UniqueConstraint(fields=["kind", "slug"], name="editorial_old_address"),)

    def __str__(self) -> str:
        return f"/{self.kind}/{self.slug}/"


class StoredFile(models.Model):
    """An image as it was uploaded, or as it is shown. In the database: it is backed up with what names it."""

    data_class = DataClass.PUBLIC

    name = models.CharField(primary_key=True, max_length=255)
    content = models.BinaryField()
    stored_at = models.DateTimeField()

    class Meta:
        db_table = "editorial_file"

    def __str__(self) -> str:
        return self.name


def seen_word(page: int) -> Verdict | None:
    """Return the newest good word on a text that the doctor has read: an approval, a technical edit seen."""
    words = Verdict.objects.filter(Q(kind=VerdictKind.APPROVED) | Q(seen_at__isnull=False), page_id=page)
    return words.order_by("-at").first()


def approval_of(row: Any) -> Verdict | None:
    """Return the approval on which rests what readers see of a page; None where they see nothing."""
    if row.live_revision is None:
        return None
    good = Verdict.objects.filter(page_id=row.pk).exclude(kind=VerdictKind.RETURNED).order_by("-at")
    said = good.filter(digest=comparison.digest(row.live_revision.content))
    return good.filter(kind=VerdictKind.APPROVED, at__lte=said.values("at")[:1]).first()


def saved_of(verdict: Verdict) -> dict[str, Any] | None:
    """Return the text on which a word was said; None where it is no more, or is another one by now."""
    row = Revision.objects.filter(pk=verdict.revision).only("content").first()
    return row.content if row is not None and comparison.digest(row.content) == verdict.digest else None
