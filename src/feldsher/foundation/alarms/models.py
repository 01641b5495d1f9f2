"""The one table of alarms: each from the first look that found its condition met to its end."""

import uuid

from django.db import models

from feldsher.foundation.privacy.data_class import DataClass


class Alarm(models.Model):
    """`area` is whose look it is that opens and closes it; `seen_at` the last look that found it met."""

    data_class = DataClass.PUBLIC

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    area = models.CharField(max_length=32)
    code = models.CharField(max_length=64)
    subject = models.CharField(max_length=200)
    title = models.CharField(max_length=200)
    sentence = models.TextField()
    opened_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "alarms_alarm"
        constraints = (
            models.UniqueConstraint(
                fields=["code", "subject"],
                condition=models.Q(closed_at__isnull=True),
                name="alarms_alarm_open_once",
            ),
        )
        indexes = (models.Index(fields=["closed_at"], name="alarms_alarm_closed"),)

    def __str__(self) -> str:
        return f"{self.code} {self.subject}"
