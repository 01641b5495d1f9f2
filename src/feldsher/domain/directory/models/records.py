"""Tables of the directory: who works where, what they do and for how much.

Invariants. Rows are closed (`closed_at`), never deleted, because appointments of the past name them.
A column holds the effective value: the staff's overlay, else what a MIS gave, else our own default;
`mis_values` keeps what each MIS gave (`{mis: {field: value}}`, our own default under the empty name),
so that removing an overlay restores it. Validity of prices for one key never overlaps (the database
refuses it). Only `services` writes here, under one advisory lock.
"""

import uuid
from typing import Any, ClassVar

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField
from django.db import models
from django.db.models.functions import Coalesce

from feldsher.domain.directory.snils import SnilsManager
from feldsher.domain.directory.types import (
    HUES,
    ServiceKind,
    VisitMode,
    VisitOrder,
)
from feldsher.domain.directory.types.brand import LogoType
from feldsher.domain.directory.types.own import RecordAct
from feldsher.foundation.privacy.data_class import DataClass

NIL = uuid.UUID(int=0)
_KIND_CHOICES = [(kind.value, kind.value) for kind in ServiceKind]
_ORDER_CHOICES = [(order.value, order.value) for order in VisitOrder]
_MODE_CHOICES = [(mode.value, mode.value) for mode in VisitMode]
_ACT_CHOICES = [(act.value, act.value) for act in RecordAct]
_LOGO_CHOICES = [(kind.value, kind.value) for kind in LogoType]


class Sourced(models.Model):
    """What a MIS may give and staff may overlay. `changed_at` is when its shown values last changed."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    mis_values = models.JSONField(default=dict)
    changed_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        abstract = True


class Organization(Sourced):
    """A legal entity: the operator of personal data, the licensee and the seller of its branches."""

    data_class = DataClass.PUBLIC

    name = models.CharField(max_length=200, default="")
    full_name = models.CharField(max_length=500, default="")
    inn = models.CharField(max_length=12, default="")
    ogrn = models.CharField(max_length=15, default="")
    licence_number = models.CharField(max_length=100, default="")
    licence_date = models.DateField(null=True)
    licence_issuer = models.CharField(max_length=300, default="")
    address = models.CharField(max_length=500, default="")
    phone = models.CharField(max_length=16, default="")
    contract_url = models.CharField(max_length=300, default="")
    guarantees_url = models.CharField(max_length=300, default="")
    complaints_url = models.CharField(max_length=300, default="")
    authorities_url = models.CharField(max_length=300, default="")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "directory_organization"

    def __str__(self) -> str:
        return self.name


class Location(Sourced):
    """A branch. Without a zone its wall times mean nothing, so nothing there can be booked."""

    data_class = DataClass.PUBLIC

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=300, default="")
    zone = models.CharField(max_length=64, default="")
    city = models.CharField(max_length=100, default="")
    city_where = models.CharField(max_length=120, default="")
    address = models.CharField(max_length=500, default="")
    phone = models.CharField(max_length=16, default="")
    hours = models.CharField(max_length=300, default="")
    company_id = models.CharField(max_length=20, default="")
    rubrics = models.CharField(max_length=300, default="")
    latitude = models.DecimalField(max_digits=9, decimal_places=6, null=True)
    longitude = models.DecimalField(max_digits=9, decimal_places=6, null=True)
    metro = models.CharField(max_length=300, default="")
    directions = models.TextField(default="")

    class Meta:
        db_table = "directory_location"

    def __str__(self) -> str:
        return self.name


class Department(Sourced):
    """A unit inside a branch. No MIS of ours sends departments so far."""

    data_class = DataClass.PUBLIC

    location = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=200, default="")

    class Meta:
        db_table = "directory_department"

    def __str__(self) -> str:
        return self.name


class Specialty(Sourced):
    """A specialty, known by its text («Офтальмология»); `title` names the doctor («офтальмолог»)."""

    data_class = DataClass.PUBLIC

    slug = models.CharField(max_length=120, unique=True)
    text = models.CharField(max_length=300)
    key = models.CharField(max_length=300, unique=True)
    title = models.CharField(max_length=200, default="")

    class Meta:
        db_table = "directory_specialty"

    def __str__(self) -> str:
        return self.text


class Practitioner(Sourced):
    """A doctor: one row a human, whatever number of ids MISes give.

    What stands here a clinic has to publish (323-ФЗ art. 79). `education` and `certificates` are lines of
    `directory.profile`, `career_start` is a year. `merged_into` is set by an explicit merge
    only; such a row is closed for good.
    """

    data_class = DataClass.PUBLIC

    family = models.CharField(max_length=100, default="")
    given = models.CharField(max_length=100, default="")
    middle = models.CharField(max_length=100, default="")
    about = models.TextField(default="")
    career_start = models.PositiveSmallIntegerField(null=True)
    degree = models.CharField(max_length=200, default="")
    rank = models.CharField(max_length=200, default="")
    category = models.CharField(max_length=200, default="")
    education = models.TextField(default="")
    certificates = models.TextField(default="")
    sort_name = models.CharField(max_length=310, default="")
    merged_into = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="absorbed")

    class Meta:
        db_table = "directory_practitioner"
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["sort_name", "id"], name="directory_practitioner_sort")
        ]

    def __str__(self) -> str:
        return str(self.id)


class PractitionerSnils(models.Model):
    """A keyed hash of a doctor's СНИЛС, by which one person is known across MISes; the number is not kept."""

    data_class = DataClass.PERSONAL

    practitioner = models.OneToOneField(Practitioner, on_delete=models.PROTECT, primary_key=True)
    index = models.CharField(max_length=64)

    objects = SnilsManager()

    class Meta:
        db_table = "directory_practitioner_snils"

    def __str__(self) -> str:
        return str(self.practitioner_id)


