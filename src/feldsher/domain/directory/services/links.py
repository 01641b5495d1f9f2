"""Who works where and gives what: roles, services of doctors, and the visit of our own for the others.

A role or a service of a doctor belongs to the MIS that opened it (`mis`); another MIS neither closes nor
takes over what is open. Our own default visits belong to nobody (`mis` empty) and are open exactly
while the doctor has no bookable service of a MIS.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Final
from uuid import UUID

from feldsher.domain.directory.models import (
    HealthcareService,
    PractitionerRole,
    PractitionerService,
    Specialty,
)
from feldsher.domain.directory.services.fields import OWN_DEFAULT, refresh
from feldsher.domain.directory.services.records import BATCH, Tally, overlays_of
from feldsher.domain.directory.types import Kind, ServiceKind

RoleKey = tuple[UUID, UUID, UUID | None]
"""Doctor, branch, specialty."""
LinkKey = tuple[UUID, UUID]
"""Doctor, service."""

OWN_VISIT: Final = "Приём"


def apply_roles(
    wanted: Mapping[RoleKey, str], *, mis: str, closing_at: datetime | None, tally: Tally
) -> None:
    """Make the MIS's roles what it says: key → the doctor's id there. `closing_at` None closes nothing."""
    known = {
        (row.practitioner_id, row.location_id, row.specialty_id): row
        for row in PractitionerRole.objects.all()
    }
    created: list[PractitionerRole] = []
    changed: list[PractitionerRole] = []
    for key, remote_id in wanted.items():
        row = known.get(key)
        if row is None:
            practitioner, location, specialty = key
            created.append(
                PractitionerRole(
                    practitioner_id=practitioner,
                    location_id=location,
                    specialty_id=specialty,
                    mis=mis,
                    remote_id=remote_id,
                )
            )
        elif row.closed_at is not None or (row.mis == mis and row.remote_id != remote_id):
            row.mis, row.remote_id, row.closed_at = mis, remote_id, None
            changed.append(row)
    gone = [row for key, row in known.items() if _of(row, mis=mis) and key not in wanted]
    closed = gone if closing_at else []
    for row in closed:
        row.closed_at = closing_at
    PractitionerRole.objects.bulk_create(created, batch_size=BATCH)
    PractitionerRole.objects.bulk_update(
        [*changed, *closed], ["mis", "remote_id", "closed_at"], batch_size=BATCH
    )
    _count(tally, created=len(created), updated=len(changed), closed=len(closed))


def apply_services(
    wanted: Mapping[LinkKey, int | None], *, mis: str, closing_at: datetime | None, tally: Tally
) -> None:
    """Make the services of doctors what the MIS says: key → the doctor's norm in minutes."""
    known = {(row.practitioner_id, row.service_id): row for row in PractitionerService.objects.all()}
    created: list[PractitionerService] = []
    changed: list[PractitionerService] = []
    for key, minutes in wanted.items():
        row = known.get(key)
        if row is None:
            practitioner, service = key
            created.append(
                PractitionerService(
                    practitioner_id=practitioner, service_id=service, minutes=minutes, mis=mis
                )
            )
        elif row.closed_at is not None or (row.mis == mis and row.minutes != minutes):
            row.mis, row.minutes, row.closed_at = mis, minutes, None
            changed.append(row)
    gone = [row for key, row in known.items() if _of(row, mis=mis) and key not in wanted]
    closed = gone if closing_at else []
    for row in closed:
        row.closed_at = closing_at
    PractitionerService.objects.bulk_create(created, batch_size=BATCH)
    PractitionerService.objects.bulk_update(
        [*changed, *closed], ["mis", "minutes", "closed_at"], batch_size=BATCH
    )
    _count(tally, created=len(created), updated=len(changed), closed=len(closed))


def _of(row: PractitionerRole | PractitionerService, *, mis: str) -> bool:
    return row.mis == mis and row.closed_at is None


def _count(tally: Tally, *, created: int, updated: int, closed: int) -> None:
    tally.created += created
    tally.updated += updated
    tally.closed += closed


def sync_own_visits(practitioners: Collection[UUID], *, at: datetime, tally: Tally) -> None:
    """Give each of these doctors who has no bookable service our own visit, one a specialty; else close it.

    Reads what is written already, so call it last. Constant number of statements.
    """
    links = PractitionerService.objects.filter(practitioner__in=practitioners)
    served = set(
        links.filter(
            closed_at=None,
            service__is_own=False,
            service__closed_at=None,
            service__kind=ServiceKind.SERVICE.value,
        ).values_list("practitioner_id", flat=True)
    )
    specialties: dict[UUID, set[UUID | None]] = defaultdict(set)
    roles = PractitionerRole.objects.filter(practitioner__in=practitioners, closed_at=None)
    for practitioner, specialty in roles.values_list("practitioner_id", "specialty_id"):
        if practitioner not in served:
            specialties[practitioner].add(specialty)
    for found in specialties.values():
        if len(found) > 1:
            found.discard(None)
    visits = _own_visits({specialty for found in specialties.values() for specialty in found}, tally=tally)
    wanted = {(doctor, visits[specialty]) for doctor, found in specialties.items() for specialty in found}
    known = {(row.practitioner_id, row.service_id): row for row in links.filter(service__is_own=True)}
    created = [
        PractitionerService(practitioner_id=doctor, service_id=service)
        for doctor, service in sorted(wanted - known.keys())
    ]
    opened = [row for key, row in known.items() if key in wanted and row.closed_at is not None]
    closed = [row for key, row in known.items() if key not in wanted and row.closed_at is None]
    PractitionerService.objects.bulk_create(created, batch_size=BATCH)
    PractitionerService.objects.filter(id__in=[row.id for row in opened]).update(closed_at=None)
    PractitionerService.objects.filter(id__in=[row.id for row in closed]).update(closed_at=at)
    _count(tally, created=len(created), updated=len(opened), closed=len(closed))


def _own_visits(specialties: Collection[UUID | None], *, tally: Tally) -> dict[UUID | None, UUID]:
    """Return our own visit for each of the specialties, made where there is none."""
    rows = {row.specialty_id: row for row in HealthcareService.objects.filter(is_own=True)}
    lacking = [specialty for specialty in specialties if specialty not in rows]
    created = [HealthcareService(is_own=True, specialty_id=specialty) for specialty in lacking]
    name_own_visits(created)
    HealthcareService.objects.bulk_create(created, batch_size=BATCH)
    tally.created += len(created)
    return {row.specialty_id: row.id for row in [*rows.values(), *created]}


def name_own_visits(rows: Collection[HealthcareService]) -> None:
    """Set default names of our own visits after their specialties («Приём: офтальмолог»); does not save."""
    specialties = Specialty.objects.in_bulk([row.specialty_id for row in rows if row.specialty_id])
    overlays = overlays_of(Kind.SERVICE) if rows else {}
    for row in rows:
        specialty = specialties.get(row.specialty_id) if row.specialty_id else None
        name = f"{OWN_VISIT}: {specialty.title or specialty.text}" if specialty else f"{OWN_VISIT} врача"
        row.mis_values = {OWN_DEFAULT: {"name": name}}
        refresh(row, kind=Kind.SERVICE, overlays=overlays.get(row.id, {}))
