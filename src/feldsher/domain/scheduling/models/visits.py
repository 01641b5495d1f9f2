"""Kept times, what was said about them with a MIS, and what people were asked to settle."""

import uuid

from django.contrib.postgres.fields import DateTimeRangeField
from django.db import models
from django.db.models.functions import Now

from feldsher.domain.scheduling.types import ACTIVE_STATES, State
from feldsher.foundation.access.guard import GuardedManager
from feldsher.foundation.privacy.data_class import DataClass

UNNAMED_SERVICE = uuid.uuid5(uuid.NAMESPACE_OID, "feldsher: a visit of a MIS whose service it did not name")


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
    what the policy hides. Rows of one `party` (`party_of`: doctor, branch, start and end) are places of one
    group and may stand at one time; None stands alone. What a MIS booked has one: it may be such a place.
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
    party = models.UUIDField(null=True)
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
    over_why = models.TextField(db_default="")
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
    may block the time in the MIS. `needs_person_at`: a registrar was asked to look. `checked_at`: when its
    MIS was last asked whether the visit still stands. `moves` is the visit that this one is to replace.
    `letter_to` is the sealed address that letters about this visit go to: who typed it has booked this visit,
    and proved nothing that would open another.
    """

    data_class = DataClass.MEDICAL

    appointment = models.UUIDField(primary_key=True)
    mis = models.TextField()
    wall_start = models.TextField(default="")
    wish = models.BinaryField(default=b"")
    letter_to = models.BinaryField(default=b"")
    hold_ref = models.TextField(default="")
    ref = models.TextField(default="")
    stage = models.TextField(default="")
    attempts = models.SmallIntegerField(default=0)
    sent_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    absent_reads = models.SmallIntegerField(default=0)
    ghost_until = models.DateTimeField(null=True)
    needs_person_at = models.DateTimeField(null=True)
    checked_at = models.DateTimeField(null=True)
    moves = models.UUIDField(null=True)

    objects = GuardedManager()

    class Meta:
        db_table = "scheduling_exchange"
        indexes = (
            models.Index(fields=["mis", "ref"], name="scheduling_exchange_ref"),
            models.Index(
                fields=["moves"],
                condition=models.Q(moves__isnull=False),
                name="scheduling_exchange_moves",
            ),
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


class CallRequest(models.Model):
    """«Перезвоните мне». Name, phone, topic and programme are vault fields; `call_by` is the promised hour.

    `programme` holds the ids of the services that were wished of a programme of check-ups, empty without one.

    `consent` is the version and hash (hex) of the text that the person agreed to, empty where the product
    itself asks a registrar to call about `appointment`. `taken_by` is on it since `taken_at`; nobody answered
    `tries` times, and the next try is due at `again_at`. `outcome` (CallOutcome) ends it.
    """

    data_class = DataClass.PERSONAL

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.BinaryField()
    phone = models.BinaryField()
    topic = models.BinaryField()
    programme = models.BinaryField(default=b"")
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
    """What a person said about a visit, and who: the trace of an act on a patient. `words` are sealed."""

    data_class = DataClass.MEDICAL

    id = models.BigAutoField(primary_key=True)
    appointment = models.UUIDField(db_index=True)
    said = models.TextField()
    words = models.BinaryField(default=b"")
    by = models.UUIDField()
    at = models.DateTimeField()

    objects = GuardedManager()

    class Meta:
        db_table = "scheduling_verdict"

    def __str__(self) -> str:
        return f"{self.appointment} {self.said}"
