"""People of staff, their roles, factors and sessions; phones that were proved; keys of partners."""

import uuid
from collections.abc import Iterable
from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField, DateTimeRangeField
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models

from feldsher.foundation.access.guard import GuardedManager
from feldsher.foundation.access.roles import CareKind, Role
from feldsher.foundation.access.staff_rows import StaffManager
from feldsher.foundation.privacy.data_class import DataClass


class UserManager(StaffManager["User"], BaseUserManager["User"]):
    def create_user(self, login: str, *, password: str | None = None, name: str = "") -> "User":
        """Create an active user; without a password nobody can sign in as them."""
        user = self.model(login=login, name=name)
        user.set_password(password)
        user.save(using=self._db)
        return user


class User(AbstractBaseUser):
    """A member of staff. The login is not a phone or e-mail, so that it may stand in a log.

    `last_login` is the last sign-in or unlock; `pin` is a hash, empty for who has none; `letters_to` a sealed
    address of e-mail, empty for who gave none. `disabled_at` says
    since when the account is closed, `blocked_at` since when it is blocked against its owner; `accounts`
    writes both and `is_active`, True exactly where neither is set. Sessions proved before `step_up_at` are
    over.
    """

    data_class = DataClass.PERSONAL

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    login = models.CharField(max_length=64, unique=True)
    name = models.CharField(max_length=100, default="")
    is_active = models.BooleanField(default=True)
    practitioner = models.UUIDField(null=True, unique=True)
    department = models.UUIDField(null=True)
    disabled_at = models.DateTimeField(null=True)
    enabled_at = models.DateTimeField(null=True)
    pin = models.CharField(max_length=128, default="")
    letters_to = models.BinaryField(default=b"", db_default=b"")
    step_up_at = models.DateTimeField(null=True)
    blocked_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "login"

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=models.Q(is_active=True, disabled_at=None, blocked_at=None)
                | models.Q(is_active=False, disabled_at__isnull=False)
                | models.Q(is_active=False, blocked_at__isnull=False),
                name="access_user_active",
            ),
        )

    def __str__(self) -> str:
        return self.login


class PageEditor(User):
    """A person of staff as the editor of pages knows people: whoever it lets in may do all that it shows.

    What it shows, and to whom, is the gate's matter (channels/desk). No table of its own.
    """

    data_class = DataClass.PERSONAL

    is_superuser = True
    first_name = last_name = email = ""

    class Meta:
        proxy = True

    def get_full_name(self) -> str:
        """Return the name that stands beside what the person did."""
        return self.name or self.login

    def has_perm(self, perm: str, obj: object = None) -> bool:  # noqa: ARG002 - Django's signature
        return self.is_active

    def has_perms(self, perm_list: Iterable[str], obj: object = None) -> bool:  # noqa: ARG002 - as above
        return self.is_active

    def has_module_perms(self, app_label: str) -> bool:  # noqa: ARG002 - as above
        return self.is_active


class AccessGrant(models.Model):
    """One role of one person, and who gave it (None: the command line). It ends; it is never deleted."""

    data_class = DataClass.PERSONAL

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="grants")
    role = models.CharField(max_length=32, choices=[(role.value, role.russian) for role in Role])
    granted_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    granted_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    objects = StaffManager()

    class Meta:
        db_table = "access_grant"
        constraints = (
            models.UniqueConstraint(
                fields=["user", "role"], condition=models.Q(ended_at=None), name="access_grant_once"
            ),
        )

    def __str__(self) -> str:
        return f"{self.user_id} {self.role}"


class CareRelation(models.Model):
    """A patient is in a doctor's care within a period, and by what; modules above fill it.

    `source` is the row that the relation follows from (a visit, a referral) and goes with. Row security of
    every personal and medical table asks here, so that a relation is never a matter of a session's memory.
    """

    data_class = DataClass.MEDICAL

    source = models.UUIDField(primary_key=True)
    kind = models.CharField(max_length=16, choices=[(kind.value, kind.value) for kind in CareKind])
    practitioner = models.UUIDField()
    department = models.UUIDField(null=True)
    patient = models.UUIDField()
    period = DateTimeRangeField()

    objects = GuardedManager()

    class Meta:
        db_table = "access_care_relation"
        indexes = (
            models.Index(fields=["practitioner", "patient"], name="access_care_practitioner"),
            models.Index(
                fields=["department", "patient"],
                name="access_care_department",
                condition=models.Q(department__isnull=False),
            ),
        )
        constraints = (
            models.CheckConstraint(
                condition=models.Q(kind__in=[kind.value for kind in CareKind]), name="access_care_kind"
            ),
        )

    def __str__(self) -> str:
        return str(self.source)


