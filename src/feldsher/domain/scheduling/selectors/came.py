"""Visits that patients came to, and whom one may write of them; for our own machinery in its context."""

from collections.abc import Collection
from datetime import datetime, timedelta
from functools import cache
from uuid import UUID

from feldsher.domain.patients.types import Topic
from feldsher.domain.scheduling.calling import zone_of
from feldsher.domain.scheduling.models import Appointment
from feldsher.domain.scheduling.notices import phones_of
from feldsher.domain.scheduling.types import State
from feldsher.domain.scheduling.types.came import CameVisit, Reached

LONGEST = timedelta(hours=24)
"""No visit is longer."""


def visits_come_to(*, after: datetime, before: datetime) -> tuple[CameVisit, ...]:
    """Return the visits whose patient came, as the desk or the MIS says, that ended in `[after, before)`."""
    rows = Appointment.objects.filter(
        state__in=(State.ARRIVED, State.FULFILLED),
        patient__isnull=False,
        starts_at__gte=after - LONGEST,
        starts_at__lt=before,
        visit__endswith__gte=after,
        visit__endswith__lt=before,
    )
    found = rows.order_by("starts_at", "id").values_list("pk", "patient", "practitioner", "location")
    return tuple(
        CameVisit(visit, patient, practitioner, location)
        for visit, patient, practitioner, location in found
        if patient is not None
    )


def reached(visits: Collection[UUID], *, topic: Topic) -> dict[UUID, Reached]:
    """Return whom one may write of these visits about a topic, and when they began on the branch's clock.

    Raises VaultError, AuditError.
    """
    rows, zone = list(Appointment.objects.filter(pk__in=visits)), cache(zone_of)
    return {
        row.id: Reached(phone, row.visit.lower.astimezone(zone(row.location)))
        for row, phone in phones_of(rows, topic=topic)
    }
