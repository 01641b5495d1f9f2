"""Where the MIS and we told different stories of a visit, and what was done about each."""

from django.db import models

from feldsher.domain.scheduling.types import DiscrepancyState
from feldsher.foundation.access.guard import GuardedManager
from feldsher.foundation.privacy.data_class import DataClass


class Discrepancy(models.Model):
    """A visit that is booked here and that its MIS tells otherwise (`types.DiscrepancyKind`).

    One that is SEEN waits to be judged, or for a second read, one that is WAITING for a person; `settled_at`
    ends it. `day` is the branch's day of the visit, so that a closed day shows as one. `begin` is the wall
    time that the MIS told, ISO, of a visit that it moved.
    """

    data_class = DataClass.MEDICAL

    id = models.BigAutoField(primary_key=True)
    appointment = models.UUIDField()
    mis = models.TextField()
    kind = models.TextField()
    practitioner = models.UUIDField()
    location = models.UUIDField()
    day = models.DateField()
    begin = models.TextField(default="")
    state = models.TextField()
    reads = models.SmallIntegerField(default=1)
    found_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)
    settled_by = models.UUIDField(null=True)

    objects = GuardedManager()

    class Meta:
        db_table = "scheduling_discrepancy"
        constraints = (
            models.UniqueConstraint(
                fields=["appointment"],
                condition=models.Q(state__in=[DiscrepancyState.SEEN.value, DiscrepancyState.WAITING.value]),
                name="scheduling_discrepancy_open_once",
            ),
        )
        indexes = (
            models.Index(fields=["mis", "settled_at"], name="scheduling_discrepancy_mis"),
            models.Index(fields=["appointment"], name="scheduling_discrepancy_of"),
        )

    def __str__(self) -> str:
        return f"{self.appointment} {self.kind} {self.state}"


class OtherTimes(models.Model):
    """A patient whose visit can't take place was asked by SMS to choose another time, and by when.

    Past `answer_by` a registrar is asked to call (`called_at`). Settled (`tending.ask_the_silent`) once the
    visit does not stand any more: moved by its patient, cancelled by anybody, begun.
    """

    data_class = DataClass.MEDICAL

    id = models.BigAutoField(primary_key=True)
    appointment = models.UUIDField()
    practitioner = models.UUIDField()
    location = models.UUIDField()
    day = models.DateField()
    asked_at = models.DateTimeField()
    asked_by = models.UUIDField()
    answer_by = models.DateTimeField()
    called_at = models.DateTimeField(null=True)
    settled_at = models.DateTimeField(null=True)

    objects = GuardedManager()

    class Meta:
        db_table = "scheduling_other_times"
        constraints = (
            models.UniqueConstraint(
                fields=["appointment"],
                condition=models.Q(settled_at__isnull=True),
                name="scheduling_other_times_once",
            ),
        )

    def __str__(self) -> str:
        return str(self.appointment)


class Unapplied(models.Model):
    """A change of a MIS's feed that could not be applied: kept, and tried again with each synchronisation.

    `change` is the RemoteChange as JSON; a later change of the same visit takes its place.
    """

    data_class = DataClass.MEDICAL

    id = models.BigAutoField(primary_key=True)
    mis = models.TextField()
    ref = models.TextField()
    change = models.JSONField()
    reason = models.TextField()
    tries = models.IntegerField(default=1)
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()

    objects = GuardedManager()

    class Meta:
        db_table = "scheduling_unapplied"
        constraints = (models.UniqueConstraint(fields=["mis", "ref"], name="scheduling_unapplied_once"),)

    def __str__(self) -> str:
        return f"{self.mis} {self.ref} {self.reason}"


class Reconciliation(models.Model):
    """One whole comparison of our coming visits with a MIS, in batches from `position` on.

    `unanswered` are visits about which the MIS said nothing definite. What differed stands in Discrepancy.
    """

    data_class = DataClass.PUBLIC

    id = models.BigAutoField(primary_key=True)
    mis = models.TextField()
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    position = models.UUIDField(null=True)
    checked = models.IntegerField(default=0)
    agreed = models.IntegerField(default=0)
    unanswered = models.IntegerField(default=0)

    class Meta:
        db_table = "scheduling_reconciliation"
        constraints = (
            models.UniqueConstraint(
                fields=["mis"],
                condition=models.Q(finished_at__isnull=True),
                name="scheduling_reconciliation_once",
            ),
        )

    def __str__(self) -> str:
        return f"{self.mis} {self.started_at}"