class PractitionerRole(models.Model):
    """A doctor in a branch by a specialty (None where no MIS says one).

    `mis` and `remote_id` tell which MIS keeps this doctor's schedule in this branch, and under which id.
    """

    data_class = DataClass.PUBLIC

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    practitioner = models.ForeignKey(Practitioner, on_delete=models.PROTECT, related_name="roles")
    location = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="roles")
    specialty = models.ForeignKey(Specialty, on_delete=models.PROTECT, null=True, related_name="roles")
    department = models.ForeignKey(Department, on_delete=models.PROTECT, null=True, related_name="+")
    mis = models.CharField(max_length=64, default="")
    remote_id = models.CharField(max_length=200, default="")
    closed_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "directory_practitioner_role"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["practitioner", "location", "specialty"],
                name="directory_role_once",
                nulls_distinct=False,
            )
        ]

    def __str__(self) -> str:
        return str(self.id)


class HealthcareService(Sourced):
    """A line of the price list. Only kind `service` is booked; materials, sets and folders are only kept.

    `is_own` marks a visit that no MIS has, one a specialty, for doctors to whom the MIS gives no service.
    """

    data_class = DataClass.PUBLIC

    name = models.CharField(max_length=500, default="")
    search_name = models.CharField(max_length=500, default="")
    kind = models.CharField(max_length=16, choices=_KIND_CHOICES, default=ServiceKind.SERVICE.value)
    code = models.CharField(max_length=100, default="")
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="+")
    minutes = models.PositiveSmallIntegerField(null=True)
    preparation = models.TextField(default="")
    to_bring = models.TextField(default="")
    section = models.CharField(max_length=200, default="")
    nomenclature = models.CharField(max_length=40, default="")
    is_own = models.BooleanField(default=False)
    specialty = models.ForeignKey(Specialty, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        db_table = "directory_service"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["specialty"],
                condition=models.Q(is_own=True),
                name="directory_service_own_once",
                nulls_distinct=False,
            )
        ]

    def __str__(self) -> str:
        return self.name


