"""A person's word about a visit, under the locks and fences of the talk: the first commit wins.

The worker that is overtaken by it may still bring a record of the MIS. That record is not lost: where the
person said that the visit stands, its id is what a later cancel needs; where they said that there is none, it
is a visit that nobody wants, and it is freed in the MIS like a reserve.
"""

from uuid import UUID

from feldsher.domain.scheduling import queue
from feldsher.domain.scheduling.errors import (
    AppointmentNotFoundError,
    VisitDecidedError,
    VisitUnsettledError,
)
from feldsher.domain.scheduling.exchange.moving import OWN_MOVE, is_there, third_version
from feldsher.domain.scheduling.exchange.talk import WORK, OvertakenError, Talk, row_time
from feldsher.domain.scheduling.models import Appointment, Exchange, Verdict
from feldsher.domain.scheduling.ports import GatewayUnavailableError
from feldsher.domain.scheduling.types import Said, State
from feldsher.foundation.access.context import as_service
from feldsher.kernel import clock

_MOVED_AFTER_ALL = "Сверить запись в МИС: она всё же перенесена на {time}"
BOOKED, ABSENT, CANCELLED = "booked_by_person", "rejected_by_person", "cancelled_by_person"


def decide(appointment: UUID, *, said: Said, by: UUID) -> State:
    """End an open visit by what a person found in the MIS; returns its new state.

    Where a move may leave the record its id the earlier visit's is not cancelled: a person may have moved it.
    Of a version that the feed has told of at another time a person is asked once more.
    Raises AppointmentNotFoundError, VisitDecidedError where it waits for nobody (any more),
    VisitUnsettledError for a word that nothing is there while a lost call may still write it.
    """
    try:
        talk = Talk(appointment)
    except (Appointment.DoesNotExist, Exchange.DoesNotExist):
        raise AppointmentNotFoundError("no such appointment") from None
    if talk.state not in {State.UNKNOWN, State.CANCELLING} or talk.exchange.needs_person_at is None:
        raise VisitDecidedError(f"no verdict is awaited in {talk.state}")
    target, reason = _target(talk.state, said)
    if target is State.REJECTED and _may_still_be_written(talk):
        raise VisitUnsettledError("the last call is not settled yet")
    left = talk.left_over if target is State.REJECTED else ""
    stage = "release" if left else "done"
    try:
        with as_service(WORK):
            talk.move(
                target,
                reason=reason,
                by_person=True,
                stage=stage,
                ref=_moved_record(talk) if target is State.BOOKED else talk.exchange.ref,
                hold_ref=left or talk.exchange.hold_ref,
                attempts=0,
                ended_at=talk.now_ended,
            )
            Verdict.objects.create(appointment=appointment, said=said, by=by, at=clock.now())
            if stage == "release":
                queue.exchange_with_mis(
                    appointment, mis=talk.exchange.mis, practitioner=talk.row.practitioner
                )
    except OvertakenError:
        raise VisitDecidedError("the talk went on meanwhile") from None
    return target


def keep_late_booking(talk: Talk, *, ref: str) -> None:
    """Keep the id of a record that the MIS made or showed after a person had decided.

    One that it has moved is its patient's only visit: it is not cancelled, and a person looks once more.
    """
    with as_service(WORK):
        row = Appointment.objects.select_for_update().get(pk=talk.row.pk)
        exchange = Exchange.objects.select_for_update().get(pk=talk.row.pk)
        if row.state in {State.BOOKED, State.CANCELLING} and not exchange.ref:
            exchange.ref = ref
            exchange.save(update_fields=["ref"])
        elif row.state != State.REJECTED or row.reason != ABSENT:
            return
        elif talk.exchange.stage == OWN_MOVE:
            talk.request_call(_MOVED_AFTER_ALL.format(time=row_time(exchange)))
        else:
            exchange.hold_ref, exchange.stage, exchange.attempts = ref, "release", 0
            exchange.save(update_fields=["hold_ref", "stage", "attempts"])
            queue.exchange_with_mis(row.pk, mis=exchange.mis, practitioner=row.practitioner)


def _moved_record(talk: Talk) -> str:
    """Return the id of a booked visit: that of the old one where the MIS was asked to move its record.

    That which the feed has told of at the very time is known too; one that a person wrote or moved is not.
    """
    exchange, earlier = talk.exchange, talk.earlier
    if exchange.ref or earlier is None:
        return exchange.ref
    with as_service(WORK, savepoint=False):
        told = third_version(talk.row, moves=exchange.moves)
        if told is not None and is_there(told, talk.row):
            return Exchange.objects.get(pk=told.pk).ref
    if exchange.stage != OWN_MOVE:
        return ""
    try:
        return earlier.exchange.ref if talk.capabilities.move_keeps_ref else ""
    except GatewayUnavailableError:  # the settings name the MIS no longer
        return ""


def _may_still_be_written(talk: Talk) -> bool:
    try:
        return talk.is_open and clock.now() < talk.settled_at
    except GatewayUnavailableError:  # the settings name the MIS no longer
        return False


def _target(state: State, said: Said) -> tuple[State, str]:
    if said is Said.BOOKED:
        return State.BOOKED, BOOKED if state is State.UNKNOWN else "cancel_rejected"
    return (State.REJECTED, ABSENT) if state is State.UNKNOWN else (State.CANCELLED, CANCELLED)
