"""Who waits for a time, and what was offered to them."""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models

from feldsher.domain.scheduling.types import OfferState, WishState
from feldsher.foundation.access.guard import GuardedManager
from feldsher.foundation.privacy.data_class import DataClass


class Wish(models.Model):
    """Somebody waits for a time of a doctor, or of any doctor of a specialty (the slug of one).

    A patient for an earlier one of their visit, of its branch and service: `chain` is the visit's, whatever
    version of it stands, so that a visit that moves is waited for all the same. Or whoever owns a phone, for
    a visit that they do not have yet: `phone` (a vault field) and the text that they agreed to (`consent`,
    version and hash).

    `phone_key` compares phones of both, so that one phone has one offer at a time. Days and hours are those
    that suit, on the branch's clock; a visit without them suits at any. `locations` empty is any branch,
    `service` None each doctor's usual visit, `age` what was told.

    The queue goes by `created_at`. `reason` says why a wish ENDED.
    """

    data_class = DataClass.MEDICAL

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    patient = models.UUIDField(null=True)
    chain = models.UUIDField(null=True)
    phone = models.BinaryField(default=b"")
    phone_key = models.BinaryField(default=b"")
    consent = models.TextField(default="")
    practitioner = models.UUIDField(null=True)
    specialty = models.TextField(default="")
    locations = ArrayField(models.UUIDField(), default=list)
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
            models.CheckConstraint(
                condition=models.Q(practitioner__isnull=False, specialty="")
                | (models.Q(practitioner=None, chain=None) & ~models.Q(specialty="")),
                name="scheduling_wish_of_one_kind",
            ),
        )
        indexes = (
            models.Index(
                fields=["created_at", "id"],
                condition=~models.Q(state=WishState.ENDED.value),
                name="scheduling_wish_queue",
            ),
            # Whose time got free: who waits for it is one question of these two.
            models.Index(
                fields=["practitioner"],
                condition=models.Q(state=WishState.WAITING.value, specialty=""),
                name="scheduling_wish_of_doctor",
            ),
            models.Index(
                fields=["specialty"],
                condition=models.Q(state=WishState.WAITING.value, practitioner=None),
                name="scheduling_wish_of_specialty",
            ),
            models.Index(
                fields=["phone_key"],
                condition=~models.Q(state=WishState.ENDED.value),
                name="scheduling_wish_of_phone",
            ),
        )

    def __str__(self) -> str:
        return f"{self.id} {self.state}"


class WaitingOffer(models.Model):
    """A time that was offered to who waits: `hold` is the Appointment that keeps it from everybody else.

    `until` is the hour that the patient is told; the hold lasts a little longer, so that a time which nobody
    answered passes on to the next before anybody else may take it. `starts_at` and `practitioner` are the
    hold's: no time of a doctor is offered twice to one wish. `phone_key` is the wish's: a phone has one open
    offer.
    """

    data_class = DataClass.MEDICAL

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    wish = models.UUIDField()
    hold = models.UUIDField()
    phone_key = models.BinaryField(default=b"")
    practitioner = models.UUIDField()
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
            models.UniqueConstraint(
                fields=["phone_key"],
                condition=models.Q(state=OfferState.OPEN.value) & ~models.Q(phone_key=b""),
                name="scheduling_waiting_offer_of_phone",
            ),
        )
        indexes = (models.Index(fields=["wish", "created_at"], name="scheduling_waiting_offer_wish"),)

    def __str__(self) -> str:
        return f"{self.id} {self.state}"
