"""Between our ids and those of the MISes."""

from collections.abc import Collection
from uuid import UUID

from django.db import connection
from django.db.models import Q

from feldsher.domain.directory.models import ExternalId, PractitionerRole
from feldsher.domain.directory.types import Kind, RemoteIds, RemoteIndex
from feldsher.domain.directory.types.own import OWN_SCHEDULE
from feldsher.kernel.errors import NotFoundError

_REMOTE_IDS = """
    SELECT role.mis, role.remote_id, coalesce(specialty.text, ''),
        (SELECT value FROM directory_external_id
            WHERE kind = 'location' AND target = %(location)s AND mis = role.mis
            ORDER BY closed_at DESC NULLS FIRST, value LIMIT 1),
        (SELECT value FROM directory_external_id
            WHERE kind = 'service' AND target = %(service)s AND mis = role.mis
            ORDER BY closed_at DESC NULLS FIRST, value LIMIT 1),
        EXISTS (SELECT FROM directory_service WHERE id = %(service)s AND is_own)
    FROM directory_practitioner_role AS role
    LEFT JOIN directory_specialty AS specialty ON specialty.id = role.specialty_id
    WHERE role.practitioner_id IN (
            SELECT %(practitioner)s::uuid
            UNION ALL SELECT merged_into_id FROM directory_practitioner WHERE id = %(practitioner)s
        )
        AND role.location_id = %(location)s
        AND role.mis <> ''
        AND (%(mis)s::text IS NULL OR role.mis = %(mis)s)
    ORDER BY role.closed_at DESC NULLS FIRST, role.mis, role.remote_id
    LIMIT 1
"""
"""Each booking asks it twice, before its patient's first call."""


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


def remote_ids(
    practitioner: UUID, *, location: UUID, service: UUID | None = None, mis: str | None = None
) -> RemoteIds:
    """Return how the MIS (that of the doctor's schedule there, unless named) calls the three parties.

    What is closed still has its ids, because old visits must be cancelled too. `service_id` is None for no
    service and for one of our own; the own schedule knows every service by our id. NotFoundError where the
    MIS does not know a party.
    """
    asked = {"practitioner": practitioner, "location": location, "service": service, "mis": mis}
    with connection.cursor() as cursor:
        cursor.execute(_REMOTE_IDS, asked)
        row = cursor.fetchone()
    if row is None:
        raise NotFoundError(f"no MIS keeps practitioner {practitioner} in location {location}")
    keeper, practitioner_id, specialty, location_id, service_id, is_own = row
    if location_id is None:
        raise NotFoundError(f"{keeper} has no id of location {location}")
    if service is not None and keeper == OWN_SCHEDULE:
        service_id = str(service)
    elif service is not None and service_id is None and not is_own:
        raise NotFoundError(f"{keeper} has no id of service {service}")
    return RemoteIds(keeper, practitioner_id, location_id, service_id, specialty)


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
