"""Hold a time and let it go: the services that need no patient."""

from typing import NoReturn
from uuid import UUID

from django.db import OperationalError

from feldsher.domain.directory import selectors as directory
from feldsher.domain.scheduling import selectors, sql_calls
from feldsher.domain.scheduling.errors import (
    AnswersRequiredError,
    BookingStoppedError,
    BusyTryAgainError,
    HoldNotFoundError,
    InProgressError,
    KeyReusedError,
    MoreTakenError,
    NotOverbookableError,
    OverbookFullError,
    QuotaFullError,
    ScheduleStaleError,
    SlotInPastError,
    SlotNotOfferedError,
    SlotTakenError,
    TooManyHoldsError,
)
from feldsher.domain.scheduling.models import Appointment
from feldsher.domain.scheduling.selectors.waiting import DESK, is_of_desk
from feldsher.domain.scheduling.sql_calls import LOCK_TROUBLE
from feldsher.domain.scheduling.tokens import digest, read_slot_token
from feldsher.domain.scheduling.types import Hold, Idempotency, Over, SlotKey, State
from feldsher.domain.scheduling.waiting.offering import CHANNEL, pass_on
from feldsher.foundation.access.context import as_service
from feldsher.foundation.access.policies import Action, require
from feldsher.foundation.access.types import Staff
from feldsher.kernel.errors import DomainError

_REFUSALS: dict[str, type[DomainError]] = {
    "answers": AnswersRequiredError,
    "stopped": BookingStoppedError,
    "in_past": SlotInPastError,
    "stale": ScheduleStaleError,
    "too_many_holds": TooManyHoldsError,
    "in_progress": InProgressError,
    "key_reused": KeyReusedError,
    "not_overbookable": NotOverbookableError,
    "more_taken": MoreTakenError,
    "overbook_full": OverbookFullError,
}


def hold(slot: str, *, channel: str, device: str, idempotency: Idempotency | None = None) -> Hold:
    """Keep the time that a slot token names for the minutes of the settings (`hold_minutes`).

    One round trip: `hold_slot` checks, locks and inserts. `device` is an opaque name of the caller's device,
    empty for none. Raises SlotTokenError, SlotTakenError, SlotNotOfferedError, SlotInPastError,
    ScheduleStaleError, TooManyHoldsError, BusyTryAgainError, InProgressError, KeyReusedError, QuotaFullError,
    BookingStoppedError, AnswersRequiredError.
    """
    return hold_time(
        read_slot_token(slot),
        channel=channel,
        device=digest(device, purpose="device") if device else None,
        idempotency=idempotency,
    )


def hold_by_staff(slot: str, *, staff: Staff, idempotency: Idempotency | None = None) -> Hold:
    """Keep a time for the person whom a registrar has on the line, or before them, as long as `hold`.

    No stop, notice or quota of online booking binds staff. Raises ForbiddenError, and like `hold`.
    """
    require(staff, Action.BOOK_VISITS)
    return hold_time(read_slot_token(slot), channel=DESK, idempotency=idempotency, by_staff=True)


def hold_time(
    key: SlotKey,
    *,
    channel: str,
    device: bytes | None = None,
    idempotency: Idempotency | None = None,
    by_staff: bool = False,
    over: Over | None = None,
    instead: UUID | None = None,
) -> Hold:
    """Call `hold_slot` and say what it said; raises like `hold`, and what refuses to book over a visit.

    `instead` is a visit that makes way (`making_way`), said by who has shown the right to move it.
    """
    try:
        answer = sql_calls.hold_slot(
            key,
            channel=channel,
            device=device,
            idempotency=idempotency,
            by_staff=by_staff,
            over=over,
            instead=instead,
        )
    except OperationalError as error:
        if isinstance(error.__cause__, LOCK_TROUBLE):
            raise BusyTryAgainError("the lock of that day could not be had") from error
        raise
    if answer.code != "held" or answer.appointment is None or answer.end is None or answer.until is None:
        _refuse(answer.code, key)
    return Hold(
        id=answer.appointment,
        key=key,
        end=answer.end,
        zone=answer.zone or directory.location(key.location_id).zone,
        price=answer.price,
        expires_at=answer.until,
    )


def _refuse(code: str, key: SlotKey) -> NoReturn:
    if code in {"taken", "held"}:
        # Held by this very call, and a visit by now: nobody can hold it any more.
        raise SlotTakenError(alternatives=selectors.alternatives(key))
    if code == "not_offered":
        raise SlotNotOfferedError(alternatives=selectors.alternatives(key))
    if code == "quota":
        raise QuotaFullError(alternatives=selectors.alternatives(key))
    raise _REFUSALS[code]


def release(hold_id: UUID) -> None:
    """Let a held time go; twice is fine. HoldNotFoundError for what was never held or is booked by now."""
    _release(hold_id, reason="released_by_patient")


def release_by_staff(hold_id: UUID, *, staff: Staff) -> None:
    """Let a time go that staff hold, or that was offered to a wish of a phone; like `release`.

    ForbiddenError too.
    """
    require(staff, Action.BOOK_VISITS)
    _release(hold_id, reason="released_by_staff", by_staff=True)


def _release(hold_id: UUID, *, reason: str, by_staff: bool = False) -> None:
    with as_service("booking"):
        row = Appointment.objects.select_for_update().filter(pk=hold_id).first()
        if row is None or (by_staff and not is_of_desk(row)):
            raise HoldNotFoundError("no such hold")
        if row.state not in {State.HELD, State.RELEASED, State.EXPIRED}:
            raise HoldNotFoundError("no such hold")
        if row.state == State.HELD:
            row.state, row.reason = State.RELEASED, reason
            row.save(update_fields=["state", "reason"])
            if row.channel == CHANNEL:
                pass_on(row.practitioner, location=row.location, starts_at=row.starts_at)
