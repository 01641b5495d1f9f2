"""Takes over the visits that a clinic booked in its MIS for patients whom we know, from their cards there."""

import logging
from datetime import timedelta
from uuid import UUID

from django.db import DataError, IntegrityError

from feldsher.domain.patients import selectors as patients
from feldsher.domain.patients import services as patient_services
from feldsher.domain.scheduling import applying, gateways
from feldsher.domain.scheduling.agreement.asking import WORK
from feldsher.domain.scheduling.models import Appointment, Exchange
from feldsher.domain.scheduling.noting import note
from feldsher.domain.scheduling.ports import GatewayUnavailableError, PatientRef, RemoteVisit
from feldsher.domain.scheduling.types import DiscrepancyKind, State
from feldsher.foundation.access.context import as_service
from feldsher.kernel import clock

AGAIN = timedelta(minutes=10)
"""How soon a patient's cards are read again, however often they look."""
UNTOLD_MINUTES = 15
"""The length of a visit whose MIS does not say it: short, because free time is the schedule's word anyway."""
_log = logging.getLogger(__name__)


def look_up(patient: UUID) -> int:
    """Read the patient's cards; returns how many visits are theirs here since. A silent MIS is left out."""
    with as_service(WORK):
        cards = patients.cards_of(patient)
        patient_services.mark_read(patient)
    found = 0
    for card in cards:
        try:
            gateway = gateways.gateway(card.mis)
            if not gateway.capabilities().lists_visits:
                continue
            visits = gateway.visits_of(PatientRef(card.value), location_id=card.location)
        except GatewayUnavailableError as error:
            _log.warning("%s: the visits of a card did not come: %s", card.mis, error)
            continue
        found += sum(_take_safely(card.mis, visit, patient=patient) for visit in visits)
    return found


def _take_safely(mis: str, visit: RemoteVisit, *, patient: UUID) -> bool:
    try:
        with as_service(WORK):
            return _take(mis, visit, patient=patient)
    except (DataError, IntegrityError, applying.StrangerError, ValueError) as error:
        _log.warning("%s: the visit %s stays out of the cabinet: %s", mis, visit.ref, type(error).__name__)
        return False


def _take(mis: str, visit: RemoteVisit, *, patient: UUID) -> bool:
    known = Exchange.objects.filter(mis=mis, ref=visit.ref).values_list("appointment", flat=True)
    row = Appointment.objects.select_for_update().filter(pk__in=list(known)).order_by("-created_at").first()
    if row is None and not visit.is_cancelled:
        to = applying.where(mis, visit.resource, begin=visit.begin, minutes=visit.minutes or UNTOLD_MINUTES)
        if to.visit.lower <= clock.now() or _stands_already(to, patient=patient):
            return False
        applying.insert(mis, visit.ref, to, patient=patient)
        return True
    if row is None or row.state != State.BOOKED:
        return False
    if visit.is_cancelled and row.patient is not None:
        note(row, DiscrepancyKind.CANCELLED)
    elif not visit.is_cancelled and row.patient is None:
        row.patient = patient
        row.save(update_fields=["patient"])
        return True
    return False


def _stands_already(to: applying.Where, *, patient: UUID) -> bool:
    """Whether the patient has a visit there by another name of it: one that we are booking, say."""
    return Appointment.objects.filter(
        active=True, patient=patient, practitioner=to.practitioner, starts_at=to.visit.lower
    ).exists()