class Session(AbstractBaseSession):
    """A signed-in browser. Whoever knows the key is that person, so that it is secret."""

    data_class = DataClass.SECRET

    class Meta(AbstractBaseSession.Meta):
        abstract = False
        db_table = "access_session"

    def __str__(self) -> str:
        return "session"


class StaffSession(models.Model):
    """A browser in which somebody gave the right password; the data of Django's session lead here.

    `opened_at` is None until the second factor was given. `proved_at`: when password or factor were last
    given. `factor_at`: when the factor was given anew for an act that is still to be done (`factor_proof`),
    `factor_misses` how often that was tried in vain.
    `seen_at`: the last request of the person's own. `tries`: wrong tries to unlock since the last right one.
    `browser` and `network` are shown to its owner and nobody else.
    """

    data_class = DataClass.SECRET

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="sessions")
    created_at = models.DateTimeField()
    opened_at = models.DateTimeField(null=True)
    proved_at = models.DateTimeField()
    factor_at = models.DateTimeField(null=True)
    factor_misses = models.SmallIntegerField(default=0)
    seen_at = models.DateTimeField()
    tries = models.SmallIntegerField(default=0)
    browser = models.CharField(max_length=60)
    network = models.CharField(max_length=45)

    class Meta:
        db_table = "access_staff_session"
        constraints = (
            models.CheckConstraint(
                condition=models.Q(tries__gte=0, tries__lte=5), name="access_staff_session_tries"
            ),
        )

    def __str__(self) -> str:
        return str(self.id)


class WrongTries(models.Model):
    """How often somebody tried in vain: one row a counter, whose id is a keyed hash of what it counts.

    `wrong` is the number of tries since the last lock, `locks` how many locks came one after another.
    """

    data_class = DataClass.SECRET

    id = models.UUIDField(primary_key=True, editable=False)
    wrong = models.SmallIntegerField(default=0)
    locks = models.SmallIntegerField(default=0)
    last_at = models.DateTimeField(db_index=True)
    locked_until = models.DateTimeField(null=True)

    class Meta:
        db_table = "access_wrong_tries"

    def __str__(self) -> str:
        return str(self.id)


class Totp(models.Model):
    """The secret of a person's authenticator app, sealed; a factor from `confirmed_at` on.

    `last_step` is the newest step of 30 seconds whose code was used.
    """

    data_class = DataClass.SECRET

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="totp")
    secret = models.BinaryField()
    created_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True)
    last_step = models.BigIntegerField(default=0)

    class Meta:
        db_table = "access_totp"

    def __str__(self) -> str:
        return str(self.id)


class Passkey(models.Model):
    """A passkey: the credential's id, and its public key as the browser attested it."""

    data_class = DataClass.SECRET

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="passkeys")
    credential_id = models.BinaryField(unique=True, max_length=1023)
    credential = models.BinaryField()
    sign_count = models.BigIntegerField()
    name = models.CharField(max_length=60)
    created_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "access_passkey"

    def __str__(self) -> str:
        return str(self.id)


class RecoveryCode(models.Model):
    """One of ten codes for who lost the other factors: a keyed hash, good once."""

    data_class = DataClass.SECRET

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="recovery_codes")
    digest = models.BinaryField(max_length=32)
    created_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "access_recovery_code"

    def __str__(self) -> str:
        return str(self.id)


class GrantRequest(models.Model):
    """A role that somebody asked to give: it waits for a second administrator, or for `effective_at`.

    It ends once, as `outcome` says; `decided_by` None is the clock.
    """

    data_class = DataClass.PERSONAL

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="grant_requests")
    role = models.CharField(max_length=32)
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    effective_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=16, default="")

    objects = StaffManager()

    class Meta:
        db_table = "access_grant_request"
        constraints = (
            models.UniqueConstraint(
                fields=["user", "role"], condition=models.Q(decided_at=None), name="access_grant_request_once"
            ),
        )

    def __str__(self) -> str:
        return f"{self.user_id} {self.role}"


