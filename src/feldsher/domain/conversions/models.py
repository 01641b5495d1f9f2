"""Holds to which a catalogue led, until it is told of their booking.

Invariants. A row is made only where a catalogue is bound and its mark came along. Nothing leaves without
`agreed_at`, the patient's own word on the text `version`, which stands as a consent beside the visit before
the first attempt. `click` is empty as soon as nobody has to hear it any more. A row lives for KEPT
(`services`) at most.
"""

from typing import ClassVar

from django.db import models

from feldsher.foundation.access.guard import GuardedManager
from feldsher.foundation.privacy.data_class import DataClass


class Conversion(models.Model):
    """A hold by its id, which stays that of the visit. `told_at` is the end; until then `due_at` is next.

    `code` is the last answer that was no success, `is_denied` one about our account, `tries` how often it was
    said. `given_up` is true where the term ran out, `is_unfit` where the catalogue does not take this one.
    """

    data_class = DataClass.MEDICAL

    appointment = models.UUIDField(primary_key=True)
    click = models.BinaryField()
    noted_at = models.DateTimeField(db_index=True)
    agreed_at = models.DateTimeField(null=True)
    version = models.CharField(max_length=32, db_default="")
    due_at = models.DateTimeField(null=True)
    tries = models.SmallIntegerField(db_default=0)
    code = models.CharField(max_length=40, db_default="")
    is_denied = models.BooleanField(db_default=False)
    is_unfit = models.BooleanField(db_default=False)
    told_at = models.DateTimeField(null=True)
    given_up = models.BooleanField(db_default=False)

    objects = GuardedManager()

    class Meta:
        db_table = "conversions_conversion"
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["due_at"], condition=models.Q(due_at__isnull=False), name="conversions_due"),
        ]

    def __str__(self) -> str:
        return str(self.pk)
