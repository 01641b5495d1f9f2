"""Tables of patients.

Invariants. What names a person (names, phone, birth date, e-mail) is sealed; the only other trace of it are
blind indexes. A row's id is made before its values, because they are sealed for that id. A published text
never changes, and of a consent only its withdrawal may be added: the database refuses the rest
(sql/consent_guards.sql, sql/consent_given_by.sql). Only `services` writes here, only `selectors` opens.
"""

import uuid
from typing import ClassVar

from django.db import models

from feldsher.domain.patients.types import Relation
from feldsher.foundation.access.guard import GuardedManager
from feldsher.foundation.privacy.data_class import DataClass


class Patient(models.Model):
    """A person who was booked. `channel` is the door through which the record came first."""

    data_class = DataClass.PERSONAL

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    family = models.BinaryField()
    given = models.BinaryField()
    middle = models.BinaryField(null=True)
    phone = models.BinaryField()
    birth_date = models.BinaryField(null=True)
    email = models.BinaryField(null=True)
    phone_index = models.BinaryField(max_length=32)
    family_index = models.BinaryField(max_length=32)
    family_prefix_index = models.BinaryField(max_length=32)
    birth_date_index = models.BinaryField(max_length=32, null=True)
    channel = models.CharField(max_length=32)
    created_at = models.DateTimeField()

    objects = GuardedManager()

    class Meta:
        db_table = "patients_patient"
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["phone_index"], name="patients_patient_phone"),
            models.Index(fields=["family_index"], name="patients_patient_family"),
            models.Index(fields=["family_prefix_index"], name="patients_patient_prefix"),
            models.Index(fields=["birth_date_index"], name="patients_patient_birth"),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=models.Q(birth_date__isnull=True, birth_date_index__isnull=True)
                | models.Q(birth_date__isnull=False, birth_date_index__isnull=False),
                name="patients_patient_birth_pair",
            )
        ]

    def __str__(self) -> str:
        return str(self.id)


class RelatedPerson(models.Model):
    """Who booked the patient and gave the consent in their stead; the clinic calls this phone."""

    data_class = DataClass.PERSONAL

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="related")
    relation = models.CharField(max_length=16, choices=[(item.value, item.value) for item in Relation])
    name = models.BinaryField()
    phone = models.BinaryField()
    phone_index = models.BinaryField(max_length=32)
    created_at = models.DateTimeField()

    objects = GuardedManager()

    class Meta:
        db_table = "patients_related_person"
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["phone_index"], name="patients_related_phone"),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=models.Q(relation__in=[item.value for item in Relation]),
                name="patients_related_relation",
            )
        ]

    def __str__(self) -> str:
        return str(self.id)


class MessageChoice(models.Model):
    """Which SMS a patient wants; `wrong_since`: who holds the phone has said that the patient isn't them.

    No row: all of them.
    """

    data_class = DataClass.PERSONAL

    patient = models.OneToOneField(Patient, on_delete=models.CASCADE, primary_key=True, related_name="+")
    visits = models.BooleanField(default=True)
    reminders = models.BooleanField(default=True)
    reviews = models.BooleanField(default=True, db_default=True)
    wrong_since = models.DateTimeField(null=True)

    objects = GuardedManager()

    class Meta:
        db_table = "patients_message_choice"

    def __str__(self) -> str:
        return str(self.pk)


class PhoneGrant(models.Model):
    """A patient's leave for another person's phone to see their visits, until `until` unless ended before.

    Name and phone are a third person's: they are wiped once the grant is over, who had access when stays.
    """

    data_class = DataClass.PERSONAL

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    name = models.BinaryField(null=True)
    phone = models.BinaryField(null=True)
    phone_index = models.BinaryField(max_length=32, null=True)
    may_change = models.BooleanField()
    given_at = models.DateTimeField()
    until = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    objects = GuardedManager()

    class Meta:
        db_table = "patients_phone_grant"
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["phone_index"], name="patients_grant_phone"),
            models.Index(fields=["patient"], name="patients_grant_patient"),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=models.Q(until__gt=models.F("given_at")), name="patients_grant_term"
            ),
            models.CheckConstraint(
                condition=models.Q(phone__isnull=False, phone_index__isnull=False, name__isnull=False)
                | models.Q(phone__isnull=True, phone_index__isnull=True, name__isnull=True)
                & models.Q(ended_at__isnull=False),
                name="patients_grant_wiped",
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)


