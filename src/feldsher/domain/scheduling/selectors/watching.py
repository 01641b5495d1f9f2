"""What scheduling knows of patients for whoever watches over reads (the port of `foundation.watch`)."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from uuid import UUID

from feldsher.domain.patients.selectors import kinships
from feldsher.domain.scheduling.models import Appointment
from feldsher.domain.scheduling.types import State
from feldsher.foundation.access.context import as_service
from feldsher.foundation.watch.ports import Facts

AFTER_VISIT, BEFORE_VISIT = timedelta(days=14), timedelta(days=90)
"""So long after a visit, and before one, the desk has a reason to open the patient."""
_NO_VISIT = (State.HELD, State.EXPIRED, State.RELEASED)


def patient_facts(
    patients: Collection[UUID], *, at: datetime, staff: Mapping[UUID, str]
) -> dict[UUID, Facts]:
    """Return what makes a look at each patient ordinary or odd; unknown ids are left out.

    A visit that was refused, moved or cancelled is a reason, too: somebody has to see to it.
    """
    if not patients:
        return {}
    with as_service("watch"):
        known = kinships(patients, people=staff)
        visits = Appointment.objects.filter(
            patient__in=patients,
            visit__startswith__gte=at - AFTER_VISIT,
            visit__startswith__lt=at + BEFORE_VISIT,
        ).exclude(state__in=_NO_VISIT)
        expected = set(visits.values_list("patient", flat=True))
    return {
        patient: Facts(
            created_at=found.created_at,
            has_visit=patient in expected,
            kin=found.kin,
            commonness=found.commonness,
        )
        for patient, found in known.items()
    }
