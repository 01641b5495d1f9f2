"""Which records have a page of their own and when what it shows last changed: for maps of the site.

A record that nobody has changed since this is kept has no date; a page may change without it (a doctor's
hours), and says so by being read, not by its date. Each is one query, two for services.
"""

from datetime import date, datetime
from uuid import UUID

from django.db.models import Max, Q

from feldsher.domain.directory.models import Location, PractitionerService, Price
from feldsher.domain.directory.published import published, services_of_published
from feldsher.domain.directory.types import ServiceKind
from feldsher.kernel import clock

Changes = dict[UUID, datetime | date | None]


def doctor_changes() -> Changes:
    """Return the open doctors who work in an open branch."""
    rows = published().order_by("sort_name", "id")
    return dict(rows.values_list("id", "changed_at"))


def branch_changes() -> Changes:
    """Return the open branches."""
    return dict(Location.objects.filter(closed_at=None).order_by("id").values_list("id", "changed_at"))


def service_changes() -> Changes:
    """Return the services that doctors of the site give; a new price is a change, on its first day."""
    today = clock.now().date()
    begun = Max("valid_from", filter=Q(valid_from__lte=today))
    priced = dict(Price.objects.values_list("service_id").annotate(begun=begun))
    rows = services_of_published().order_by("id")
    return {pk: _later(changed, priced.get(pk)) for pk, changed in rows.values_list("id", "changed_at")}


def _later(changed: datetime | None, priced: date | None) -> datetime | date | None:
    if changed is None or priced is None:
        return changed or priced
    return priced if priced > changed.date() else changed


def service_places() -> tuple[tuple[UUID, UUID], ...]:
    """Return which services are given in which open branches: pairs (service, branch), each once."""
    given = PractitionerService.objects.filter(
        closed_at=None,
        practitioner__closed_at=None,
        service__kind=ServiceKind.SERVICE.value,
        service__closed_at=None,
        practitioner__roles__closed_at=None,
        practitioner__roles__location__closed_at=None,
        practitioner__roles__isnull=False,
    )
    pairs = given.order_by().values_list("service_id", "practitioner__roles__location_id").distinct()
    return tuple(sorted(pairs))
