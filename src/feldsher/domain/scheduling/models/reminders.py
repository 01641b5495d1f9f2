"""What patients are to be reminded of, and what became of it."""

from django.db import models

from feldsher.domain.scheduling.types import ReminderState
from feldsher.foundation.access.guard import GuardedManager
from feldsher.foundation.privacy.data_class import DataClass


class Reminder(models.Model):
    """One reminder of one version of a visit: a visit that moves is another row, with reminders of its own.

    `starts_at` is the visit's, for the order in which reminders leave.
    PLANNED until `due_at`. SENT when its message was recorded, in the same commit; DROPPED with a `reason`
    where none is due. `answered_at` is when the patient said that they come. `sms_at` is when an SMS follows
    what was shown on the patient's devices, unless one of them has said by then that it was.
    """

    data_class = DataClass.MEDICAL

    id = models.BigAutoField(primary_key=True)
    appointment = models.UUIDField()
    kind = models.TextField()
    starts_at = models.DateTimeField()
    due_at = models.DateTimeField()
    state = models.TextField()
    reason = models.TextField(default="")
    settled_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)
    sms_at = models.DateTimeField(null=True)

    objects = GuardedManager()

    class Meta:
        db_table = "scheduling_reminder"
        constraints = (
            models.UniqueConstraint(fields=["appointment", "kind"], name="scheduling_reminder_once"),
        )
        indexes = (
            models.Index(
                fields=["due_at"],
                condition=models.Q(state=ReminderState.PLANNED.value),
                name="scheduling_reminder_due",
            ),
            models.Index(
                fields=["sms_at"],
                condition=models.Q(sms_at__isnull=False),
                name="scheduling_reminder_sms",
            ),
        )

    def __str__(self) -> str:
        return f"{self.appointment} {self.kind} {self.state}"
