"""What a person does about a visit that the MIS left open: look again, say what stands there, settle it."""

from uuid import UUID

from feldsher.domain.scheduling import exchange, queue
from feldsher.domain.scheduling.errors import AppointmentNotFoundError, VisitDecidedError
from feldsher.domain.scheduling.models import Appointment, Exchange, Verdict
from feldsher.domain.scheduling.types import Said, State
from feldsher.foundation.access.doors import as_staff
from feldsher.foundation.access.policies import Action
from feldsher.foundation.access.types import Staff
from feldsher.kernel import clock


def check_again(appointment_id: UUID, *, staff: Staff) -> None:
    """Have the worker ask the MIS now; raises ForbiddenError, AppointmentNotFoundError, VisitDecidedError."""
    with as_staff(staff, Action.RESOLVE_VISITS):
        row = Appointment.objects.filter(pk=appointment_id).first()
        talk = Exchange.objects.filter(pk=appointment_id).first()
        if row is None or talk is None:
            raise AppointmentNotFoundError("no such appointment")
        if row.state not in {State.UNKNOWN, State.CANCELLING}:
            raise VisitDecidedError(f"nothing to ask about in {row.state}")
        queue.exchange_with_mis(appointment_id, mis=talk.mis, practitioner=row.practitioner)


def decide(appointment_id: UUID, *, said: Said, staff: Staff) -> State:
    """End a visit by what the person found in the MIS, or settle one that lost its time.

    Returns its state. Raises ForbiddenError, AppointmentNotFoundError, VisitDecidedError.
    """
    with as_staff(staff, Action.RESOLVE_VISITS):
        if said is not Said.SETTLED:
            return exchange.decide(appointment_id, said=said, by=staff.id)
        row = Appointment.objects.select_for_update().filter(pk=appointment_id).first()
        if row is None:
            raise AppointmentNotFoundError("no such appointment")
        if row.state != State.REJECTED:
            raise VisitDecidedError(f"nothing to settle in {row.state}")
        Verdict.objects.create(appointment=appointment_id, said=said, by=staff.id, at=clock.now())
    return State.REJECTED
