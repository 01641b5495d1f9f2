"""Who waits for a time, and what was offered to them."""

import uuid

from django.db import models

from feldsher.domain.scheduling.types import OfferState, WishState
from feldsher.foundation.access.guard import GuardedManager
from feldsher.foundation.privacy.data_class import DataClass


class Wish(models.Model):
    """A patient waits for an earlier time of a visit of theirs: of its doctor, branch and service.

    `chain` is the visit's, whatever version of it stands: a visit that moves is waited for all the same. The
    queue goes by `created_at`. `reason` says why a wish ENDED.
    """

    data_class = DataClass.MEDICAL

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    patient = models.UUIDField()
    chain = models.UUIDField()
    practitioner = models.UUIDField()
    location = models.UUIDField()
    service = models.UUIDField()
    answers = models.SmallIntegerField()
    state = models.TextField()
    reason = models.TextField(default="")
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    objects = GuardedManager()

    class Meta:
        db_table = "scheduling_wish"
        constraints = (
            models.UniqueConstraint(
                fields=["chain"],
                condition=~models.Q(state=WishState.ENDED.value),
                name="scheduling_wish_once",
            ),
        )
        indexes = (
            models.Index(
                fields=["created_at", "id"],
                condition=~models.Q(state=WishState.ENDED.value),
                name="scheduling_wish_queue",
            ),
        )

    def __str__(self) -> str:
        return f"{self.id} {self.state}"


class WaitingOffer(models.Model):
    """A time that was offered to who waits: `hold` is the Appointment that keeps it from everybody else.

    `until` is the hour that the patient is told; the hold lasts a little longer, so that a time which nobody
    answered passes on to the next before anybody else may take it. `starts_at` is the hold's: no time is
    offered twice to one wish.
    """

    data_class = DataClass.MEDICAL

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    wish = models.UUIDField()
    hold = models.UUIDField()
    starts_at = models.DateTimeField()
    until = models.DateTimeField()
    state = models.TextField()
    created_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)

    objects = GuardedManager()

    class Meta:
        db_table = "scheduling_waiting_offer"
        constraints = (
            models.UniqueConstraint(fields=["hold"], name="scheduling_waiting_offer_hold"),
            models.UniqueConstraint(
                fields=["wish"],
                condition=models.Q(state=OfferState.OPEN.value),
                name="scheduling_waiting_offer_once",
            ),
        )
        indexes = (models.Index(fields=["wish", "created_at"], name="scheduling_waiting_offer_wish"),)

    def __str__(self) -> str:
        return f"{self.id} {self.state}"
