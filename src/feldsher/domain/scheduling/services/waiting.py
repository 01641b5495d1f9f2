"""«Хочу раньше»: wait for an earlier time of one's visit, and answer when one is offered.

The order of locks is that of a confirmation: the patient, then the wish, then what is held.
"""

from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import OperationalError

from feldsher.domain.patients import selectors as patients
from feldsher.domain.patients import services as patient_services
from feldsher.domain.scheduling.cutoff import require_in_time
from feldsher.domain.scheduling.errors import BusyTryAgainError, NotWaitableError, OfferOverError
from feldsher.domain.scheduling.idempotency import earlier_outcome, keep_outcome
from feldsher.domain.scheduling.models import Appointment, WaitingOffer, Wish
from feldsher.domain.scheduling.selectors.own import changeable
from feldsher.domain.scheduling.selectors.visits import hold_of, require_secret, zone_of
from feldsher.domain.scheduling.selectors.waiting import can_wait
from feldsher.domain.scheduling.services.moving import book_instead
from feldsher.domain.scheduling.services.rows import hold_row, wait_for_locks_at_most
from feldsher.domain.scheduling.services.wishing import key_of_phone, window_faults
from feldsher.domain.scheduling.sql_calls import LOCK_TROUBLE
from feldsher.domain.scheduling.tokens import appointment_token
from feldsher.domain.scheduling.types import Confirmed, Idempotency, OfferState, Window, WishState
from feldsher.domain.scheduling.waiting.settling import close, end
from feldsher.foundation.access.context import as_service
from feldsher.foundation.access.types import PhoneHolder
from feldsher.kernel import clock
from feldsher.kernel.errors import InvalidInputError

_PURPOSE = "move_visit"


def wait_for_sooner(
    appointment_id: UUID, *, token: str, window: Window | None = None, idempotency: Idempotency | None = None
) -> None:
    """Put a booked visit to come on the waiting list of its doctor, branch and service; twice is fine.

    Any earlier time suits, else those of `window`: of a visit that waits already it narrows or widens what
    suits, and the place in the queue stays. Raises AppointmentNotFoundError without the right token,
    TooLateToChangeError past the cut-off, NotWaitableError for a visit that begins soon, ended, was called
    off, or where nobody could be told of a time; InvalidInputError (`last_day`, `hours`) for a window in
    which nothing earlier lies; InProgressError, KeyReusedError.
    """
    require_secret(appointment_id, token=token, purpose=_PURPOSE)
    _wait(appointment_id, window, idempotency)


def wait_for_sooner_own(appointment_id: UUID, *, holder: PhoneHolder, window: Window | None = None) -> None:
    """Do the same for a visit of a patient behind a proved phone.

    Raises like `wait_for_sooner`, and NotGrantedError, as the others do, where access is lent to look only.
    """
    changeable(appointment_id, holder=holder, purpose=_PURPOSE)
    _wait(appointment_id, window)


def stop_waiting(appointment_id: UUID, *, token: str) -> None:
    """Take a visit off the waiting list; a time that was offered passes on. Twice is fine.

    Raises AppointmentNotFoundError without the right token.
    """
    require_secret(appointment_id, token=token, purpose=_PURPOSE)
    _stop(appointment_id)


def stop_waiting_own(appointment_id: UUID, *, holder: PhoneHolder) -> None:
    """Do the same for a visit of a patient behind a proved phone."""
    changeable(appointment_id, holder=holder, purpose=_PURPOSE)
    _stop(appointment_id)


def accept_time(
    appointment_id: UUID, *, offer_id: UUID, token: str, idempotency: Idempotency | None = None
) -> Confirmed:
    """Begin to move a visit to the time that was offered to it; a second tap finds the first.

    As by `move`, the old visit stands until the MIS has booked the new one; where it refuses, the wish keeps
    its place in the queue. Raises AppointmentNotFoundError without the right token, OfferOverError for an
    offer that is not open any more, NotMovableError, PatientBusyError, BusyTryAgainError, InProgressError,
    KeyReusedError.
    """
    require_secret(appointment_id, token=token, purpose=_PURPOSE)
    return _accept(appointment_id, offer_id, idempotency)


def accept_time_own(appointment_id: UUID, *, offer_id: UUID, holder: PhoneHolder) -> UUID:
    """Do the same for a visit of a patient behind a proved phone; returns the new visit's id."""
    changeable(appointment_id, holder=holder, purpose=_PURPOSE)
    return _accept(appointment_id, offer_id).appointment_id


def decline_time(
    appointment_id: UUID, *, offer_id: UUID, token: str, idempotency: Idempotency | None = None
) -> None:
    """Refuse an offered time, which passes on at once; the wish waits on. One that is over changes nothing.

    Raises AppointmentNotFoundError without the right token, InProgressError, KeyReusedError.
    """
    require_secret(appointment_id, token=token, purpose=_PURPOSE)
    _decline(appointment_id, offer_id, idempotency)


def decline_time_own(appointment_id: UUID, *, offer_id: UUID, holder: PhoneHolder) -> None:
    """Do the same for a visit of a patient behind a proved phone."""
    changeable(appointment_id, holder=holder, purpose=_PURPOSE)
    _decline(appointment_id, offer_id)


def _wait(appointment_id: UUID, window: Window | None, idempotency: Idempotency | None = None) -> None:
    with as_service("booking"):
        if earlier_outcome(idempotency) is not None:
            return
        put_on_list(visit_of_patient(appointment_id), window, is_own=True)
        keep_outcome(idempotency, code="sooner", subject=appointment_id)