class PhoneCode(models.Model):
    """A code that was sent to a phone, and how often somebody tried it.

    Nothing here can be read back: `phone`, `address` and `digest` are keyed hashes. `asker` is whose code it
    is: a device, or one held time where there is no device. It is good until `expires_at`, unless `over_at`.
    Rows are kept for a day or two after: they are what is counted.
    """

    data_class = DataClass.SECRET

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    purpose = models.CharField(max_length=32)
    phone = models.BinaryField(max_length=32)
    asker = models.BinaryField(max_length=32)
    address = models.BinaryField(max_length=32, null=True)
    digest = models.BinaryField(max_length=32)
    tries = models.SmallIntegerField(default=0)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    over_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "access_phone_code"
        indexes = (
            models.Index(fields=["phone", "created_at"], name="access_phone_code_phone"),
            models.Index(fields=["asker", "created_at"], name="access_phone_code_asker"),
            models.Index(fields=["address", "created_at"], name="access_phone_code_address"),
        )
        constraints = (
            models.UniqueConstraint(
                fields=["phone", "purpose", "asker"],
                condition=models.Q(over_at=None),
                name="access_phone_code_once",
            ),
            models.CheckConstraint(
                condition=models.Q(tries__gte=0, tries__lte=5), name="access_phone_code_tries"
            ),
        )

    def __str__(self) -> str:
        return str(self.id)


class ApiKey(models.Model):
    """A partner's key: `prefix` names it, `digest` is a keyed hash of it. It ends; it is never deleted."""

    data_class = DataClass.SECRET

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    prefix = models.CharField(max_length=8, unique=True)
    digest = models.BinaryField(max_length=32)
    name = models.CharField(max_length=100)
    scopes = ArrayField(models.TextField())
    channels = ArrayField(models.TextField(), default=list)
    created_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "access_api_key"

    def __str__(self) -> str:
        return self.prefix


class PhoneSession(models.Model):
    """A browser in which somebody has proved a phone.

    `token` is the digest of what its cookie holds, `earlier` that of the token before, good for a moment
    after `turned_at`. `phone` is sealed, and wiped when the session ends; `proved_at` is when a code proved
    it, before this session where a `passkey` opened it. `until` is its longest life; without `is_kept` an
    idle one ends sooner. `browser` is «Chrome, Android», for the list of devices.
    """

    data_class = DataClass.SECRET

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    token = models.BinaryField(max_length=32, unique=True)
    earlier = models.BinaryField(max_length=32, null=True)
    turned_at = models.DateTimeField(null=True)
    phone = models.BinaryField()
    phone_index = models.BinaryField(max_length=32)
    is_kept = models.BooleanField()
    browser = models.CharField(max_length=60)
    created_at = models.DateTimeField()
    proved_at = models.DateTimeField()
    passkey = models.UUIDField(null=True)
    seen_at = models.DateTimeField()
    until = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "access_phone_session"
        indexes = (
            models.Index(fields=["earlier"], name="access_phone_session_earlier"),
            models.Index(fields=["phone_index"], name="access_phone_session_phone"),
        )

    def __str__(self) -> str:
        return str(self.id)


class PhonePasskey(models.Model):
    """A patient's passkey: opens a session of the phone that was proved when it was made, until `until`.

    `id` is what the browser knows it by. `phone` is sealed. `browser` is where it was made, for the list,
    and `made_in` the session.
    """

    data_class = DataClass.SECRET

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    phone = models.BinaryField()
    phone_index = models.BinaryField(max_length=32)
    credential_id = models.BinaryField(unique=True, max_length=1023)
    credential = models.BinaryField()
    sign_count = models.BigIntegerField()
    browser = models.CharField(max_length=60)
    created_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    until = models.DateTimeField()
    made_in = models.UUIDField()

    class Meta:
        db_table = "access_phone_passkey"
        indexes = (models.Index(fields=["phone_index"], name="access_phone_passkey_phone"),)

    def __str__(self) -> str:
        return str(self.id)


class PasskeyQuestion(models.Model):
    """What a browser (`asker`, the digest of its token) was asked last of passkeys, good for one answer."""

    data_class = DataClass.SECRET

    asker = models.BinaryField(primary_key=True, max_length=32)
    state = models.JSONField()
    asked_at = models.DateTimeField()

    class Meta:
        db_table = "access_passkey_question"

    def __str__(self) -> str:
        return "question"
