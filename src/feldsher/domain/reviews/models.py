"""Tables of reviews.

Invariants. A visit is asked about once (its id is the invitation's key), a link is good for one review. A
review names a doctor and a branch, never its visit: what joins them is the invitation alone, which only our
own machinery reads. Nobody edits what a patient wrote: text and name may only be emptied, together, by
a withdrawal or a term (sql/guard.sql). A withdrawn consent takes the review down in its own commit, by a
trigger.
"""

import uuid
from typing import ClassVar

from django.db import models

from feldsher.domain.reviews.rows import ReviewManager
from feldsher.domain.reviews.types import InvitationState, RefusalReason, ReviewState, Source
from feldsher.foundation.access.guard import GuardedManager
from feldsher.foundation.privacy.data_class import DataClass


class Invitation(models.Model):
    """That a patient was asked about a visit, or why not. `token` is a digest of the link's secret.

    `patient` and `review` are NULL once the consent is withdrawn: nothing joins them any more.
    """

    data_class = DataClass.MEDICAL

    visit = models.UUIDField(primary_key=True, editable=False)
    patient = models.UUIDField(null=True)
    practitioner = models.UUIDField()
    location = models.UUIDField()
    token = models.BinaryField(max_length=32, null=True)
    state = models.TextField(choices=[(item.value, item.value) for item in InvitationState])
    reason = models.TextField(default="")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    review = models.UUIDField(null=True, unique=True)

    objects = GuardedManager()

    class Meta:
        db_table = "reviews_invitation"
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["patient", "created_at"], name="reviews_invitation_patient"),
        ]

    def __str__(self) -> str:
        return f"{self.pk} {self.state}"


class Review(models.Model):
    """One review. `text` and `name` are sealed, also when they are published: only the page opens them."""

    data_class = DataClass.PERSONAL

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    practitioner = models.UUIDField()
    location = models.UUIDField()
    stars = models.PositiveSmallIntegerField()
    text = models.BinaryField()
    name = models.BinaryField()
    consent_version = models.CharField(max_length=32)
    left_at = models.DateTimeField()
    state = models.TextField(
        choices=[(item.value, item.value) for item in ReviewState], default=ReviewState.WAITING.value
    )
    reason = models.TextField(choices=[(item.value, item.value) for item in RefusalReason], default="")
    decided_by = models.CharField(max_length=64, default="")
    decided_at = models.DateTimeField(null=True)
    published_at = models.DateTimeField(null=True)
    answer = models.TextField(default="")
    answered_by = models.CharField(max_length=64, default="")

    objects = ReviewManager()

    class Meta:
        db_table = "reviews_review"
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["practitioner", "-published_at"],
                condition=models.Q(state=ReviewState.PUBLISHED.value),
                name="reviews_of_practitioner",
            ),
            models.Index(
                fields=["location", "-published_at"],
                condition=models.Q(state=ReviewState.PUBLISHED.value),
                name="reviews_of_location",
            ),
            models.Index(fields=["state", "left_at"], name="reviews_by_state"),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=models.Q(stars__gte=1, stars__lte=5), name="reviews_stars"),
            models.CheckConstraint(
                condition=models.Q(state=ReviewState.REFUSED.value) ^ models.Q(reason=""),
                name="reviews_refused_with_reason",
            ),
            models.CheckConstraint(
                condition=~models.Q(state=ReviewState.PUBLISHED.value) | models.Q(published_at__isnull=False),
                name="reviews_published_when",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.id} {self.state}"


class Rating(models.Model):
    """What another site told of a doctor or a branch, as staff have loaded it: the latest of each source."""

    data_class = DataClass.PUBLIC

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    source = models.CharField(max_length=16, choices=[(item.value, item.value) for item in Source])
    practitioner = models.UUIDField(null=True)
    location = models.UUIDField(null=True)
    rating = models.DecimalField(max_digits=2, decimal_places=1)
    count = models.PositiveIntegerField()
    as_of = models.DateField()
    url = models.CharField(max_length=500)
    author = models.CharField(max_length=64)
    loaded_at = models.DateTimeField()

    class Meta:
        db_table = "reviews_rating"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=models.Q(practitioner__isnull=True) ^ models.Q(location__isnull=True),
                name="reviews_rating_of_one",
            ),
            models.CheckConstraint(
                condition=models.Q(rating__gte=1, rating__lte=5), name="reviews_rating_of_five"
            ),
            models.UniqueConstraint(
                fields=["source", "practitioner"], name="reviews_rating_once_practitioner"
            ),
            models.UniqueConstraint(fields=["source", "location"], name="reviews_rating_once_location"),
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.rating}"
