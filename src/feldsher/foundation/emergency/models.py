"""The table of emergency access: who opened whom without a relation, why, and what came of it.

Invariants. One is open at a time for a person, of one patient, for an hour at most. What was said at opening
never changes, nobody judges their own, a judgement stands; no row is deleted (sql/guards.sql).
"""

import uuid
from typing import ClassVar

from django.db import models

from feldsher.foundation.access.guard import GuardedManager
from feldsher.foundation.emergency.types import Judgement, Reason
from feldsher.foundation.privacy.data_class import DataClass


class BrokenGlass(models.Model):
    """One emergency access. `words` and `note` are sealed; `department` is the opener's at that time.

    It ends at `until` by itself, or at `ended_at` before it.
    """

    data_class = DataClass.MEDICAL

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    opened_by = models.UUIDField()
    department = models.UUIDField(null=True)
    patient = models.UUIDField()
    reason = models.CharField(max_length=16, choices=[(item.value, item.value) for item in Reason])
    words = models.BinaryField()
    opened_at = models.DateTimeField()
    until = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    review_by = models.DateTimeField()
    escalated_at = models.DateTimeField(null=True)
    judgement = models.CharField(
        max_length=16, choices=[(item.value, item.value) for item in Judgement], default=""
    )
    reviewed_by = models.UUIDField(null=True)
    reviewed_at = models.DateTimeField(null=True)
    note = models.BinaryField(null=True)

    objects = GuardedManager()

    class Meta:
        db_table = "emergency_glass"
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["review_by"], condition=models.Q(reviewed_at=None), name="emergency_glass_waiting"
            ),
            models.Index(fields=["opened_at"], name="emergency_glass_opened"),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["opened_by"], condition=models.Q(ended_at=None), name="emergency_glass_one_at_a_time"
            ),
            models.CheckConstraint(
                condition=models.Q(until__gt=models.F("opened_at"))
                & models.Q(
                    until__lte=models.F("opened_at") + models.Value("01:00:00", models.DurationField())
                ),
                name="emergency_glass_an_hour",
            ),
            models.CheckConstraint(
                condition=models.Q(reason__in=[item.value for item in Reason]), name="emergency_glass_reason"
            ),
            models.CheckConstraint(
                condition=models.Q(judgement="", reviewed_by=None, reviewed_at=None, note=None)
                | models.Q(
                    judgement__in=[item.value for item in Judgement],
                    reviewed_by__isnull=False,
                    reviewed_at__isnull=False,
                    note__isnull=False,
                ),
                name="emergency_glass_review",
            ),
            models.CheckConstraint(
                condition=models.Q(reviewed_by=None) | ~models.Q(reviewed_by=models.F("opened_by")),
                name="emergency_glass_not_by_oneself",
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)
