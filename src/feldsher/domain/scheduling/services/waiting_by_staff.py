"""The waiting list at the desk: a registrar adds who calls or a visit, takes a wish off, and answers.

Each act is in the journal with whom it was about. The order of locks is that of the patients' own acts.
"""

from uuid import UUID

from django.db import OperationalError

from feldsher.domain.patients.types import Purpose
from feldsher.domain.scheduling.errors import (
    AppointmentNotFoundError,
    BusyTryAgainError,
    ConsentRequiredError,
    OfferOverError,
    WishNotFoundError,
)
from feldsher.domain.scheduling.idempotency import earlier_outcome, keep_outcome
from feldsher.domain.scheduling.models import Appointment, WaitingOffer, Wish
from feldsher.domain.scheduling.selectors.booking import NO_VISIT
from feldsher.domain.scheduling.selectors.queue import NO_WISH
from feldsher.domain.scheduling.services.rows import wait_for_locks_at_most
from feldsher.domain.scheduling.services.waiting import put_on_list, take, visit_of_patient
from feldsher.domain.scheduling.services.wishing import checked, keep_wish
from feldsher.domain.scheduling.sql_calls import LOCK_TROUBLE
from feldsher.domain.scheduling.types import (
    Idempotency,
    OfferState,
    State,
    Window,
    WishInput,
    WishState,
    WithdrawReason,
)
from feldsher.domain.scheduling.waiting.settling import close, end
from feldsher.foundation.access.doors import as_staff, note_miss
from feldsher.foundation.access.journal import journal
from feldsher.foundation.access.matrix import Column
from feldsher.foundation.access.policies import Action
from feldsher.foundation.access.types import Staff
from feldsher.kernel import clock

_ACTION = Action.BOOK_VISITS
_TAKEN = "Предложенное время уже заняли для\u00a0этого пациента: ждём ответа клиники."
_OVER = "Это предложение больше не\u00a0действует. Обновите лист ожидания: там видно, что предложено сейчас."


def wish_by_staff(
    wanted: WishInput,
    *,
    consents: tuple[str, ...],
    staff: Staff,
    idempotency: Idempotency | None = None,
) -> UUID:
    """Put the phone of who calls on the waiting list; returns the wish's id.

    The consent is the one that was asked, as for a booking by phone. The same call made again answers the
    same. Raises ForbiddenError, ConsentRequiredError, and like `wish_for_time`; AuditError.
    """
    if Purpose.BOOKING.value not in consents:
        raise ConsentRequiredError("the person's consent was not asked")
    phone = checked(wanted)
    with as_staff(staff, _ACTION):
        earlier = earlier_outcome(idempotency)
        if earlier is not None and earlier.subject is not None:
            return earlier.subject
        wish = keep_wish(wanted, phone=phone)
        keep_outcome(idempotency, code="wish", subject=wish)
        journal("wish", Column.APPOINTMENTS, ids=[wish], fields=("added",))
        return wish


def wait_for_sooner_by_staff(appointment_id: UUID, *, staff: Staff, window: Window | None = None) -> UUID:
    """Put a visit on the waiting list for an earlier time, at its patient's wish; returns the wish's id.

    Any earlier time suits, else those of `window`, which may be said later: the place in the queue stays. No
    cut-off binds. Raises ForbiddenError, AppointmentNotFoundError, OfferOverError while an accepted time is
    being booked, and like `wait_for_sooner`; VaultError, AuditError.
    """
    with as_staff(staff, _ACTION):
        if not Appointment.objects.filter(pk=appointment_id, patient__isnull=False).exists():
            note_miss(staff, _ACTION, appointment_id)
            raise AppointmentNotFoundError("no such visit", sentence=NO_VISIT)
        wish = put_on_list(visit_of_patient(appointment_id), window, is_own=False)
        if wish.state == WishState.TAKING:
            raise OfferOverError("an accepted time is being booked", sentence=_TAKEN)
        _note(wish, "added")
        return wish.pk


def withdraw_wish_by_staff(wish_id: UUID, *, why: WithdrawReason, staff: Staff) -> None:
    """Take a wish of either kind off the list; a time that was offered passes on. Twice is fine.

    Raises ForbiddenError, WishNotFoundError, OfferOverError while an accepted time is being booked;
    AuditError.
    """
    with as_staff(staff, _ACTION):
        wish = _locked(wish_id, staff)
        if wish.state == WishState.TAKING:
            raise OfferOverError("an accepted time is being booked", sentence=_TAKEN)
        _note(wish, "withdrawn")
        if wish.state == WishState.WAITING:
            end(wish, reason=f"desk_{why}")


def decline_by_staff(wish_id: UUID, *, offer_id: UUID, staff: Staff) -> None:
    """Refuse an offered time in the person's name; it passes on, and the wish waits on.

    One that is over changes nothing. Raises ForbiddenError, WishNotFoundError, AuditError.
    """
    with as_staff(staff, _ACTION):
        wish = _locked(wish_id, staff)
        _note(wish, "declined")
        mine = WaitingOffer.objects.filter(pk=offer_id, wish=wish.pk, state=OfferState.OPEN).first()
        if mine is not None:
            close(mine, OfferState.DECLINED)


def accept_by_staff(wish_id: UUID, *, offer_id: UUID, staff: Staff) -> UUID:
    """Begin to move a visit to the time that was offered to it, in the patient's name; returns the new id.

    A wish without a visit is accepted by the form of its hold (`confirm_by_staff`). Raises ForbiddenError,
    WishNotFoundError for such a one too, OfferOverError, NotMovableError, PatientBusyError,
    BusyTryAgainError, AuditError.
    """
    try:
        with as_staff(staff, _ACTION):
            wait_for_locks_at_most()
            wish = Wish.objects.filter(pk=wish_id, chain__isnull=False).first()
            if wish is None or wish.chain is None:
                raise _missed(wish_id, staff)
            _note(wish, "accepted")
            booked = Appointment.objects.filter(chain=wish.chain, active=True, state=State.BOOKED).first()
            if booked is None:
                raise OfferOverError("no booked visit any more", sentence=_OVER)
            return take(booked.pk, offer_id, now=clock.now(), over=_OVER)
    except OperationalError as error:
        if isinstance(error.__cause__, LOCK_TROUBLE):
            raise BusyTryAgainError("a lock could not be had") from error
        raise


def _locked(wish_id: UUID, staff: Staff) -> Wish:
    wish = Wish.objects.select_for_update().filter(pk=wish_id).first()
    if wish is None:
        raise _missed(wish_id, staff)
    return wish


def _missed(wish_id: UUID, staff: Staff) -> WishNotFoundError:
    note_miss(staff, _ACTION, wish_id)
    return WishNotFoundError("no such wish", sentence=NO_WISH)


def _note(wish: Wish, said: str) -> None:
    whose = [wish.patient] if wish.patient is not None else []
    journal("wish", Column.APPOINTMENTS, ids=[wish.pk], patients=whose, fields=(said,))
