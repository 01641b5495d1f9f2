"""Cancel a visit: the time is free again once the MIS has let it go, and cancelling twice is fine."""

from datetime import timedelta
from uuid import UUID

from django.conf import settings

from feldsher.domain.scheduling import queue
from feldsher.domain.scheduling.errors import AppointmentNotFoundError, NotCancellableError
from feldsher.domain.scheduling.models import Appointment, Exchange
from feldsher.domain.scheduling.selectors.own import own_visit
from feldsher.domain.scheduling.selectors.visits import card_of, require_secret
from feldsher.domain.scheduling.types import AppointmentCard, State
from feldsher.foundation.access.context import as_service
from feldsher.foundation.access.types import PhoneHolder
from feldsher.kernel import clock

_DONE = (State.CANCELLING, State.CANCELLED)


def cancel(appointment_id: UUID, *, token: str) -> AppointmentCard:
    """Start to cancel a booked visit that is still to come; the job tells the MIS.

    Returns the card as it is now: CANCELLING, or CANCELLED when it already was. Raises
    AppointmentNotFoundError without the right token, NotCancellableError for any other state.
    """
    require_secret(appointment_id, token=token, purpose="cancel_visit")
    _cancel(appointment_id)
    return card_of(appointment_id)


def cancel_own(appointment_id: UUID, *, holder: PhoneHolder) -> None:
    """Start to cancel a visit of a patient behind a proved phone; raises like `cancel`."""
    own_visit(appointment_id, holder=holder, purpose="cancel_visit")
    _cancel(appointment_id)


def _cancel(appointment_id: UUID) -> None:
    with as_service("booking"):
        row = Appointment.objects.select_for_update().filter(pk=appointment_id).first()
        if row is None:
            raise AppointmentNotFoundError("no such appointment")
        if row.state == State.BOOKED and row.visit.lower > clock.now():
            _begin(row)
        elif row.state not in _DONE:
            raise NotCancellableError(f"not cancellable from {row.state}")


def _begin(row: Appointment) -> None:
    exchange = Exchange.objects.select_for_update().get(pk=row.id)
    exchange.stage, exchange.attempts, exchange.needs_person_at = "cancel", 0, None
    exchange.save(update_fields=["stage", "attempts", "needs_person_at"])
    row.state, row.reason = State.CANCELLING, "cancelled_by_patient"
    row.answer_by = clock.now() + timedelta(seconds=settings.FELDSHER_BOOKING.answer_within_seconds)
    row.save(update_fields=["state", "reason", "answer_by"])
    queue.exchange_with_mis(row.id, mis=exchange.mis, practitioner=row.practitioner)
