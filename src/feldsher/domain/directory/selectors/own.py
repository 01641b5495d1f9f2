"""What staff see of a record besides its fields: places of work, services of a doctor, prices, acts."""

from typing import Final
from uuid import UUID

from django.db.models import F

from feldsher.domain.directory.models import (
    Act,
    ExternalId,
    HealthcareService,
    Location,
    Practitioner,
    PractitionerRole,
    PractitionerService,
    Price,
    Specialty,
)
from feldsher.domain.directory.types import Kind, ServiceCard, ServiceKind
from feldsher.domain.directory.types.own import (
    OWN_SCHEDULE,
    ActLine,
    GivenService,
    PlaceOfWork,
    PriceLine,
    RecordAct,
)

ACTS: Final = 20
"""Acts of a record that are told, the newest first."""
MOST_SERVICES: Final = 500


def places_of_work(practitioner: UUID | None = None, *, mis: str | None = None) -> tuple[PlaceOfWork, ...]:
    """Return the open places of work of a doctor (None: of all), by branch and specialty."""
    rows = PractitionerRole.objects.filter(
        closed_at=None, practitioner__closed_at=None, location__closed_at=None
    )
    if practitioner is not None:
        rows = rows.filter(practitioner=practitioner)
    if mis is not None:
        rows = rows.filter(mis=mis)
    found = rows.select_related("location", "specialty").order_by(
        "location__name", "location_id", F("specialty__key").asc(nulls_last=True), "id"
    )
    return tuple(
        PlaceOfWork(
            id=row.id,
            practitioner_id=row.practitioner_id,
            location_id=row.location_id,
            branch=row.location.name,
            specialty=row.specialty.text if row.specialty else "",
            mis=row.mis,
        )
        for row in found
    )


def given_services(practitioner: UUID) -> tuple[GivenService, ...]:
    """Return what a doctor gives now, by name; not the visit of our own, which nobody gave."""
    rows = PractitionerService.objects.filter(
        practitioner=practitioner,
        closed_at=None,
        service__closed_at=None,
        service__is_own=False,
        service__kind=ServiceKind.SERVICE.value,
    ).select_related("service")
    return tuple(
        GivenService(row.id, row.service_id, row.service.name, row.minutes, row.mis)
        for row in rows.order_by("service__search_name", "id")
    )


def services_to_give(practitioner: UUID) -> tuple[ServiceCard, ...]:
    """Return the services that a doctor does not give yet, by name, at most MOST_SERVICES."""
    given = PractitionerService.objects.filter(practitioner=practitioner, closed_at=None)
    rows = HealthcareService.objects.filter(
        closed_at=None, is_own=False, kind=ServiceKind.SERVICE.value
    ).exclude(id__in=given.values("service"))
    found = rows.order_by("search_name", "id")[:MOST_SERVICES]
    return tuple(ServiceCard(row.id, row.name, row.minutes) for row in found)


def price_lines(service: UUID) -> tuple[PriceLine, ...]:
    """Return the prices of a service that are in force, the most general first."""
    rows = Price.objects.filter(service=service, valid_to=None).select_related("location", "practitioner")
    lines = [
        PriceLine(
            id=row.id,
            branch=row.location.name if row.location else "",
            doctor=_doctor(row.practitioner) if row.practitioner else "",
            amount=row.amount,
            since=row.valid_from,
            mis=row.mis,
        )
        for row in rows
    ]
    return tuple(
        sorted(lines, key=lambda line: (bool(line.doctor), bool(line.branch), line.branch, line.doctor))
    )


def acts(kind: Kind, *, target: UUID) -> tuple[ActLine, ...]:
    """Return the last acts of staff on a record, the newest first."""
    rows = list(Act.objects.filter(kind=kind.value, target=target).order_by("-id")[:ACTS])
    names = _names({row.about for row in rows if row.about is not None})
    return tuple(
        ActLine(RecordAct(row.act), names.get(row.about, ""), row.words, row.author, row.at) for row in rows
    )


def own_branches() -> dict[UUID, str]:
    """Return the open branches that staff made, by name: where they may give places of work."""
    ids = ExternalId.objects.filter(mis=OWN_SCHEDULE, kind=Kind.LOCATION.value, closed_at=None)
    rows = Location.objects.filter(closed_at=None, id__in=ids.values("target")).order_by("name", "id")
    return dict(rows.values_list("id", "name"))


def specialty_texts() -> tuple[str, ...]:
    """Return the texts of all specialties, for whoever types one."""
    return tuple(Specialty.objects.filter(closed_at=None).order_by("key").values_list("text", flat=True))


def _names(ids: set[UUID]) -> dict[UUID | None, str]:
    named: dict[UUID | None, str] = dict(Location.objects.filter(id__in=ids).values_list("id", "name"))
    named |= dict(HealthcareService.objects.filter(id__in=ids).values_list("id", "name"))
    named |= {row.id: _doctor(row) for row in Practitioner.objects.filter(id__in=ids)}
    return named


def _doctor(row: Practitioner) -> str:
    return " ".join(part for part in (row.family, row.given, row.middle) if part)
