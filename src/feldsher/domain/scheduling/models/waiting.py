"""Who waits for a time, and what was offered to them."""

import uuid

from django.db import models

from feldsher.domain.scheduling.types import OfferState, WishState
from feldsher.foundation.access.guard import GuardedManager
from feldsher.foundation.privacy.data_class import DataClass


class Wish(models.Model):
    """Somebody waits for a time of a doctor.

    A patient for an earlier one of their visit, of its branch and service: `chain` is the visit's, whatever
    version of it stands, so that a visit that moves is waited for all the same. Or whoever owns a phone, for
    a visit that they do not have yet: `phone` (a vault field; `phone_key` compares it), the text that they
    agreed to (`consent`, version and hash), the days and the hours on the branch's clock that suit them;
    `location` None is any branch of the doctor, `service` None their usual visit, `age` what was told.

    The queue goes by `created_at`. `reason` says why a wish ENDED.
    """

    data_class = DataClass.MEDICAL

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    patient = models.UUIDField(null=True)
    chain = models.UUIDField(null=True)
    phone = models.BinaryField(default=b"")
    phone_key = models.BinaryField(default=b"")
    consent = models.TextField(default="")
    practitioner = models.UUIDField()
    location = models.UUIDField(null=True)
    service = models.UUIDField(null=True)
    answers = models.SmallIntegerField()
    age = models.SmallIntegerField(null=True)
    first_day = models.DateField(null=True)
    last_day = models.DateField(null=True)
    opens = models.TimeField(null=True)
    closes = models.TimeField(null=True)
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
            models.CheckConstraint(
                condition=models.Q(chain__isnull=False, patient__isnull=False)
                | (
                    models.Q(chain=None, patient=None, first_day__isnull=False, last_day__isnull=False)
                    & ~models.Q(phone=b"")
                ),
                name="scheduling_wish_is_somebodys",
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
