"""Tables of scheduling. The invariants live in `sql/`: constraints, transitions, and the two hot functions.

Appointment has no foreign keys: on the hot path they would cost more than all exclusion constraints, and
the offers that `hold_slot` reads already guard what a key would. Its predicates name `active`, a generated
column, never `state`: otherwise no change of state could be a heap-only update.
"""

import uuid

from django.contrib.postgres.fields import ArrayField, DateTimeRangeField
from django.db import models
from django.db.models.functions import Now

from feldsher.domain.scheduling.types import ACTIVE_STATES, State
from feldsher.foundation.access.guard import GuardedManager
from feldsher.foundation.privacy.data_class import DataClass

NO_ROOM = uuid.UUID(int=0)


class InstantMultirangeField(models.Field):  # type: ignore[type-arg]  # not subscriptable at run time
    """A `tstzmultirange`. Read and written by SQL alone, so it maps to no Python type."""

    def db_type(self, connection: object) -> str:  # noqa: ARG002 - Django's signature
        return "tstzmultirange"


class Offer(models.Model):
    """What may be booked: one service by one doctor in one branch, with its length, buffers, step and bounds.

    `asks` says what a patient must have answered before its times are shown (`types.Answer`, as a sum). With
    a `quota` a day, `midnights` holds the bounds of the branch's days, because SQL knows no zones.
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


class ResourceDay(models.Model):
    """A lock and nothing else: whoever changes what a doctor or a room does on a UTC day takes it first."""

    data_class = DataClass.PUBLIC

    pk = models.CompositePrimaryKey("kind", "resource", "day")
    kind = models.SmallIntegerField()
    resource = models.UUIDField()
    day = models.DateField()

    class Meta:
        db_table = "scheduling_resource_day"

    def __str__(self) -> str:
        return str(self.pk)


class Appointment(models.Model):
    """One kept time, from hold to visit. Expiry and cancel are changes of state, never a delete.

    `renewed_at` is when the hold got its whole time anew: once, and the database sees to that. `starts_at` is
    the start of `visit` once more: behind row security no index is asked for lower(visit), which might tell
    what the policy hides.
    """

    data_class = DataClass.MEDICAL

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    chain = models.UUIDField()
    version = models.IntegerField(default=1)
    practitioner = models.UUIDField()
    location = models.UUIDField()
    service = models.UUIDField()
    room = models.UUIDField(null=True)
    lane = models.SmallIntegerField(default=0)
    room_lane = models.SmallIntegerField(default=0)
    visit = DateTimeRangeField()
    starts_at = models.GeneratedField(
        expression=models.F("visit__startswith"),  # type: ignore[arg-type]  # resolved to one
        output_field=models.DateTimeField(),
        db_persist=True,
    )
    occupied = DateTimeRangeField()
    state = models.TextField(choices=[(item.value, item.value) for item in State])
    active = models.GeneratedField(
        expression=models.Q(state__in=[item.value for item in ACTIVE_STATES]),  # type: ignore[arg-type]  # Q is one
        output_field=models.BooleanField(),
        db_persist=True,
    )
    patient = models.UUIDField(null=True)
    channel = models.TextField()
    device = models.BinaryField(null=True)
    ticket = models.TextField(default="")
    mis_overlap = models.BooleanField(default=False)
    price = models.DecimalField(max_digits=12, decimal_places=2, null=True)
    answers = models.SmallIntegerField(db_default=0)
    reason = models.TextField(default="")
    hold_until = models.DateTimeField(null=True)
    renewed_at = models.DateTimeField(null=True)
    answer_by = models.DateTimeField(null=True)
    created_at = models.DateTimeField(db_default=Now())

    objects = GuardedManager()

    class Meta:
        db_table = "scheduling_appointment"

    def __str__(self) -> str:
        return f"{self.id} {self.state}"


class Exchange(models.Model):
    """What was said with the MIS about one appointment.

    A call that left and did not return has `sent_at` after `ended_at`: whoever runs next reads back.
    `hold_ref` is the MIS-side reserve, `ref` the booking. `absent_reads` counts reads, made later than the
    settle time, that did not find the record. `ghost_until`: till then a reserve whose id we never learned
    may block the time in the MIS. `needs_person_at`: a registrar was asked to look.
    """

    data_class = DataClass.MEDICAL

    appointment = models.UUIDField(primary_key=True)
    mis = models.TextField()
    wall_start = models.TextField(default="")
    wish = models.BinaryField(default=b"")
    hold_ref = models.TextField(default="")
    ref = models.TextField(default="")
    stage = models.TextField(default="")
    attempts = models.SmallIntegerField(default=0)
    sent_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    absent_reads = models.SmallIntegerField(default=0)
    ghost_until = models.DateTimeField(null=True)
    needs_person_at = models.DateTimeField(null=True)

    objects = GuardedManager()

    class Meta:
        db_table = "scheduling_exchange"
        indexes = (
            models.Index(fields=["mis", "ref"], name="scheduling_exchange_ref"),
            models.Index(
                fields=["appointment"],
                condition=models.Q(stage="release"),
                name="scheduling_exchange_release",
            ),
        )

    def __str__(self) -> str:
        return str(self.pk)


class Transition(models.Model):
    """The history of every appointment, written by the database with each change of state."""

    data_class = DataClass.MEDICAL

    id = models.BigAutoField(primary_key=True)
    appointment = models.UUIDField()
    before = models.TextField()
    after = models.TextField()
    reason = models.TextField()
    at = models.DateTimeField()

    objects = GuardedManager()

    class Meta:
        db_table = "scheduling_transition"
        indexes = (models.Index(fields=["appointment", "id"], name="scheduling_transition_of"),)

    def __str__(self) -> str:
        return str(self.pk)


class Outcome(models.Model):
    """The final answer to an Idempotency-Key for 24 hours: a reference and a code, no personal data."""

    data_class = DataClass.PUBLIC

    key = models.BinaryField(primary_key=True)
    body = models.BinaryField()
    code = models.TextField()
    appointment = models.UUIDField(null=True)
    created_at = models.DateTimeField(db_default=Now(), db_index=True)

    class Meta:
        db_table = "scheduling_outcome"

    def __str__(self) -> str:
        return str(self.pk)


class SyncStatus(models.Model):
    """How fresh a MIS's mirror is. `as_of` is the instant before the last good request was sent."""

    data_class = DataClass.PUBLIC

    mis = models.TextField(primary_key=True)
    as_of = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    failures = models.IntegerField(default=0)
    last_error = models.TextField(default="")
    cursor = models.TextField(default="")

    class Meta:
        db_table = "scheduling_sync_status"

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