class PractitionerService(models.Model):
    """A doctor gives a service; `minutes` is that doctor's own norm, None where nobody said."""

    data_class = DataClass.PUBLIC

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    practitioner = models.ForeignKey(Practitioner, on_delete=models.PROTECT, related_name="links")
    service = models.ForeignKey(HealthcareService, on_delete=models.PROTECT, related_name="links")
    minutes = models.PositiveSmallIntegerField(null=True)
    mis = models.CharField(max_length=64, default="")
    closed_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "directory_practitioner_service"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["practitioner", "service"], name="directory_practitioner_service_once"
            )
        ]

    def __str__(self) -> str:
        return str(self.id)


class Price(models.Model):
    """An amount in roubles for a service, in a branch or all (None), by a doctor or any (None).

    Valid on `[valid_from, valid_to)`; None is open. A change closes the old row and opens another, so that
    history stays; a price that lived less than a day is an empty range.
    """

    data_class = DataClass.PUBLIC

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    service = models.ForeignKey(HealthcareService, on_delete=models.PROTECT, related_name="prices")
    location = models.ForeignKey(Location, on_delete=models.PROTECT, null=True, related_name="+")
    practitioner = models.ForeignKey(Practitioner, on_delete=models.PROTECT, null=True, related_name="+")
    amount = models.DecimalField(max_digits=12, decimal_places=2)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)
    mis = models.CharField(max_length=64, default="")

    class Meta:
        db_table = "directory_price"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=models.Q(amount__gte=0), name="directory_price_amount"),
            models.CheckConstraint(
                condition=models.Q(valid_to__isnull=True) | models.Q(valid_to__gte=models.F("valid_from")),
                name="directory_price_dates",
            ),
            ExclusionConstraint(
                name="directory_price_no_overlap",
                expressions=[
                    (models.F("service"), "="),
                    (Coalesce("location", models.Value(NIL, output_field=models.UUIDField())), "="),
                    (Coalesce("practitioner", models.Value(NIL, output_field=models.UUIDField())), "="),
                    (
                        models.Func(
                            "valid_from", "valid_to", function="daterange", output_field=DateRangeField()
                        ),
                        "&&",
                    ),
                ],
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)


class BookingRule(models.Model):
    """How visits are booked: for a doctor, a service, a branch, or any of them (None).

    Each field that is None leaves the choice to a less specific rule; the order stands in `rules`.
    Times are whole minutes, ages full years. What each field means stands in `types.RuleValues`.
    """

    data_class = DataClass.PUBLIC

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    practitioner = models.ForeignKey(Practitioner, on_delete=models.PROTECT, null=True, related_name="+")
    service = models.ForeignKey(HealthcareService, on_delete=models.PROTECT, null=True, related_name="+")
    location = models.ForeignKey(Location, on_delete=models.PROTECT, null=True, related_name="+")
    before = models.PositiveSmallIntegerField(null=True)
    after = models.PositiveSmallIntegerField(null=True)
    step = models.PositiveSmallIntegerField(null=True)
    notice = models.PositiveIntegerField(null=True)
    horizon = models.PositiveIntegerField(null=True)
    capacity = models.PositiveSmallIntegerField(null=True)
    is_online = models.BooleanField(null=True)
    quota = models.PositiveSmallIntegerField(null=True)
    visits = models.CharField(max_length=16, choices=_ORDER_CHOICES, null=True)  # noqa: DJ001 - None: no opinion
    age_from = models.PositiveSmallIntegerField(null=True)
    age_to = models.PositiveSmallIntegerField(null=True)
    needs_referral = models.BooleanField(null=True)
    mode = models.CharField(max_length=16, choices=_MODE_CHOICES, null=True)  # noqa: DJ001 - as above
    cutoff = models.PositiveIntegerField(null=True)
    overbook = models.PositiveSmallIntegerField(null=True)
    author = models.CharField(max_length=64, default="")
    updated_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "directory_booking_rule"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["practitioner", "service", "location"],
                name="directory_rule_once",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                condition=models.Q(step__isnull=True) | (models.Q(step__gte=1) & models.Q(step__lte=1440)),
                name="directory_rule_step",
            ),
            models.CheckConstraint(
                condition=models.Q(capacity__isnull=True) | models.Q(capacity__gte=1),
                name="directory_rule_capacity",
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)


