"""What may be booked and when: offers, the mirror of each MIS's schedule, stops."""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models

from feldsher.foundation.privacy.data_class import DataClass

NO_ROOM = uuid.UUID(int=0)


class InstantMultirangeField(models.Field):  # type: ignore[type-arg]  # not subscriptable at run time
    """A `tstzmultirange`. Read and written by SQL alone, so it maps to no Python type."""

    def db_type(self, connection: object) -> str:  # noqa: ARG002 - Django's signature
        return "tstzmultirange"


class Offer(models.Model):
    """What may be booked: one service by one doctor in one branch, with its length, buffers, step and bounds.

    `asks` says what a patient must have answered before its times are shown (`types.Answer`, as a sum). With
    a `quota` a day, `midnights` holds the bounds of the branch's days, because SQL knows no zones. `overbook`
    is how many visits staff may book over those that stand at a time; 0 where a MIS decides about its times.
    Derived from the directory's terms by `offers.rebuild`; never edited.
    """

    data_class = DataClass.PUBLIC

    pk = models.CompositePrimaryKey("practitioner", "location", "service")
    practitioner = models.UUIDField()
    location = models.UUIDField()
    service = models.UUIDField()
    mis = models.TextField()
    length = models.DurationField()
    before = models.DurationField()
    after = models.DurationField()
    step = models.DurationField()
    notice = models.DurationField()
    horizon = models.DurationField()
    capacity = models.SmallIntegerField()
    is_default = models.BooleanField()
    zone = models.TextField()
    price = models.DecimalField(max_digits=12, decimal_places=2, null=True)
    asks = models.SmallIntegerField(db_default=0)
    age_from = models.SmallIntegerField(null=True)
    age_to = models.SmallIntegerField(null=True)
    mode = models.TextField(db_default="in_person")
    quota = models.SmallIntegerField(null=True)
    is_quota_of_service = models.BooleanField(db_default=False)
    midnights = ArrayField(models.DateTimeField(), null=True)
    overbook = models.SmallIntegerField(db_default=0)

    class Meta:
        db_table = "scheduling_offer"

    def __str__(self) -> str:
        return str(self.pk)


class Availability(models.Model):
    """Time of a doctor on one UTC day in one branch and room: a mirror of the MIS, minus nothing of ours.

    Intervals and grids fill `free`; tickets fill the three arrays, in order of start. `busy` is what the MIS
    calls a visit (not a break): it keeps the doctor's buffers and his other branches clear. `work` holds the
    whole stretches, free or busy, that reach into the day: starts are counted from where they begin, so that
    nothing of a morning that begins at 8:45 is lost. `step` is set where the MIS cuts its own cells. `wall`
    keeps the MIS's own spelling of what it sent. `digest` covers all of it.
    """

    data_class = DataClass.PUBLIC

    pk = models.CompositePrimaryKey("practitioner", "day", "location", "room")
    practitioner = models.UUIDField()
    day = models.DateField()
    location = models.UUIDField()
    room = models.UUIDField(default=NO_ROOM)
    mis = models.TextField()
    free = InstantMultirangeField()
    busy = InstantMultirangeField()
    work = InstantMultirangeField()
    step = models.DurationField(null=True)
    ticket_ids = ArrayField(models.TextField(), default=list)
    ticket_starts = ArrayField(models.DateTimeField(), default=list)
    ticket_ends = ArrayField(models.DateTimeField(), default=list)
    wall = ArrayField(models.TextField(), default=list)
    digest = models.BinaryField()

    class Meta:
        db_table = "scheduling_availability"

    def __str__(self) -> str:
        return str(self.pk)


class Stop(models.Model):
    """Online booking is stopped: with a doctor, in a branch, with a doctor in a branch, or everywhere (None).

    In force from the moment it is written until `until` (None: until somebody resumes), unless `ended_at` is
    set. `reason` is for staff, `notice` is read by patients.
    """

    data_class = DataClass.PUBLIC

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    practitioner = models.UUIDField(null=True)
    location = models.UUIDField(null=True)
    reason = models.CharField(max_length=200)
    notice = models.CharField(max_length=200, default="")
    until = models.DateTimeField(null=True)
    author = models.CharField(max_length=64)
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    ended_by = models.CharField(max_length=64, default="")

    class Meta:
        db_table = "scheduling_stop"
        constraints = (
            models.UniqueConstraint(
                fields=["practitioner", "location"],
                condition=models.Q(ended_at__isnull=True),
                nulls_distinct=False,
                name="scheduling_stop_once",
            ),
        )

    def __str__(self) -> str:
        return str(self.pk)


class UsualLength(models.Model):
    """The length that a MIS calls a doctor's usual visit, for services that have no norm of their own."""

    data_class = DataClass.PUBLIC

    pk = models.CompositePrimaryKey("practitioner", "location")
    practitioner = models.UUIDField()
    location = models.UUIDField()
    length = models.DurationField()

    class Meta:
        db_table = "scheduling_usual_length"

    def __str__(self) -> str:
        return str(self.pk)
