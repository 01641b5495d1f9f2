"""A hold by its id, an appointment by its secret, and how fresh each MIS is."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from feldsher.domain.directory import selectors as directory
from feldsher.domain.patients import selectors as patients
from feldsher.domain.scheduling import tokens
from feldsher.domain.scheduling.cutoff import with_cutoff
from feldsher.domain.scheduling.errors import AppointmentNotFoundError, HoldExpiredError, HoldNotFoundError
from feldsher.domain.scheduling.models import Appointment, Exchange, OtherTimes, Reminder, SyncStatus
from feldsher.domain.scheduling.types import (
    Answer,
    AppointmentCard,
    Hold,
    Reminded,
    ReminderState,
    SlotKey,
    State,
    SyncState,
)
from feldsher.foundation.access.context import as_holder, as_service
from feldsher.foundation.access.doors import note_stranger
from feldsher.foundation.access.journal import journal
from feldsher.foundation.access.matrix import Column
from feldsher.kernel import clock


def held(hold_id: UUID) -> Hold:
    """Return a live hold; HoldExpiredError when its time ran out, HoldNotFoundError for anything else."""
    with as_holder(hold_id, purpose="own_hold"):
        row = Appointment.objects.filter(pk=hold_id).first()
    if row is None:
        raise HoldNotFoundError("no such hold")
    return hold_of(row)


def require_held(row: Appointment) -> datetime:
    """Return until when the row is held; raises like `held`."""
    if row.state == State.EXPIRED or (row.state == State.HELD and _is_over(row)):
        raise HoldExpiredError("the hold ran out")
    if row.state != State.HELD or row.hold_until is None:
        raise HoldNotFoundError("not a hold any more")
    return row.hold_until


def hold_of(row: Appointment) -> Hold:
    """Return the row as a hold; raises like `held`."""
    expires_at = require_held(row)
    return Hold(
        id=row.id,
        key=key_of(row),
        end=row.visit.upper,
        zone=zone_of(row.location),
        price=row.price,
        expires_at=expires_at,
    )


def appointment(appointment_id: UUID, *, token: str) -> AppointmentCard:
    """Return an appointment to whoever has its secret; AppointmentNotFoundError for anybody else."""
    require_secret(appointment_id, token=token, purpose="own_visit")
    return card_of(appointment_id)


def is_disowned(appointment_id: UUID, *, token: str) -> bool:
    """Tell who has a visit's secret whether the number of its patient was said to be wrong.

    Raises AppointmentNotFoundError for anybody else.
    """
    require_secret(appointment_id, token=token, purpose="not_mine")
    with as_service("not_mine"):
        patient = Appointment.objects.values_list("patient", flat=True).filter(pk=appointment_id).first()
        return patient is not None and patients.is_wrong_number(patient)


def require_secret(appointment_id: UUID, *, token: str, purpose: str) -> None:
    """Raise AppointmentNotFoundError, and keep it in the journal, unless this is the visit's own secret."""
    if not tokens.opens(appointment_id, token=token):
        note_stranger("appointment", Column.APPOINTMENTS, record_id=appointment_id, purpose=purpose)
        raise AppointmentNotFoundError("no such appointment, or not theirs")


def card_of(appointment_id: UUID) -> AppointmentCard:
    """Return an appointment to a caller who has proved that it is theirs; AppointmentNotFoundError."""
    with as_holder(appointment_id, purpose="own_visit"):
        row = Appointment.objects.filter(pk=appointment_id).first()
        if row is not None and row.patient is not None:
            journal("appointment", Column.APPOINTMENTS, ids=[row.id], patients=[row.patient])
        is_with_a_person = (
            row is not None
            and row.answer_by is not None
            and Exchange.objects.filter(pk=row.id).exclude(needs_person_at=None).exists()
        )
        called_off = row is not None and is_off(row)
        reminded = _reminded(row) if row is not None else None
    if row is None:
        raise AppointmentNotFoundError("no such appointment")
    card = as_card(row, zone=zone_of(row.location), has_call=is_with_a_person)
    return with_cutoff([replace(card, is_off=called_off, reminded=reminded)])[0]


def _reminded(row: Appointment) -> Reminded | None:
    """Return how the patient of a booked visit to come took its reminder; None for one without."""
    if row.state != State.BOOKED or row.starts_at <= clock.now():
        return None
    sent = Reminder.objects.filter(appointment=row.id, state=ReminderState.SENT)
    answers = list(sent.values_list("answered_at", flat=True))
    return Reminded(is_coming=any(answers)) if answers else None


def is_off(row: Appointment) -> bool:
    """Whether a visit can't take place and its patient was asked to choose anew."""
    is_booked = row.state == State.BOOKED
    return is_booked and OtherTimes.objects.filter(appointment=row.id, settled_at=None).exists()


def as_card(row: Appointment, *, zone: str, has_call: bool = False) -> AppointmentCard:
    """Return the row as its patient may see it; `has_call` where a registrar was asked to call."""
    state = State(row.state)
    if state is State.HELD and _is_over(row):
        state = State.EXPIRED
    return AppointmentCard(
        id=row.id,
        chain=row.chain,
        state=state,
        key=key_of(row),
        end=row.visit.upper,
        zone=zone,
        price=row.price,
        reason=row.reason,
        expires_at=row.hold_until if state is State.HELD else None,
        answer_by=row.answer_by,
        can_cancel=state is State.BOOKED and row.visit.lower > clock.now(),
        created_at=row.created_at,
        version=row.version,
        has_call=has_call,
    )


def state_of(appointment_id: UUID) -> State:
    """Return how far a visit is, for who waits for its outcome: nothing of it is shown."""
    with as_holder(appointment_id, purpose="own_visit"):
        state = Appointment.objects.filter(pk=appointment_id).values_list("state", flat=True).first()
    if state is None:
        raise AppointmentNotFoundError("no such appointment")
    return State(state)


def sync_states() -> tuple[SyncState, ...]:
    """Return how fresh each MIS's schedule is here, for staff."""
    return tuple(
        SyncState(row.mis, row.as_of, row.finished_at, row.failures, row.last_error)
        for row in SyncStatus.objects.order_by("mis")
    )


def is_being_moved(visit: UUID) -> bool:
    """Whether another visit is about to replace this one, in the caller's context and under its lock."""
    replacing = Exchange.objects.filter(moves=visit).values("appointment")
    return Appointment.objects.filter(pk__in=replacing, state__in=[State.BOOKING, State.UNKNOWN]).exists()


def key_of(row: Appointment) -> SlotKey:
    return SlotKey(row.practitioner, row.location, row.service, row.visit.lower, Answer(row.answers))


def zone_of(location: UUID) -> str:
    return directory.zones().get(location, "UTC")


def _is_over(row: Appointment) -> bool:
    return row.hold_until is not None and row.hold_until <= clock.now()
