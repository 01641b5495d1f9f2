"""Cancel a visit: the time is free again once the MIS has let it go, and cancelling twice is fine."""

from datetime import timedelta
from uuid import UUID

from django.conf import settings

from feldsher.domain.scheduling import notices, queue
from feldsher.domain.scheduling.calling import withdraw_calls
from feldsher.domain.scheduling.cutoff import require_in_time
from feldsher.domain.scheduling.errors import AppointmentNotFoundError, NotCancellableError
from feldsher.domain.scheduling.models import Appointment, Exchange, Verdict
from feldsher.domain.scheduling.selectors.booking import NO_VISIT
from feldsher.domain.scheduling.selectors.own import changeable
from feldsher.domain.scheduling.selectors.visits import (
    as_card,
    card_of,
    is_being_moved,
    is_off,
    require_secret,
    zone_of,
)
from feldsher.domain.scheduling.types import AppointmentCard, CancelReason, State
from feldsher.foundation.access.context import as_service
from feldsher.foundation.access.doors import as_staff, note_miss
from feldsher.foundation.access.journal import journal
from feldsher.foundation.access.matrix import Column
from feldsher.foundation.access.policies import Action
from feldsher.foundation.access.types import PhoneHolder, Staff
from feldsher.kernel import clock

_NOT_CANCELLABLE = (
    "Эту запись уже не\u00a0отменить: приём начался или запись не\u00a0подтверждена. "
    "Посмотрите записи на\u00a0день."
)
_MOVING = (
    "Эту запись сейчас переносят. Дождитесь ответа клиники: тогда отменить можно будет ту, что\u00a0осталась."
)
_BY_PATIENT = "cancelled_by_patient"
_DONE = (State.CANCELLING, State.CANCELLED)


def cancel(appointment_id: UUID, *, token: str) -> AppointmentCard:
    """Start to cancel a booked visit that is still to come; the job tells the MIS.

    Returns the card as it is now: CANCELLING, or CANCELLED when it already was. Raises
    AppointmentNotFoundError without the right token, TooLateToChangeError past the cut-off,
    NotCancellableError for any other state.
    """
    require_secret(appointment_id, token=token, purpose="cancel_visit")
    _cancel(appointment_id)
    return card_of(appointment_id)


def cancel_own(appointment_id: UUID, *, holder: PhoneHolder) -> None:
    """Start to cancel a visit of a patient behind a proved phone.

    Raises like `cancel`, and NotGrantedError where the patient has lent access to look only.
    """
    changeable(appointment_id, holder=holder, purpose="cancel_visit")
    _cancel(appointment_id)


def cancel_by_staff(appointment_id: UUID, *, why: CancelReason, staff: Staff) -> AppointmentCard:
    """Start to cancel a booked visit to come; twice is fine. Why, and who did it, stays as a Verdict.

    Returns the card as it is now: CANCELLING, or CANCELLED when it already was. Raises ForbiddenError,
    AppointmentNotFoundError, NotCancellableError, AuditError.
    """
    with as_staff(staff, Action.BOOK_VISITS):
        try:
            row = _cancel(appointment_id, reason="cancelled_by_staff", verdict=(f"cancel_{why}", staff.id))
        except AppointmentNotFoundError as error:
            note_miss(staff, Action.BOOK_VISITS, appointment_id)
            raise AppointmentNotFoundError(error.detail, sentence=NO_VISIT) from error
        except NotCancellableError as error:
            raise NotCancellableError(error.detail, sentence=_NOT_CANCELLABLE) from error
        whose = [row.patient] if row.patient is not None else []
        journal("appointment", Column.APPOINTMENTS, ids=[row.id], patients=whose, fields=("state",))
        return as_card(row, zone=zone_of(row.location))


def _cancel(
    appointment_id: UUID, *, reason: str = _BY_PATIENT, verdict: tuple[str, UUID] | None = None
) -> Appointment:
    with as_service("booking"):
        row = Appointment.objects.select_for_update().filter(pk=appointment_id).first()
        if row is None:
            raise AppointmentNotFoundError("no such appointment")
        if row.state == State.BOOKED and is_being_moved(row.pk):
            raise NotCancellableError("the visit is being moved", sentence=_MOVING)
        if reason == _BY_PATIENT:
            require_in_time(row, is_off=is_off(row))
        if row.state == State.BOOKED and row.visit.lower > clock.now():
            _begin(row, reason=reason)
            if verdict is not None:
                said, by = verdict
                Verdict.objects.create(appointment=row.pk, said=said, by=by, at=clock.now())
        elif row.state not in _DONE:
            raise NotCancellableError(f"not cancellable from {row.state}")
        return row


def _begin(row: Appointment, *, reason: str) -> None:
    exchange = Exchange.objects.select_for_update().get(pk=row.id)
    exchange.stage, exchange.attempts, exchange.needs_person_at = "cancel", 0, None
    exchange.save(update_fields=["stage", "attempts", "needs_person_at"])
    row.state, row.reason = State.CANCELLING, reason
    row.answer_by = clock.now() + timedelta(seconds=settings.FELDSHER_BOOKING.answer_within_seconds)
    row.save(update_fields=["state", "reason", "answer_by"])
    withdraw_calls(row.id)
    notices.withdraw(row)
    queue.exchange_with_mis(row.id, mis=exchange.mis, practitioner=row.practitioner)
