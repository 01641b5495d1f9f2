"""What was to be sent, each call to a provider about it, and what was learnt of the providers meanwhile.

Phone and text are sealed for the row, so that its id is made before them. A text is wiped as soon as nobody
needs it any more; the row stays for a while as the proof that something was sent.
"""

import uuid
from typing import ClassVar

from django.db import models

from feldsher.foundation.messaging.types import (
    AttemptState,
    Delivery,
    Kind,
    MessageState,
    PushCallState,
    PushState,
)
from feldsher.foundation.privacy.data_class import DataClass


class Message(models.Model):
    """Past `valid_until` it is worth nothing. `attempts` counts rounds through the providers.

    `about` is an id of the caller's, of what it tells of. `parts` is how many parts of an SMS the text
    takes, 0 where nobody counted. `leaves_at` is there for one that leaves among many (`sending`), from that
    hour on; None has a job of its own.
    """

    data_class = DataClass.SECRET

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    key = models.CharField(max_length=100, unique=True)
    about = models.UUIDField(null=True)
    kind = models.CharField(max_length=32, choices=[(item.value, item.value) for item in Kind])
    state = models.CharField(max_length=16, choices=[(item.value, item.value) for item in MessageState])
    phone = models.BinaryField()
    text = models.BinaryField()
    parts = models.SmallIntegerField(default=0)
    attempts = models.SmallIntegerField(default=0)
    refusal = models.CharField(max_length=64, default="")
    created_at = models.DateTimeField()
    valid_until = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    leaves_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "messaging_message"
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["valid_until", "id"],
                condition=models.Q(state=MessageState.QUEUED.value, leaves_at__isnull=False),
                name="messaging_message_among_many",
            ),
            models.Index(
                fields=["id"],
                condition=models.Q(state=MessageState.SENDING.value, leaves_at__isnull=False),
                name="messaging_message_leaving",
            ),
            models.Index(fields=["created_at"], name="messaging_message_day"),
            models.Index(
                fields=["valid_until"], condition=~models.Q(text=b""), name="messaging_message_readable"
            ),
            models.Index(
                fields=["about"], condition=models.Q(about__isnull=False), name="messaging_message_about"
            ),
            models.Index(
                fields=["valid_until"],
                condition=models.Q(state=MessageState.REFUSED.value, about__isnull=False),
                name="messaging_message_refused",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.id} {self.kind} {self.state}"


class OwnText(models.Model):
    """What a clinic says in the place of a usual text: the latest of a kind holds, empty is the usual one."""

    data_class = DataClass.PUBLIC

    id = models.BigAutoField(primary_key=True)
    kind = models.CharField(max_length=32, choices=[(item.value, item.value) for item in Kind])
    text = models.TextField()
    author = models.CharField(max_length=150)
    at = models.DateTimeField()

    class Meta:
        db_table = "messaging_text"
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["kind", "-id"], name="messaging_text_of"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} by {self.author}"


class Attempt(models.Model):
    """One call to one provider, committed before it leaves.

    `reference` is what the provider knows it by: empty where only a lost answer would have said it. `cost` is
    in roubles. `ask_at` is when it is asked about next, `absent_at` when it was first not found.
    """

    data_class = DataClass.SECRET

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="calls")
    provider = models.CharField(max_length=32)
    state = models.CharField(max_length=16, choices=[(item.value, item.value) for item in AttemptState])
    code = models.CharField(max_length=64, default="")
    reference = models.CharField(max_length=64, default="")
    cost = models.DecimalField(max_digits=8, decimal_places=2, null=True)
    delivery = models.CharField(
        max_length=16, default="", choices=[(item.value, item.value) for item in Delivery]
    )
    delivery_code = models.CharField(max_length=16, default="")
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    told_at = models.DateTimeField(null=True)
    ask_at = models.DateTimeField(null=True)
    absent_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "messaging_attempt"
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["provider", "reference"], name="messaging_attempt_reference"),
            models.Index(fields=["started_at"], name="messaging_attempt_day"),
            models.Index(
                fields=["started_at"],
                condition=models.Q(state__in=[AttemptState.ACCOUNT.value, AttemptState.NOT_SENT.value]),
                name="messaging_attempt_failed",
            ),
            models.Index(
                fields=["ask_at"], condition=models.Q(ask_at__isnull=False), name="messaging_attempt_ask"
            ),
            models.Index(
                fields=["message"],
                condition=models.Q(delivery__in=[Delivery.NOT_DELIVERED.value, Delivery.EXPIRED.value]),
                name="messaging_attempt_missed",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.id} {self.provider} {self.state}"