def visit_of_patient(appointment_id: UUID) -> Appointment:
    """Return a visit, locked after its patient as by whoever accepts, in the caller's context.

    Locked first it would wait for its wish while who accepts, with that wish, waits for the visit.
    """
    patient = Appointment.objects.values_list("patient", flat=True).get(pk=appointment_id)
    if patient is not None:
        patient_services.lock_patient(patient)
    return Appointment.objects.select_for_update().get(pk=appointment_id)


def put_on_list(visit: Appointment, window: Window | None, *, is_own: bool) -> Wish:
    """Return the wish of a visit that is locked, new or narrowed to a window, in the caller's context.

    `is_own`: its patient does it, whom the cut-off binds. A wish whose accepted time is being booked is
    returned as it is. Raises like `wait_for_sooner`.
    """
    wish = _wish_of(visit)
    if wish is not None and (window is None or wish.state != WishState.WAITING):
        return wish
    if visit.patient is None or not can_wait(visit):
        raise NotWaitableError(f"a visit in {visit.state}")
    if is_own:
        require_in_time(visit, is_off=False)
    if window is not None:
        _require_earlier(window, visit)
    if wish is None:
        phone = patients.person(visit.patient, fields=("phone",)).phone
        wish = Wish(
            patient=visit.patient,
            chain=visit.chain,
            phone_key=key_of_phone(phone) if phone else b"",
            practitioner=visit.practitioner,
            locations=[visit.location],
            service=visit.service,
            answers=visit.answers,
            state=WishState.WAITING,
            created_at=clock.now(),
        )
    if window is not None:
        wish.first_day, wish.last_day = window.first_day, window.last_day
        wish.opens, wish.closes = window.opens, window.closes
    wish.save()
    return wish


def _require_earlier(window: Window, visit: Appointment) -> None:
    """Refuse a window in which no time before the visit lies."""
    zone = zone_of(visit.location)
    faults = window_faults(window, zone=zone)
    if window.first_day > visit.starts_at.astimezone(ZoneInfo(zone)).date():
        faults.setdefault("first_day", "Выберите день до\u00a0этой записи")
    if faults:
        raise InvalidInputError(f"fields to correct: {', '.join(sorted(faults))}", fields=faults)


def _stop(appointment_id: UUID) -> None:
    with as_service("booking"):
        wish = _wish_of(Appointment.objects.get(pk=appointment_id))
        if wish is not None and wish.state == WishState.WAITING:
            end(wish, reason="withdrawn")


def _accept(appointment_id: UUID, offer_id: UUID, idempotency: Idempotency | None = None) -> Confirmed:
    try:
        with as_service("booking"):
            wait_for_locks_at_most()
            earlier = earlier_outcome(idempotency)
            if earlier is not None and earlier.subject is not None:
                return Confirmed(earlier.subject, token=appointment_token(earlier.subject))
            taken = take(appointment_id, offer_id, now=clock.now())
            keep_outcome(idempotency, code="accepted", subject=taken)
    except OperationalError as error:
        if isinstance(error.__cause__, LOCK_TROUBLE):
            raise BusyTryAgainError("a lock could not be had") from error
        raise
    return Confirmed(taken, token=appointment_token(taken))


def take(appointment_id: UUID, offer_id: UUID, *, now: datetime, over: str | None = None) -> UUID:
    """Give the offered time to the visit's patient, in the caller's context; returns the new visit's id.

    Raises OfferOverError, with `over` as its sentence, and what `book_instead` raises.
    """
    visit = Appointment.objects.get(pk=appointment_id)
    if visit.patient is None:
        raise OfferOverError("a visit of nobody", sentence=over)
    patient_services.lock_patient(visit.patient)
    wish = _wish_of(visit)
    mine = WaitingOffer.objects.filter(pk=offer_id, wish=wish.pk).first() if wish else None
    if mine is None or wish is None:
        raise OfferOverError("no such offer to this visit", sentence=over)
    if mine.state == OfferState.ACCEPTED and wish.state == WishState.TAKING:
        return mine.hold
    if mine.state != OfferState.OPEN or mine.until <= now:
        raise OfferOverError(f"an offer that is {mine.state}", sentence=over)
    book_instead(hold_of(hold_row(mine.hold)), appointment_id)
    mine.state, mine.settled_at = OfferState.ACCEPTED, now
    mine.save(update_fields=["state", "settled_at"])
    wish.state = WishState.TAKING
    wish.save(update_fields=["state"])
    return mine.hold


def _decline(appointment_id: UUID, offer_id: UUID, idempotency: Idempotency | None = None) -> None:
    with as_service("booking"):
        if earlier_outcome(idempotency) is not None:
            return
        keep_outcome(idempotency, code="declined", subject=appointment_id)
        wish = _wish_of(Appointment.objects.get(pk=appointment_id))
        if wish is None:
            return
        mine = WaitingOffer.objects.filter(pk=offer_id, wish=wish.pk, state=OfferState.OPEN).first()
        if mine is not None:
            close(mine, OfferState.DECLINED)


def _wish_of(visit: Appointment) -> Wish | None:
    """Return the visit's wish that has not ended, under its lock."""
    rows = Wish.objects.select_for_update().filter(chain=visit.chain)
    return rows.exclude(state=WishState.ENDED).first()
