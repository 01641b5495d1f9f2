"""Between our ids and those of the MISes."""

from collections import defaultdict
from collections.abc import Collection
from uuid import UUID

from django.db.models import F, Q

from feldsher.domain.directory.models import ExternalId, HealthcareService, PractitionerRole
from feldsher.domain.directory.types import Kind, RemoteIds, RemoteIndex
from feldsher.domain.directory.types.own import OWN_SCHEDULE
from feldsher.kernel.errors import NotFoundError


def mis_of(practitioner: UUID, *, location: UUID) -> str:
    """Return the MIS that keeps a doctor's schedule in a branch; NotFoundError."""
    return _role(practitioner, location=location, mis=None).mis


def schedule_keepers() -> dict[tuple[UUID, UUID], str]:
    """Return the MIS that keeps each open doctor's schedule in each open branch: (doctor, branch) → MIS."""
    return {place: mis for place, (mis, _) in _keepers().items()}


def kept_by(mis: str) -> dict[tuple[UUID, UUID], str]:
    """Return whose schedules a MIS keeps, in which branch: (doctor, branch) → the doctor's id there."""
    return {place: remote_id for place, (keeper, remote_id) in _keepers().items() if keeper == mis}


def _keepers() -> dict[tuple[UUID, UUID], tuple[str, str]]:
    rows = (
        PractitionerRole.objects.filter(closed_at=None)
        .exclude(mis="")
        .order_by("-mis", "-remote_id")
        .values_list("practitioner_id", "location_id", "mis", "remote_id")
    )
    return {(practitioner, location): (mis, remote_id) for practitioner, location, mis, remote_id in rows}


def mises_of_services(services: Collection[UUID]) -> dict[UUID, frozenset[str]]:
    """Return which MISes have an id of each of the services, open or closed; one query."""
    found: dict[UUID, set[str]] = defaultdict(set)
    rows = ExternalId.objects.filter(kind=Kind.SERVICE.value, target__in=services)
    for service, mis in rows.values_list("target", "mis"):
        found[service].add(mis)
    return {service: frozenset(mises) for service, mises in found.items()}


def remote_ids(
    practitioner: UUID, *, location: UUID, service: UUID | None = None, mis: str | None = None
) -> RemoteIds:
    """Return how the MIS (that of the doctor's schedule there, unless named) calls the three parties.

    What is closed still has its ids, because old visits must be cancelled too. `service_id` is None for no
    service and for one of our own; the own schedule knows every service by our id. NotFoundError where the
    MIS does not know a party.
    """
    role = _role(practitioner, location=location, mis=mis)
    asked = Q(kind=Kind.LOCATION.value, target=location)
    if service is not None:
        asked |= Q(kind=Kind.SERVICE.value, target=service)
    rows = ExternalId.objects.filter(asked, mis=role.mis).order_by(
        F("closed_at").desc(nulls_first=True), "value"
    )
    found: dict[str, str] = {}
    for kind, value in rows.values_list("kind", "value"):
        found.setdefault(kind, value)
    if Kind.LOCATION.value not in found:
        raise NotFoundError(f"{role.mis} has no id of location {location}")
    service_id = found.get(Kind.SERVICE.value)
    if service is not None and role.mis == OWN_SCHEDULE:
        service_id = str(service)
    elif service is not None and service_id is None and not _is_own(service):
        raise NotFoundError(f"{role.mis} has no id of service {service}")
    specialty = role.specialty.text if role.specialty else ""
    return RemoteIds(role.mis, role.remote_id, found[Kind.LOCATION.value], service_id, specialty)


def _role(practitioner: UUID, *, location: UUID, mis: str | None) -> PractitionerRole:
    rows = (
        PractitionerRole.objects.filter(
            Q(practitioner=practitioner) | Q(practitioner__absorbed=practitioner), location=location
        )
        .exclude(mis="")
        .select_related("specialty")
    )
    if mis is not None:
        rows = rows.filter(mis=mis)
    role = rows.order_by(F("closed_at").desc(nulls_first=True), "mis", "remote_id").first()
    if role is None:
        raise NotFoundError(f"no MIS keeps practitioner {practitioner} in location {location}")
    return role


def _is_own(service: UUID) -> bool:
    return HealthcareService.objects.filter(id=service, is_own=True).exists()


def resolve_remote(mis: str, *, practitioners: Collection[str], locations: Collection[str]) -> RemoteIndex:
    """Return our rows for the ids of a MIS, open or closed, in one query; unknown ids are absent."""
    rows = ExternalId.objects.filter(
        Q(kind=Kind.PRACTITIONER.value, value__in=practitioners)
        | Q(kind=Kind.LOCATION.value, value__in=locations),
        mis=mis,
    )
    index = RemoteIndex(practitioners={}, locations={})
    for kind, value, target in rows.values_list("kind", "value", "target"):
        found = index.practitioners if kind == Kind.PRACTITIONER.value else index.locations
        found[value] = target
    return index
