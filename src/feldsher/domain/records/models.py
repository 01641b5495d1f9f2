"""The table of referrals: a doctor asks another one to see a patient, until a day.

Invariants. Only the attending doctor writes one, at their own visit of a patient who is in their care at that
moment, and never to themself. It opens the patient to the performer by a row of `access_care_relation`, which
the database writes with it and takes away with it, with its term and with the visit. What was written never
changes, a term only gets shorter, a withdrawal stands, no row is deleted (sql/referrals.sql).
"""

import uuid
from typing import ClassVar

from django.db import models

from feldsher.foundation.access.guard import GuardedManager
from feldsher.foundation.privacy.data_class import DataClass


class ServiceRequest(models.Model):
    """One referral. `requester` and `performer` are doctors, `reason` is sealed.

    It is good from `authored_at` until `until`, a midnight of the branch at `location`. `patient` and
    `stands` follow the visit by the database's own hand: a corrected patient, a visit that is not to be.
    """

    data_class = DataClass.MEDICAL

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    patient = models.UUIDField()
    requester = models.UUIDField()
    performer = models.UUIDField()
    visit = models.UUIDField(db_index=True)
    location = models.UUIDField()
    reason = models.BinaryField()
    authored_at = models.DateTimeField()
    until = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)
    stands = models.BooleanField(default=True)

    objects = GuardedManager()

    class Meta:
        db_table = "records_service_request"
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["requester", "authored_at"], name="records_request_written"),
            models.Index(fields=["performer", "until"], name="records_request_received"),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=models.Q(until__gt=models.F("authored_at"))
                & models.Q(
                    until__lte=models.F("authored_at") + models.Value("366 days", models.DurationField())
                ),
                name="records_request_a_year",
            ),
            models.CheckConstraint(
                condition=~models.Q(performer=models.F("requester")), name="records_request_not_to_oneself"
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)