class BranchStage(models.Model):
    """How far a branch is connected (`types.Stage`); one without a row is past all stages, and books.

    The row without `ended_at` is in force; those before it are its history.
    """

    data_class = DataClass.PUBLIC

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    location = models.UUIDField()
    stage = models.TextField()
    author = models.CharField(max_length=64)
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "scheduling_branch_stage"
        constraints = (
            models.UniqueConstraint(
                fields=["location"],
                condition=models.Q(ended_at__isnull=True),
                name="scheduling_branch_stage_once",
            ),
        )

    def __str__(self) -> str:
        return str(self.pk)


class Comparison(models.Model):
    """How a branch's mirror differed from what its MIS said at `as_of`: the last one that was asked for.

    `days` are `types.Difference` as JSON. `error` says why there is none.
    """

    data_class = DataClass.PUBLIC

    location = models.UUIDField(primary_key=True)
    asked_at = models.DateTimeField()
    as_of = models.DateTimeField(null=True)
    error = models.TextField(default="")
    days = models.JSONField(default=list)

    class Meta:
        db_table = "scheduling_comparison"

    def __str__(self) -> str:
        return str(self.pk)


class LeftOut(models.Model):
    """A stretch that a MIS sent and that could not become time here, with the normaliser's reason.

    Kept for staff who ask why: the last answer's, replaced with the days that it speaks for.
    """

    data_class = DataClass.PUBLIC

    id = models.BigAutoField(primary_key=True)
    mis = models.TextField()
    day = models.DateField()
    remote_practitioner = models.TextField()
    remote_location = models.TextField()
    begin = models.TextField()
    end = models.TextField()
    reason = models.TextField()

    class Meta:
        db_table = "scheduling_left_out"
        indexes = (models.Index(fields=["mis", "day"], name="scheduling_left_out_day"),)

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


class Silence(models.Model):
    """How many complete answers in a row did not name a doctor whose time is in the mirror (`silence`)."""

    data_class = DataClass.PUBLIC

    pk = models.CompositePrimaryKey("mis", "part", "practitioner", "location")
    mis = models.TextField()
    part = models.SmallIntegerField()
    practitioner = models.UUIDField()
    location = models.UUIDField()
    times = models.SmallIntegerField(default=0)

    class Meta:
        db_table = "scheduling_silence"

    def __str__(self) -> str:
        return str(self.pk)


class CallRequest(models.Model):
    """«Перезвоните мне». Name, phone and topic are vault fields; `call_by` is the hour that was promised.

    `consent` is the version and hash (hex) of the text that the person agreed to, empty where the product
    itself asks a registrar to call about `appointment`. `taken_by` is on it since `taken_at`; nobody answered
    `tries` times, and the next try is due at `again_at`. `outcome` (CallOutcome) ends it.
    """

    data_class = DataClass.PERSONAL

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.BinaryField()
    phone = models.BinaryField()
    topic = models.BinaryField()
    location = models.UUIDField(null=True)
    practitioner = models.UUIDField(null=True)
    channel = models.TextField()
    consent = models.TextField(default="")
    call_by = models.DateTimeField()
    appointment = models.UUIDField(null=True)
    taken_by = models.UUIDField(null=True)
    taken_at = models.DateTimeField(null=True)
    tries = models.SmallIntegerField(default=0)
    again_at = models.DateTimeField(null=True)
    outcome = models.TextField(default="")
    done_by = models.UUIDField(null=True)
    done_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(db_default=Now())

    objects = GuardedManager()

    class Meta:
        db_table = "scheduling_call_request"
        indexes = (
            models.Index(fields=["call_by"], condition=models.Q(done_at=None), name="scheduling_call_open"),
        )

    def __str__(self) -> str:
        return str(self.pk)


class Verdict(models.Model):
    """What a person said about a visit that the MIS left open, and who: the trace of an act on a patient."""

    data_class = DataClass.MEDICAL

    id = models.BigAutoField(primary_key=True)
    appointment = models.UUIDField(db_index=True)
    said = models.TextField()
    by = models.UUIDField()
    at = models.DateTimeField()

    objects = GuardedManager()

    class Meta:
        db_table = "scheduling_verdict"

    def __str__(self) -> str:
        return f"{self.appointment} {self.said}"
