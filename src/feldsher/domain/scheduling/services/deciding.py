"""What a person does about a visit that the MIS left open: look again, say what stands there, settle it.

Each act stands in the journal with the patient whose visit it is, and a guess at a visit as a refusal.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from django.db.models import Q

from feldsher.domain.scheduling import exchange, queue
from feldsher.domain.scheduling.errors import AppointmentNotFoundError, VisitDecidedError
from feldsher.domain.scheduling.models import Appointment, Exchange, Verdict
from feldsher.domain.scheduling.selectors.unheard import unheard
from feldsher.domain.scheduling.types import Said, State
from feldsher.foundation.access.doors import as_staff, note_miss
from feldsher.foundation.access.journal import journal
from feldsher.foundation.access.matrix import Column
from feldsher.foundation.access.policies import Action
from feldsher.foundation.access.types import Staff
from feldsher.kernel import clock

_NO_VISIT = "Такой записи нет. Вернитесь к\u00a0очереди и\u00a0откройте её оттуда."


def check_again(appointment_id: UUID, *, staff: Staff) -> None:
    """Have the worker ask the MIS now.

    Raises ForbiddenError, AppointmentNotFoundError, VisitDecidedError, AuditError.
    """
    with _resolving(appointment_id, staff) as row:
        talk = Exchange.objects.filter(pk=appointment_id).first()
        if talk is None:
            raise AppointmentNotFoundError("no such appointment")
        if row.state not in {State.UNKNOWN, State.CANCELLING}:
            raise VisitDecidedError(f"nothing to ask about in {row.state}")
        journal("appointment", Column.APPOINTMENTS, ids=[row.pk], patients=_whose(row))
        queue.exchange_with_mis(appointment_id, mis=talk.mis, practitioner=row.practitioner)


def decide(appointment_id: UUID, *, said: Said, staff: Staff) -> State:
    """End a visit by what the person found in the MIS, settle one that lost its time, or one that was told.

    Returns its state. Raises ForbiddenError, AppointmentNotFoundError, VisitDecidedError,
    VisitUnsettledError, AuditError.
    """
    with _resolving(appointment_id, staff) as row:
        if said is Said.SETTLED:
            state = _settle(row, by=staff.id)
        elif said is Said.TOLD:
            state = _told(row, by=staff.id)
        else:
            state = exchange.decide(appointment_id, said=said, by=staff.id)
        journal("verdict", Column.APPOINTMENTS, ids=[row.pk], patients=_whose(row))
    return state


@contextmanager
def _resolving(appointment_id: UUID, staff: Staff) -> Iterator[Appointment]:
    """Do the block about a visit as who resolves it; what is not there, or waits for nobody, is a miss."""
    with as_staff(staff, Action.RESOLVE_VISITS):
        try:
            yield _visit(appointment_id)
        except AppointmentNotFoundError as error:
            note_miss(staff, Action.RESOLVE_VISITS, appointment_id)
            raise AppointmentNotFoundError(error.detail, sentence=_NO_VISIT) from error
        except VisitDecidedError:
            note_miss(staff, Action.RESOLVE_VISITS, appointment_id)
            raise


def _visit(appointment_id: UUID) -> Appointment:
    row = Appointment.objects.filter(pk=appointment_id).first()
    if row is None:
        raise AppointmentNotFoundError("no such appointment")
    return row


def _settle(visit: Appointment, *, by: UUID) -> State:
    row = Appointment.objects.select_for_update().get(pk=visit.pk)
    if row.state != State.REJECTED:
        raise VisitDecidedError(f"nothing to settle in {row.state}")
    Verdict.objects.create(appointment=row.pk, said=Said.SETTLED, by=by, at=clock.now())
    return State.REJECTED


def _told(visit: Appointment, *, by: UUID) -> State:
    row = Appointment.objects.select_for_update().get(pk=visit.pk)
    if not unheard(Q(pk=row.pk)):
        raise VisitDecidedError(f"nobody waits to be told of it in {row.state}")
    Verdict.objects.create(appointment=row.pk, said=Said.TOLD, by=by, at=clock.now())
    return State(row.state)


def _whose(row: Appointment) -> list[UUID]:
    return [row.patient] if row.patient is not None else []
