"""How the talk about a visit that is to be booked ends, or stays open, be it new or moved."""

from datetime import datetime, timedelta
from typing import Any

from feldsher.domain.scheduling import notices
from feldsher.domain.scheduling.exchange.talk import WORK, OvertakenError, Talk, row_time
from feldsher.domain.scheduling.exchange.verdict import keep_late_booking
from feldsher.domain.scheduling.models import Appointment, Discrepancy
from feldsher.domain.scheduling.noting import note
from feldsher.domain.scheduling.ports import (
    AgeLimit,
    Gone,
    HoldOutcome,
    MoveOutcome,
    NeedsReferral,
    NotForPatient,
    PatientConflict,
    Taken,
)
from feldsher.domain.scheduling.types import DiscrepancyKind, DiscrepancyState, State
from feldsher.foundation.access.context import as_service

ATTEMPTS = 4
"""How many times in all a visit is sent to its MIS, lost answers included."""
READS = 2
"""How many reads after the settle time must tell the same before it is believed."""
WAITING = (State.BOOKING, State.UNKNOWN)
_UNREACHABLE = "Записать по телефону: МИС не отвечала. Время: {time}"
_GONE = (
    "Пациент хотел перенести запись на {time}, но в МИС её на прежнем времени больше нет. "
    "Посмотреть в МИС и договориться о времени"
)


def may_send(talk: Talk) -> bool:
    """Whether the visit may still leave: what a registrar settles by phone is not sent behind their back.

    A patient's card that they were asked to choose is the exception: that is what the visit waits for.
    """
    asked = talk.exchange.needs_person_at is not None and talk.exchange.stage != "patient"
    return talk.exchange.attempts < ATTEMPTS and not asked


def ghost_until(talk: Talk) -> datetime:
    """Return until when something whose answer was lost may still appear in the MIS, or block the time there.

    A visit has appeared by the settle time or never will; a reserve then stands until it runs out.
    """
    until = talk.settled_at
    if talk.exchange.stage == "hold":
        until += timedelta(minutes=talk.capabilities.hold_minutes)
    return max(until, talk.exchange.ghost_until or until)


def keep_ghost(talk: Talk) -> None:
    """Note that the open call may still be written, if it is not noted yet."""
    if talk.exchange.ghost_until is None or talk.exchange.ghost_until < talk.settled_at:
        talk.note(ghost_until=ghost_until(talk))


def doubt(talk: Talk) -> None:
    if talk.state is State.BOOKING:
        talk.move(State.UNKNOWN, reason="no_answer")


def booked(talk: Talk, ref: str) -> None:
    try:
        talk.move(State.BOOKED, ref=ref, stage="done", ended_at=talk.now_ended)
    except OvertakenError:
        keep_late_booking(talk, ref=ref)
        raise


def refuse(talk: Talk, outcome: HoldOutcome | MoveOutcome) -> None:
    """End at the MIS's own word. A clash of the patient is not told: nobody proved whose phone it is.

    Of a visit that is gone there it is not known what its patient has now: a person calls.
    """
    reasons: dict[type[object], str] = {
        Taken: "taken_in_mis",
        NeedsReferral: "needs_referral",
        AgeLimit: "age_limit",
        NotForPatient: "not_for_patient",
        PatientConflict: "mis_rejected",
    }
    if not isinstance(outcome, Gone):
        reason = reasons.get(type(outcome), "mis_rejected")
        talk.move(State.REJECTED, reason=reason, **_no_visit(talk))
        return
    with as_service(WORK):
        call = topic(talk, _GONE)
        talk.move(State.REJECTED, reason=notices.VISIT_GONE, call=call, **_no_visit(talk))
        _note_missing(talk)


def _note_missing(talk: Talk) -> None:
    """Have a person say what became of the visit that could not be moved, where no feed will."""
    moves = talk.exchange.moves
    if moves is None or talk.capabilities.change_feed:
        return
    row = Appointment.objects.select_for_update().filter(pk=moves, state=State.BOOKED).first()
    noted = note(row, DiscrepancyKind.MISSING) if row is not None and row.patient is not None else None
    if noted is not None:
        Discrepancy.objects.filter(pk=noted.pk).update(state=DiscrepancyState.WAITING)


def give_up(talk: Talk) -> None:
    """Free a time whose MIS could not be reached, and where no visit stands; promise a call."""
    call = topic(talk, _UNREACHABLE)
    talk.move(State.REJECTED, reason="mis_unavailable", call=call, **_no_visit(talk))


def count_read(talk: Talk) -> bool:
    """Count one read that was made after the settle time; returns whether there have been enough of them."""
    reads = talk.exchange.absent_reads + 1
    if reads < READS:
        talk.note(absent_reads=reads)
    return reads >= READS


def topic(talk: Talk, text: str) -> str:
    """Return what a registrar is asked about a visit, with its earlier time where it is a move."""
    said = text.format(time=row_time(talk.exchange))
    return said if talk.earlier is None else f"{said}. Это перенос, было: {row_time(talk.earlier.exchange)}"


def _no_visit(talk: Talk) -> dict[str, Any]:
    left = talk.left_over
    stage = "release" if left else "done"
    return {"stage": stage, "hold_ref": left, "attempts": 0, "ended_at": talk.now_ended}
