"""Free time in the MIS: a cancelled visit, or a reserve that nobody needs any more. Both may be repeated."""

from feldsher.domain.scheduling.exchange.talk import Talk
from feldsher.domain.scheduling.ports import (
    AlreadyCancelled,
    Cancelled,
    CancelOutcome,
    NotFound,
    NotSent,
    Unknown,
)
from feldsher.domain.scheduling.types import State

_CANCEL = "Отменить запись в МИС вручную: {time}"
_REASON = "Отмена пациентом на сайте"
_NOT_NEEDED = "Запись не состоялась"
RELEASES = 5


def free_visit(talk: Talk) -> None:
    """Cancel in the MIS; that it was cancelled already is success. A lost answer is asked again."""
    exchange = talk.exchange
    talk.leaving("cancel")
    outcome: CancelOutcome = talk.gateway.cancel(exchange.ref or exchange.hold_ref, reason=_REASON)
    if isinstance(outcome, Cancelled | AlreadyCancelled | NotFound):
        talk.answered(stage="done")
        talk.move(State.CANCELLED, reason=talk.row.reason)
        return
    if not isinstance(outcome, Unknown | NotSent):
        talk.answered(stage="done")
        talk.move(State.BOOKED, reason="cancel_rejected")
        _ask(talk)
    elif talk.is_overdue:
        _ask(talk)


def free_reserve(talk: Talk) -> None:
    """Give a reserve back; where the MIS does not answer its own clean-up of reserves is the last resort."""
    talk.leaving("release")
    outcome = talk.gateway.cancel(talk.exchange.hold_ref, reason=_NOT_NEEDED)
    is_over = not isinstance(outcome, Unknown | NotSent) or talk.exchange.attempts >= RELEASES
    talk.answered(stage="done" if is_over else "release")


def _ask(talk: Talk) -> None:
    talk.ask_a_person(_CANCEL.format(time=talk.exchange.wall_start.replace("T", " ")[:16]))
