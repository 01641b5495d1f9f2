"""Move a visit: its new time is taken in its chain while the old one stands, and only then the old ends."""

from contextlib import nullcontext
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
    AppointmentNotFoundError,
    BusyTryAgainError,
    HoldNotFoundError,
    NotMovableError,
    PatientBusyError,
    SlotNotOfferedError,
)
from feldsher.domain.scheduling.making_way import making_way
from feldsher.domain.scheduling.models import Appointment, Exchange
from feldsher.domain.scheduling.sealed import open_letter_to, open_wish, seal_letter_to, seal_wish
from feldsher.domain.scheduling.selectors.booking import NO_VISIT
from feldsher.domain.scheduling.selectors.own import changeable
from feldsher.domain.scheduling.selectors.visits import (
    card_of,
    hold_of,
    is_being_moved,
    is_off,
    key_of,
    require_secret,
)
from feldsher.domain.scheduling.selectors.waiting import DESK
from feldsher.domain.scheduling.services.confirming import BUSY_ELSEWHERE
from feldsher.domain.scheduling.services.holding import hold_time, release, release_by_staff
from feldsher.domain.scheduling.services.rows import hold_row, wait_for_locks_at_most
from feldsher.domain.scheduling.sql_calls import LOCK_TROUBLE
from feldsher.domain.scheduling.tokens import appointment_token, digest, read_slot_token
from feldsher.domain.scheduling.types import Answer, Confirmed, Hold, Idempotency, SlotKey, State
from feldsher.foundation.access.context import as_service
from feldsher.foundation.access.doors import as_staff, note_miss
from feldsher.foundation.access.journal import journal
from feldsher.foundation.access.matrix import Column
from feldsher.foundation.access.policies import Action
from feldsher.foundation.access.types import PhoneHolder, Staff
from feldsher.kernel import clock

_AGE = (
    "Этот врач принимает не\u00a0во\u00a0всяком возрасте, а\u00a0при переносе возраст не\u00a0спросить. "
    "Запишите пациента к\u00a0нему заново и\u00a0отмените прежнюю запись."
)


def move(
    appointment_id: UUID,
    *,
    token: str,
    slot: str,
    device: str,
    channel: str = "site",
    idempotency: Idempotency | None = None,
) -> Confirmed:
    """Begin to move a booked visit to the time of a slot token; the job books it there and frees the old.

    Until the MIS has booked the new time the old visit stands, and where it refuses the old one stays. The
    same call made again finds the first, with or without its key.
    Returns the new visit in the making (BOOKING) with its secret. Raises AppointmentNotFoundError without the
    right token, TooLateToChangeError past the cut-off, SlotNotOfferedError for a time of another branch or
    service, or of another doctor where the visit's own has not been called off, NotMovableError for a visit
    that is over, ended or being moved already, PatientBusyError for another visit of the patient at that
    time, BusyTryAgainError, and like `hold`.
    """
    require_secret(appointment_id, token=token, purpose="move_visit")
    _require_in_time(appointment_id)
    return _move(appointment_id, slot=slot, device=device, channel=channel, idempotency=idempotency)


def move_own(appointment_id: UUID, *, holder: PhoneHolder, slot: str) -> UUID:
    """Begin to move a visit of a patient behind a proved phone; returns the new one's id, raises like `move`.

    NotGrantedError where the patient has lent access to look only. The session stands for the device.
    """
    changeable(appointment_id, holder=holder, purpose="move_visit")
    _require_in_time(appointment_id)
    return _move(appointment_id, slot=slot, device=str(holder.session_id)).appointment_id


