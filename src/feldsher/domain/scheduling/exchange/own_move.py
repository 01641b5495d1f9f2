"""Move a visit by its MIS's own operation: its record gets the new time, and nothing is cancelled after it.

The record may keep its id, so that a cancel of "the old one" would cancel the moved one: none is ever sent.
Until the MIS says that it has moved, the old visit stands here, and the new time is taken too. After a lost
answer the record is looked for, and where it stands decides; that it stands at its old time is believed after
the settle time alone, so that no move is sent while another may still be written. A MIS that can't say when a
record stands (1С) is sent the same move again after that time, unless its schedule shows both times free: it
edits the same record to the same end. That a record is gone by something that may be stale takes two looks,
the second past the settle time.
"""

from enum import Enum, auto

from feldsher.domain.scheduling import applying
from feldsher.domain.scheduling.exchange.ending import (
    READS,
    booked,
    count_read,
    doubt,
    ghost_until,
    keep_ghost,
    may_send,
    refuse,
)
from feldsher.domain.scheduling.exchange.finding import find
from feldsher.domain.scheduling.exchange.moving import OWN_MOVE
from feldsher.domain.scheduling.exchange.talk import Talk
from feldsher.domain.scheduling.ports import (
    Absent,
    Booked,
    BookRequest,
    Found,
    Gone,
    Indeterminate,
    MoveOutcome,
    NotSent,
    Unknown,
)
from feldsher.domain.scheduling.types import State
from feldsher.kernel import clock
from feldsher.kernel.clock import WallTime

_MISSED = 1
"""What `absent_reads` of an answered move says: one look missed the record."""


class _At(Enum):
    """Where the record stands. UNTOLD: it does, and the MIS can't say when. UNSAID: the MIS did not say."""

    NEW = auto()
    OLD = auto()
    ELSEWHERE = auto()
    UNTOLD = auto()
    UNSAID = auto()


def is_own(talk: Talk) -> bool:
    """Whether the MIS itself moves this visit; decided before anything leaves, and then it stays so.

    Only to another time of the same doctor and branch, which is all that the contracts say.
    """
    earlier = talk.earlier
    if earlier is None or not talk.capabilities.can_move:
        return False
    if talk.exchange.stage == OWN_MOVE:
        return True
    return _may_begin(talk, earlier) and earlier.state is State.BOOKED


def is_ended(talk: Talk) -> bool:
    """Whether the MIS has ended the visit that it was to move itself: its commit was first."""
    earlier = talk.earlier
    if earlier is None or not talk.capabilities.can_move or not _may_begin(talk, earlier):
        return False
    return earlier.state is State.CANCELLED and earlier.row.reason in {applying.CANCELLED, applying.MISSING}


def _may_begin(talk: Talk, earlier: Talk) -> bool:
    exchange = talk.exchange
    has_begun = exchange.hold_ref or exchange.ghost_until is not None or exchange.stage in {"hold", "book"}
    here, there = ((each.row.practitioner, each.row.location, each.exchange.mis) for each in (earlier, talk))
    return not has_begun and here == there and bool(earlier.exchange.ref)


def send(talk: Talk, request: BookRequest, *, is_repeat: bool) -> None:
    """Ask the MIS to move the record. `is_repeat`: an earlier call is open, and may have moved it.

    A refusal after a lost answer is believed only where the record is seen at its old time.
    """
    earlier, was_missed = _earlier(talk), is_missed(talk)
    if was_missed and clock.now() < talk.settled_at:
        return
    old = None if is_repeat else earlier.slot
    talk.leaving(OWN_MOVE)
    outcome: MoveOutcome = talk.gateway.move(earlier.exchange.ref, request=request, old=old)
    if isinstance(outcome, Booked):
        booked(talk, outcome.ref)
    elif isinstance(outcome, Unknown):
        talk.note(ghost_until=ghost_until(talk))
        doubt(talk)
    elif isinstance(outcome, NotSent):
        attempts = talk.exchange.attempts - 1
        if is_repeat:
            talk.note(attempts=attempts)  # the call before it is as open as it was
        else:
            talk.answered(attempts=attempts, absent_reads=_MISSED if was_missed else 0)
    elif isinstance(outcome, Gone) and not (outcome.is_sure or was_missed):
        talk.answered(attempts=talk.exchange.attempts - 1, absent_reads=_MISSED)
    elif talk.exchange.ghost_until is None:
        refuse(talk, outcome)
    else:
        doubt(talk)
        at, ref = _where(talk)
        if at is _At.NEW:
            booked(talk, ref)
        elif at is _At.OLD:
            refuse(talk, outcome)


def is_missed(talk: Talk) -> bool:
    """Whether one look has not seen the record where it is to be moved from."""
    exchange = talk.exchange
    return exchange.stage == OWN_MOVE and not talk.is_open and exchange.absent_reads == _MISSED


def read_back(talk: Talk) -> bool:
    """Look where the record stands after a lost answer; returns whether only a repetition can tell.

    The call stays open until that is known: a visit that may have moved is neither booked nor refused.
    """
    keep_ghost(talk)
    at, ref = _where(talk)
    if at is _At.NEW:
        booked(talk, ref)
    elif at is _At.UNSAID or clock.now() < talk.settled_at:
        return False
    elif at is _At.UNTOLD:
        return talk.capabilities.book_repeatable and may_send(talk)
    elif count_read(talk):
        if at is _At.OLD:
            talk.answered(absent_reads=READS)
        else:
            refuse(talk, Gone())
    return False


def _where(talk: Talk) -> tuple[_At, str]:
    """Look for the record; returns where it stands, and its id there.

    Where a move gives it another id the new visit is looked for first, as any is whose answer was lost.
    """
    if talk.capabilities.move_keeps_ref:
        return _by_id(talk)
    found, new = find(talk), WallTime.parse(talk.exchange.wall_start)
    if isinstance(found, Found) and found.state == "booked" and found.begin in {None, new}:
        return _At.NEW, found.ref
    at, ref = _by_id(talk)
    if at in {_At.ELSEWHERE, _At.OLD} and isinstance(found, Indeterminate):
        return _At.UNSAID, ""  # the new record may stand beside the old one
    return at, ref


def _by_id(talk: Talk) -> tuple[_At, str]:
    earlier = _earlier(talk)
    found = find(earlier)
    if isinstance(found, Indeterminate) and talk.capabilities.move_keeps_ref:
        found = find(talk, ref=earlier.exchange.ref)
    if isinstance(found, Indeterminate):
        return _At.UNSAID, ""
    if isinstance(found, Absent) or found.state == "cancelled":
        return _At.ELSEWHERE, ""
    if found.begin is None:
        return _At.UNTOLD, found.ref
    places = {each.exchange.wall_start: at for each, at in ((earlier, _At.OLD), (talk, _At.NEW))}
    at = next((at for wall, at in places.items() if WallTime.parse(wall) == found.begin), _At.ELSEWHERE)
    return at, found.ref


def _earlier(talk: Talk) -> Talk:
    if talk.earlier is None:
        raise RuntimeError(f"appointment {talk.row.id} moves no visit")
    return talk.earlier