class Letter(models.Model):
    """An e-mail, sealed like an SMS; `calendar` is the file that goes with it, or empty, `method` its use."""

    data_class = DataClass.SECRET

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    key = models.CharField(max_length=100, unique=True)
    kind = models.CharField(max_length=32, choices=[(item.value, item.value) for item in Kind])
    state = models.CharField(max_length=16, choices=[(item.value, item.value) for item in MessageState])
    address = models.BinaryField()
    subject = models.BinaryField()
    text = models.BinaryField()
    calendar = models.BinaryField()
    method = models.CharField(max_length=16)
    attempts = models.SmallIntegerField(default=0)
    refusal = models.CharField(max_length=64, default="")
    created_at = models.DateTimeField()
    valid_until = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "messaging_letter"
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["created_at"], name="messaging_letter_day"),
            models.Index(
                fields=["valid_until"], condition=~models.Q(text=b""), name="messaging_letter_readable"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.id} {self.kind} {self.state}"


class PushDevice(models.Model):
    """A browser that shows notifications to who holds a phone; its subscription is sealed.

    `made_in` is the session in which it was switched on. Past `until` nothing is sent there: the number may
    have another holder.
    """

    data_class = DataClass.SECRET

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    phone_index = models.BinaryField(max_length=32)
    endpoint_index = models.BinaryField(max_length=32, unique=True)
    endpoint = models.BinaryField()
    p256dh = models.BinaryField()
    auth = models.BinaryField()
    browser = models.CharField(max_length=60)
    made_in = models.UUIDField()
    created_at = models.DateTimeField()
    heard_at = models.DateTimeField(null=True)
    until = models.DateTimeField()

    class Meta:
        db_table = "messaging_push_device"
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["phone_index"], name="messaging_push_phone"),
            models.Index(fields=["made_in"], name="messaging_push_session"),
        ]

    def __str__(self) -> str:
        return str(self.id)


class Push(models.Model):
    """What is shown on a phone's devices, sealed; worth nothing past `valid_until`. A key is one push."""

    data_class = DataClass.SECRET

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    key = models.CharField(max_length=100, unique=True)
    about = models.UUIDField()
    kind = models.CharField(max_length=32, choices=[(item.value, item.value) for item in Kind])
    state = models.CharField(max_length=16, choices=[(item.value, item.value) for item in PushState])
    note = models.BinaryField()
    created_at = models.DateTimeField()
    valid_until = models.DateTimeField()
    heard_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "messaging_push"
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["created_at"], name="messaging_push_day"),
            models.Index(
                fields=["created_at"],
                condition=models.Q(state=PushState.FAILED.value),
                name="messaging_push_failed",
            ),
            models.Index(
                fields=["valid_until"], condition=~models.Q(note=b""), name="messaging_push_readable"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.id} {self.kind} {self.state}"


class PushCall(models.Model):
    """A push for one device, committed before it leaves; by `token` the device says that it has shown it.

    The token is sealed until it has left; `token_hash`, by which it is found again, opens nothing.
    """

    data_class = DataClass.SECRET

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    push = models.ForeignKey(Push, on_delete=models.CASCADE, related_name="calls")
    device = models.ForeignKey(PushDevice, on_delete=models.SET_NULL, null=True, related_name="+")
    state = models.CharField(max_length=16, choices=[(item.value, item.value) for item in PushCallState])
    token = models.BinaryField()
    token_hash = models.BinaryField(max_length=32, unique=True)
    attempts = models.SmallIntegerField(default=0)
    code = models.CharField(max_length=64, default="")
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    heard_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "messaging_push_call"

    def __str__(self) -> str:
        return f"{self.id} {self.state}"


class Stop(models.Model):
    """A number that stands in a provider's stop list; `phone` is its blind index."""

    data_class = DataClass.SECRET

    phone = models.BinaryField(primary_key=True)
    provider = models.CharField(max_length=32)
    code = models.CharField(max_length=64)
    until = models.DateTimeField()

    class Meta:
        db_table = "messaging_stop"

    def __str__(self) -> str:
        return f"{self.provider} {self.code}"


class Account(models.Model):
    """The clinic's account with a provider, as it was last told: `balance` in roubles, or a `refusal`."""

    data_class = DataClass.PUBLIC

    provider = models.CharField(max_length=32, primary_key=True)
    balance = models.DecimalField(max_digits=12, decimal_places=2, null=True)
    told_at = models.DateTimeField(null=True)
    refusal = models.CharField(max_length=64, default="")

    class Meta:
        db_table = "messaging_account"

    def __str__(self) -> str:
        return self.provider


class SpentDay(models.Model):
    """What messages of one kind cost at one provider on one day by Moscow's clock; it outlives their rows.

    `messages` were taken by the provider, `delivered` of them were told to have arrived; `cost` in roubles is
    what the provider told, and `unpriced` counts those of which it told nothing.
    """

    data_class = DataClass.PUBLIC

    pk = models.CompositePrimaryKey("day", "kind", "provider")
    day = models.DateField()
    kind = models.CharField(max_length=32)
    provider = models.CharField(max_length=32)
    messages = models.IntegerField()
    delivered = models.IntegerField()
    parts = models.IntegerField()
    cost = models.DecimalField(max_digits=14, decimal_places=2)
    unpriced = models.IntegerField()

    class Meta:
        db_table = "messaging_spent_day"

    def __str__(self) -> str:
        return f"{self.day} {self.kind} {self.provider}"