def move_by_staff(appointment_id: UUID, *, slot: str, staff: Staff) -> UUID:
    """Begin to move a visit for its patient, to another doctor of the branch too; returns the new one's id.

    The time is held as staff hold one: no stop, notice or quota of online booking binds. Raises
    ForbiddenError, AppointmentNotFoundError, SlotNotOfferedError for a time of another branch, service or
    place of the visit, and like `move`; AuditError.
    """
    with as_staff(staff, Action.BOOK_VISITS):
        row = Appointment.objects.filter(pk=appointment_id, patient__isnull=False).first()
        if row is None or row.patient is None:
            note_miss(staff, Action.BOOK_VISITS, appointment_id)
            raise AppointmentNotFoundError("no such visit", sentence=NO_VISIT)
        journal("appointment", Column.APPOINTMENTS, ids=[row.pk], patients=[row.patient], fields=("state",))
        to = read_slot_token(slot)
        key, is_movable = key_of(row), row.state == State.BOOKED and row.visit.lower > clock.now()
    under_way = _under_way(appointment_id, to=to)
    if under_way is not None:
        return under_way
    if not is_movable:
        raise NotMovableError("not a booked visit to come")
    is_such = (to.location_id, to.service_id) == (key.location_id, key.service_id)
    if (
        not is_such
        or to.is_remote != key.is_remote
        or (to.practitioner_id, to.start) == (key.practitioner_id, key.start)
    ):
        raise SlotNotOfferedError("a time of another branch or service, or the visit's own")
    if to.practitioner_id != key.practitioner_id and Answer.AGE in to.answers:
        raise NotMovableError("the other doctor has bounds of age", sentence=_AGE)
    held = hold_time(to, channel=DESK, by_staff=True, instead=making_way(appointment_id))
    try:
        _take(held, appointment_id, staff=staff)
    except PatientBusyError as error:
        raise PatientBusyError(error.detail, sentence=BUSY_ELSEWHERE) from error
    return held.id


def _move(
    appointment_id: UUID,
    *,
    slot: str,
    device: str,
    channel: str = "site",
    idempotency: Idempotency | None = None,
) -> Confirmed:
    to, card = read_slot_token(slot), card_of(appointment_id)
    under_way = _under_way(appointment_id, to=to)
    if under_way is not None:
        return Confirmed(under_way, token=appointment_token(under_way))
    if not card.can_cancel:
        raise NotMovableError("not a booked visit to come")
    doctor = to.practitioner_id if card.is_off else card.key.practitioner_id
    if to != replace(card.key, start=to.start, practitioner_id=doctor):
        raise SlotNotOfferedError("a time of another doctor, branch or service")
    held = hold_time(
        to,
        channel=channel,
        device=digest(device, purpose="device") if device else None,
        idempotency=idempotency,
        instead=making_way(appointment_id),
    )
    try:
        _take(held, appointment_id)
    except HoldNotFoundError:
        if _under_way(appointment_id, to=to) != held.id:
            raise  # else a twin of this call has taken the time that both of them hold
    return Confirmed(held.id, token=appointment_token(held.id))


def _take(held: Hold, appointment_id: UUID, *, staff: Staff | None = None) -> None:
    """Make the held time the visit's next version; a time that can't be is let go, in a commit of its own."""
    try:
        with as_staff(staff, Action.BOOK_VISITS) if staff else nullcontext():
            book_instead(held, appointment_id)
    except (NotMovableError, PatientBusyError):
        if staff:
            release_by_staff(held.id, staff=staff)
        else:
            release(held.id)
        raise
    except OperationalError as error:
        if isinstance(error.__cause__, LOCK_TROUBLE):
            raise BusyTryAgainError("a lock could not be had") from error
        raise


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
        others = others.exclude(state=State.HELD)  # a time that overlaps the old one is held in its chain
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
    earlier = Exchange.objects.get(pk=moves)
    wish = open_wish(bytes(earlier.wish), appointment=moves)
    letter_to = open_letter_to(bytes(earlier.letter_to), appointment=moves)
    Exchange.objects.create(
        appointment=row.id,
        mis=ids.mis,
        wall_start=wall.iso(),
        wish=seal_wish(wish, appointment=row.id),
        letter_to=seal_letter_to(letter_to, appointment=row.id),
        moves=moves,
    )
    queue.exchange_with_mis(row.id, mis=ids.mis, practitioner=row.practitioner)