class ExternalId(models.Model):
    """How a MIS names a row of ours. Closed while the MIS does not show it; never taken away."""

    data_class = DataClass.PUBLIC

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    mis = models.CharField(max_length=64)
    kind = models.CharField(max_length=32)
    value = models.CharField(max_length=200)
    target = models.UUIDField()
    closed_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "directory_external_id"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["mis", "kind", "value"], name="directory_external_id_once")
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["kind", "target"], name="directory_external_id_target")
        ]

    def __str__(self) -> str:
        return f"{self.mis}:{self.kind}:{self.value}"


class Overlay(models.Model):
    """A value that staff set over what the MIS gives; it survives every import."""

    data_class = DataClass.PUBLIC

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=32)
    target = models.UUIDField()
    field = models.CharField(max_length=32)
    value: "models.JSONField[Any, Any]" = models.JSONField()
    author = models.CharField(max_length=64)
    updated_at = models.DateTimeField()

    class Meta:
        db_table = "directory_overlay"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["kind", "target", "field"], name="directory_overlay_once")
        ]

    def __str__(self) -> str:
        return f"{self.kind}.{self.field}"


class Act(models.Model):
    """What staff did to a record besides saying a field: opened, closed, gave it a place or a price.

    `about` is the other record of the act (the branch of a place of work), `words` what else is to be told.
    """

    data_class = DataClass.PUBLIC

    id = models.BigAutoField(primary_key=True)
    kind = models.CharField(max_length=32)
    target = models.UUIDField()
    act = models.CharField(max_length=32, choices=_ACT_CHOICES)
    about = models.UUIDField(null=True)
    words = models.CharField(max_length=300, default="")
    author = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        db_table = "directory_act"
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["kind", "target", "-id"], name="directory_act_target")
        ]

    def __str__(self) -> str:
        return f"{self.kind}.{self.act}"


class Brand(models.Model):
    """How the network's site is called and looks: one row, none until somebody saves it.

    `logo_digest` is the SHA-256 of the logo, in hex: its address, so that a browser may keep it for ever.
    `listing_texts` are templates of listing pages by their kind (`{kind: {title, heading}}`): those
    that differ from our own.
    `metrika` and `mail_ru` are numbers at outside counters, the codes prove the site to search engines; they
    stand here so that the frame of a page costs one query. So do `menus`, the links of header and footer as
    they are shown (`{place: [[title, section, path]]}`): editorial has arranged them and writes them.
    """

    data_class = DataClass.PUBLIC

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    name = models.CharField(max_length=100, default="")
    hue = models.PositiveSmallIntegerField(null=True)
    logo = models.BinaryField(null=True)
    logo_type = models.CharField(max_length=4, choices=_LOGO_CHOICES, default="")
    logo_digest = models.CharField(max_length=64, default="")
    listing_texts = models.JSONField(default=dict)
    metrika = models.CharField(max_length=12, default="")
    mail_ru = models.CharField(max_length=12, default="")
    yandex_code = models.CharField(max_length=100, default="")
    google_code = models.CharField(max_length=100, default="")
    menus = models.JSONField(default=dict)
    counters_author = models.CharField(max_length=64, default="")
    counters_at = models.DateTimeField(null=True)
    author = models.CharField(max_length=64)
    updated_at = models.DateTimeField()

    class Meta:
        db_table = "directory_brand"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=models.Q(id=1), name="directory_brand_once"),
            models.CheckConstraint(
                condition=models.Q(hue__isnull=True) | models.Q(hue__lt=HUES), name="directory_brand_hue"
            ),
        ]

    def __str__(self) -> str:
        return self.name
