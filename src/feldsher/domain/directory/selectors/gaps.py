"""For staff: what nobody has said yet, and who said what is shown."""

from typing import Final
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet

from feldsher.domain.directory.models import (
    HealthcareService,
    Location,
    Organization,
    Overlay,
    PractitionerRole,
    PractitionerService,
    Specialty,
)
from feldsher.domain.directory.published import published
from feldsher.domain.directory.selectors.profile import profile_gaps
from feldsher.domain.directory.services.fields import (
    FIELDS,
    OWN_DEFAULT,
    TABLES,
    given_value,
    is_kept_by_mis,
)
from feldsher.domain.directory.types import Kind, Missing, ServiceKind
from feldsher.kernel.errors import NotFoundError

ORGANIZATION_NEEDS: Final = (
    "name",
    "full_name",
    "inn",
    "ogrn",
    "licence_number",
    "licence_date",
    "licence_issuer",
    "address",
)
LOCATION_NEEDS: Final = ("zone", "city", "address", "phone", "hours")


def missing() -> tuple[Missing, ...]:
    """Return what no MIS gives and nobody typed, of open rows: five queries.

    Legal entities and branches first (without a zone nothing can be booked there), then specialties
    without a doctor's title, services whose length is a guess, profiles of doctors.
    """
    lines: list[Missing] = []
    for organization in Organization.objects.filter(closed_at=None).order_by("name", "id"):
        lines += _gaps(Kind.ORGANIZATION, row=organization, name=organization.name, fields=ORGANIZATION_NEEDS)
    for location in Location.objects.filter(closed_at=None).order_by("name", "id"):
        lines += _gaps(Kind.LOCATION, row=location, name=location.name, fields=LOCATION_NEEDS)
    for specialty in untitled_specialties().order_by("key"):
        lines += _gaps(Kind.SPECIALTY, row=specialty, name=specialty.text, fields=("title",))
    for service in guessed_services().order_by("search_name", "id"):
        lines += _gaps(Kind.SERVICE, row=service, name=service.name, fields=("minutes",))
    lines += profile_gaps(published().order_by("sort_name", "id"))
    return tuple(lines)


def missing_count() -> int:
    """Return how many lines `missing` has: five queries, none of which reads the names of services."""
    organizations = Organization.objects.filter(closed_at=None).values_list(*ORGANIZATION_NEEDS)
    locations = Location.objects.filter(closed_at=None).values_list(*LOCATION_NEEDS)
    empty = sum(not value for row in (*organizations, *locations) for value in row)
    rest = untitled_specialties().count() + guessed_services().count()
    return empty + rest + len(profile_gaps(published()))


def untitled_specialties() -> QuerySet[Specialty]:
    """Return the specialties of open doctors that say no doctor's title."""
    works = PractitionerRole.objects.filter(
        specialty=OuterRef("id"), closed_at=None, practitioner__closed_at=None
    )
    return Specialty.objects.filter(Exists(works), title="")


def guessed_services() -> QuerySet[HealthcareService]:
    """Return the open services whose length nobody says, neither for all nor for each doctor."""
    guessed = PractitionerService.objects.filter(
        service=OuterRef("id"), closed_at=None, minutes=None, practitioner__closed_at=None
    )
    return HealthcareService.objects.filter(
        Exists(guessed), kind=ServiceKind.SERVICE.value, closed_at=None, minutes=None
    )


def _gaps(
    kind: Kind,
    *,
    row: Organization | Location | Specialty | HealthcareService,
    name: str,
    fields: tuple[str, ...],
) -> list[Missing]:
    return [Missing(kind.value, row.id, name, field) for field in fields if not getattr(row, field)]


def value_sources(kind: Kind, *, target: UUID) -> dict[str, str]:
    """Return who gives each field that has a value: `staff`, `mis:<id>`, or `default`. NotFoundError."""
    row = TABLES[kind].filter(id=target).first()
    if row is None:
        raise NotFoundError(f"no {kind.value} {target}")
    overlaid = set(Overlay.objects.filter(kind=kind.value, target=target).values_list("field", flat=True))
    sources: dict[str, str] = {}
    for name in FIELDS[kind]:
        if name in overlaid and not is_kept_by_mis(kind, field=name, mis_values=row.mis_values):
            sources[name] = "staff"
            continue
        source, value = given_value(row.mis_values, name)
        if value is not None:
            sources[name] = "default" if source == OWN_DEFAULT else f"mis:{source}"
    return sources
