"""Free time in the MIS: a cancelled visit, or a reserve that nobody needs any more. Both may be repeated."""

from django.db import transaction

from feldsher.domain.scheduling.exchange.talk import Talk, row_time
from feldsher.domain.scheduling.ports import (
    AlreadyCancelled,
    Cancelled,
    CancelOutcome,
    NotFound,
    NotSent,
    Unknown,
)
from feldsher.domain.scheduling.types import State
from feldsher.kernel import clock

_CANCEL = "Отменить запись в МИС вручную: {time}"
_REASON = "Отмена пациентом на сайте"
_BY_STAFF = "Отмена регистратором"
_NOT_NEEDED = "Запись не состоялась"
RELEASES = 5


def free_visit(talk: Talk) -> None:
    """Cancel in the MIS; that it was cancelled already is success. A lost answer is asked again.

    A lost booking that is written late would bring the visit back, so it is cancelled once more after that.
    A visit that a person found in the MIS may have no id here: a person cancels it too.
    """
    ref = talk.exchange.ref or talk.exchange.hold_ref
    if not ref:
        talk.ask_a_person(_topic(talk))
        return
    talk.leaving("cancel")
    outcome: CancelOutcome = talk.gateway.cancel(
        ref, reason=_BY_STAFF if talk.row.reason == "cancelled_by_staff" else _REASON
    )
    if isinstance(outcome, Unknown | NotSent) or (_is_free(outcome) and _may_come_back(talk)):
        end_of_cancel(talk)
    elif _is_free(outcome):
        talk.move(State.CANCELLED, reason=talk.row.reason, stage="done", ended_at=talk.now_ended)
    else:
        talk.move(
            State.BOOKED, reason="cancel_rejected", call=_topic(talk), stage="done", ended_at=talk.now_ended
        )


def end_of_cancel(talk: Talk) -> None:
    """Past the promised hour a registrar is asked to cancel by hand; we go on asking the MIS too."""
    if talk.is_overdue:
        talk.ask_a_person(_topic(talk))


def free_reserve(talk: Talk) -> None:
    """Give a reserve back; where the MIS does not answer its own clean-up of reserves is the last resort."""
    talk.leaving("release")
    outcome = talk.gateway.cancel(talk.exchange.hold_ref, reason=_NOT_NEEDED)
    end_of_release(talk, is_answered=not isinstance(outcome, Unknown | NotSent))


def end_of_release(talk: Talk, *, is_answered: bool) -> None:
    is_over = (is_answered or talk.exchange.attempts >= RELEASES) and not _may_come_back(talk)
    if is_over and not is_answered and talk.state is State.MOVED:
        talk.ask_a_person(_topic(talk))  # a visit, unlike a reserve, does not run out by itself
    with transaction.atomic():
        talk.answered(stage="done" if is_over else "release")
        talk.look_again()


def _is_free(outcome: CancelOutcome) -> bool:
    return isinstance(outcome, Cancelled | AlreadyCancelled | NotFound)


def _may_come_back(talk: Talk) -> bool:
    ghost = talk.exchange.ghost_until
    return ghost is not None and clock.now() < ghost


def _topic(talk: Talk) -> str:
    return _CANCEL.format(time=row_time(talk.exchange))