class RemoteCard(models.Model):
    """The card under which a MIS knows a patient; some keep one for each branch (`location`, its own id).

    Learned when a visit of the patient was booked there. One card is one patient's: the first it was met for.
    """

    data_class = DataClass.PERSONAL

    id = models.BigAutoField(primary_key=True)
    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="+")
    mis = models.TextField()
    location = models.TextField()
    value = models.TextField()
    created_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)

    objects = GuardedManager()

    class Meta:
        db_table = "patients_remote_card"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["mis", "location", "value"], name="patients_remote_card_once"),
        ]

    def __str__(self) -> str:
        return f"{self.mis} {self.patient_id}"


class Remembered(models.Model):
    """A patient whom a device may book without typing, until `expires_at`.

    `device` is the digest of the token in the device's cookie; all people of one device share it. `earlier`
    is the digest of the token before, good for a moment after `turned_at`: an answer may be lost on its way.
    """

    data_class = DataClass.PERSONAL

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    device = models.BinaryField(max_length=32)
    earlier = models.BinaryField(max_length=32, null=True)
    turned_at = models.DateTimeField(null=True)
    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="+")
    related = models.ForeignKey(RelatedPerson, on_delete=models.CASCADE, null=True, related_name="+")
    created_at = models.DateTimeField()
    used_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    objects = GuardedManager()

    class Meta:
        db_table = "patients_remembered"
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["earlier"], name="patients_remembered_earlier"),
            models.Index(fields=["expires_at"], name="patients_remembered_expiry"),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["device", "patient"], name="patients_remembered_once"),
        ]

    def __str__(self) -> str:
        return str(self.id)


class ConsentText(models.Model):
    """A published wording. `body` holds `{operator}` where the legal entity of the branch is named."""

    data_class = DataClass.PUBLIC

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    purpose = models.CharField(max_length=32)
    version = models.CharField(max_length=32)
    body = models.TextField()
    sha256 = models.CharField(max_length=64)
    valid_from = models.DateTimeField()

    class Meta:
        db_table = "patients_consent_text"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["purpose", "version"], name="patients_consent_text_once"),
            models.UniqueConstraint(fields=["purpose", "valid_from"], name="patients_consent_text_order"),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} {self.version}"


class Consent(models.Model):
    """What a patient agreed to, when and where: the operator must be able to prove it (152-ФЗ, art. 9).

    `given_by` is who agreed in the patient's stead, NULL for the patient.
    """

    data_class = DataClass.PERSONAL

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="consents")
    given_by = models.ForeignKey(RelatedPerson, on_delete=models.PROTECT, null=True, related_name="+")
    text = models.ForeignKey(ConsentText, on_delete=models.PROTECT, related_name="+")
    purpose = models.CharField(max_length=32)
    version = models.CharField(max_length=32)
    sha256 = models.CharField(max_length=64)
    given_at = models.DateTimeField()
    channel = models.CharField(max_length=32)
    appointment_id = models.UUIDField(null=True)
    withdrawn_at = models.DateTimeField(null=True)

    objects = GuardedManager()

    class Meta:
        db_table = "patients_consent"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["appointment_id", "purpose"],
                condition=models.Q(appointment_id__isnull=False, withdrawn_at__isnull=True),
                name="patients_consent_once",
            ),
            models.CheckConstraint(
                condition=models.Q(withdrawn_at__isnull=True)
                | models.Q(withdrawn_at__gte=models.F("given_at")),
                name="patients_consent_withdrawal",
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)
