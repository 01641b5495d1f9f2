"""Move a visit: its new time is taken in its chain while the old one stands, and only then the old ends."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import IntegrityError, OperationalError, transaction
from psycopg import errors as database

from feldsher.domain.directory import selectors as directory
from feldsher.domain.patients import services as patient_services
from feldsher.domain.scheduling import queue
from feldsher.domain.scheduling.cutoff import require_in_time
from feldsher.domain.scheduling.errors import (
    BusyTryAgainError,
    NotMovableError,
    PatientBusyError,
    SlotNotOfferedError,
)
from feldsher.domain.scheduling.models import Appointment, Exchange
from feldsher.domain.scheduling.sealed import open_wish, seal_wish
from feldsher.domain.scheduling.selectors.own import changeable
from feldsher.domain.scheduling.selectors.visits import (
    card_of,
    hold_of,
    is_being_moved,
    is_off,
    require_secret,
)
from feldsher.domain.scheduling.services.holding import hold, release
from feldsher.domain.scheduling.services.rows import hold_row, wait_for_locks_at_most
from feldsher.domain.scheduling.sql_calls import LOCK_TROUBLE
from feldsher.domain.scheduling.tokens import appointment_token, read_slot_token
from feldsher.domain.scheduling.types import Confirmed, Hold, SlotKey, State
from feldsher.foundation.access.context import as_service
from feldsher.foundation.access.types import PhoneHolder
from feldsher.kernel import clock


def move(appointment_id: UUID, *, token: str, slot: str, device: str) -> Confirmed:
    """Begin to move a booked visit to the time of a slot token; the job books it there and frees the old.

    Until the MIS has booked the new time the old visit stands, and where it refuses the old one stays.
    Returns the new visit in the making (BOOKING) with its secret. Raises AppointmentNotFoundError without the
    right token, TooLateToChangeError past the cut-off, SlotNotOfferedError for a time of another branch or
    service, or of another doctor where the visit's own has not been called off, NotMovableError for a visit
    that is over, ended or being moved already, PatientBusyError for another visit of the patient at that
    time, BusyTryAgainError, and like `hold`.
    """
    require_secret(appointment_id, token=token, purpose="move_visit")
    _require_in_time(appointment_id)
    return _move(appointment_id, slot=slot, device=device)


def move_own(appointment_id: UUID, *, holder: PhoneHolder, slot: str) -> UUID:
    """Begin to move a visit of a patient behind a proved phone; returns the new one's id, raises like `move`.

    NotGrantedError where the patient has lent access to look only. The session stands for the device.
    """
    changeable(appointment_id, holder=holder, purpose="move_visit")
    _require_in_time(appointment_id)
    return _move(appointment_id, slot=slot, device=str(holder.session_id)).appointment.id


def _move(appointment_id: UUID, *, slot: str, device: str) -> Confirmed:
    to, card = read_slot_token(slot), card_of(appointment_id)
    under_way = _under_way(appointment_id, to=to)
    if under_way is not None:
        return Confirmed(appointment=card_of(under_way), token=appointment_token(under_way))
    if not card.can_cancel:
        raise NotMovableError("not a booked visit to come")
    doctor = to.practitioner_id if card.is_off else card.key.practitioner_id
    if to != replace(card.key, start=to.start, practitioner_id=doctor):
        raise SlotNotOfferedError("a time of another doctor, branch or service")
    held = hold(slot, channel="site", device=device)
    try:
        book_instead(held, appointment_id)
    except (NotMovableError, PatientBusyError):
        release(held.id)
        raise
    except OperationalError as error:
        if isinstance(error.__cause__, LOCK_TROUBLE):
            raise BusyTryAgainError("a lock could not be had") from error
        raise
    return Confirmed(appointment=card_of(held.id), token=appointment_token(held.id))


def _require_in_time(appointment_id: UUID) -> None:
    """Raise TooLateToChangeError past the cut-off; a move that is under way was in time."""
    with as_service("booking"):
        row = Appointment.objects.filter(pk=appointment_id).first()
        if row is not None and not is_being_moved(appointment_id):
            require_in_time(row, is_off=is_off(row))


def _under_way(appointment_id: UUID, *, to: SlotKey) -> UUID | None:
    """Return the visit that this very move has made already, if it stands: a second tap finds the first."""
    with as_service("booking"):
        moved = Exchange.objects.filter(moves=appointment_id).values("appointment")
        rows = Appointment.objects.filter(
            pk__in=moved, active=True, practitioner=to.practitioner_id, starts_at=to.start
        )
        return rows.values_list("pk", flat=True).first()


def book_instead(held: Hold, appointment_id: UUID) -> None:
    """Give the held time to the visit's patient, in its chain; one other version at a time.

    Raises HoldNotFoundError, HoldExpiredError, NotMovableError, PatientBusyError.
    """
    with as_service("booking"):
        wait_for_locks_at_most()
        patient = Appointment.objects.get(pk=appointment_id).patient
        if patient is None:
            raise NotMovableError("a visit of nobody")
        patient_services.lock_patient(patient)
        old = Appointment.objects.select_for_update().get(pk=appointment_id)
        row = hold_row(held.id, lock=True)
        hold_of(row)
        others = Appointment.objects.filter(chain=old.chain, active=True).exclude(pk=old.pk)
        if old.state != State.BOOKED or old.visit.lower <= clock.now() or others.exists():
            raise NotMovableError(f"a visit in {old.state}")
        row.chain, row.version, row.patient = old.chain, old.version + 1, old.patient
        row.state, row.reason, row.hold_until = State.BOOKING, "", None
        row.answer_by = clock.now() + timedelta(seconds=settings.FELDSHER_BOOKING.answer_within_seconds)
        try:
            with transaction.atomic():
                Appointment.objects.filter(pk=row.pk).update(chain=row.chain, version=row.version)
                row.save(update_fields=["patient", "state", "reason", "hold_until", "answer_by"])
        except IntegrityError as error:
            if isinstance(error.__cause__, database.ExclusionViolation):
                raise PatientBusyError("the patient has an overlapping visit") from error
            raise
        _enqueue(row, held, moves=old.pk)


def _enqueue(row: Appointment, held: Hold, *, moves: UUID) -> None:
    ids = directory.remote_ids(row.practitioner, location=row.location, service=row.service)
    wall = clock.wall(held.key.start, ZoneInfo(held.zone))
    wish = open_wish(bytes(Exchange.objects.get(pk=moves).wish), appointment=moves)
    Exchange.objects.create(
        appointment=row.id,
        mis=ids.mis,
        wall_start=wall.iso(),
        wish=seal_wish(wish, appointment=row.id),
        moves=moves,
    )
    queue.exchange_with_mis(row.id, mis=ids.mis, practitioner=row.practitioner)
