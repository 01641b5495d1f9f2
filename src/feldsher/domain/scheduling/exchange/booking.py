"""Book one visit in its MIS: reserve where it can, then book; after a lost answer read back, never guess.

No MIS knows idempotency keys. What makes a repetition safe is said at each step.
"""

from datetime import datetime, timedelta
from typing import Any

from feldsher.domain.patients import services as patients
from feldsher.domain.patients.types import CardOfMis
from feldsher.domain.scheduling import staging
from feldsher.domain.scheduling.exchange.talk import WORK, OvertakenError, Talk
from feldsher.domain.scheduling.exchange.verdict import keep_late_booking
from feldsher.domain.scheduling.ports import (
    Absent,
    AgeLimit,
    Ambiguous,
    Booked,
    BookingQuery,
    BookOutcome,
    BookRequest,
    FindOutcome,
    Found,
    Held,
    HoldGone,
    HoldOutcome,
    Indeterminate,
    NeedsReferral,
    NotForPatient,
    NotSent,
    PatientConflict,
    PatientOutcome,
    PatientRef,
    Person,
    Rejected,
    RemoteSlot,
    Taken,
    Unknown,
)
from feldsher.domain.scheduling.types import Stage, State
from feldsher.foundation.access.context import as_service
from feldsher.kernel import clock
from feldsher.kernel.clock import WallTime
from feldsher.kernel.errors import NotFoundError

ATTEMPTS = 4
"""How many times in all a visit is sent to its MIS, lost answers included."""
BY_HAND = "by_hand"
READS = 2
"""How many reads after the settle time must miss a record before it is believed absent."""
_CHECK = "Проверить запись в МИС: ответ потерян. Время: {time}"
_CHOOSE = "Выбрать карту пациента в МИС: подходят несколько. Время: {time}"
_MAKE = "Завести карту пациента в МИС: сайт не может завести её сам. Время: {time}"
_MOVED = "Проверить запись в МИС: её перенесли, пока терялся ответ. Было: {time}"
_UNREACHABLE = "Записать по телефону: МИС не отвечала. Время: {time}"
_WRITE = "Записать в МИС вручную и сказать пациенту. Время: {time}"
_WAITING = (State.BOOKING, State.UNKNOWN)


def book(talk: Talk) -> None:
    """Bring a BOOKING or UNKNOWN appointment as near to its end as the MIS lets it now."""
    if _is_by_hand(talk):
        _ask_to_write(talk)
        end_of_run(talk)
        return
    if talk.is_open:
        _doubt(talk)
        if talk.exchange.stage == "hold":
            talk.answered(ghost_until=_ghost_until(talk))
        else:
            _read_back(talk)
    if talk.state in _WAITING and not talk.is_open and _may_send(talk):
        _try(talk)
    end_of_run(talk)


def _is_by_hand(talk: Talk) -> bool:
    """Whether staff write the visit: decided while nothing of it can stand in the MIS, and for good."""
    if talk.exchange.stage == BY_HAND:
        return True
    if talk.state not in _WAITING or _may_stand(talk):
        return False
    return staging.stage_of(talk.row.location) is not Stage.BOOKING


def _may_stand(talk: Talk) -> bool:
    """Whether anything of the visit stands in the MIS, or may yet appear there."""
    exchange = talk.exchange
    return talk.is_open or bool(exchange.ref or exchange.hold_ref) or exchange.ghost_until is not None


def _ask_to_write(talk: Talk) -> None:
    if talk.exchange.stage != BY_HAND:
        # What staff were asked before (to choose a card, say) is asked no more.
        topic = _topic(talk, _WRITE)
        talk.move(State.UNKNOWN, reason=BY_HAND, call=topic, stage=BY_HAND, needs_person_at=None)


def _may_send(talk: Talk) -> bool:
    """Whether the visit may still leave: what a registrar settles by phone is not sent behind their back.

    A patient's card that they were asked to choose is the exception: that is what the visit waits for.
    """
    asked = talk.exchange.needs_person_at is not None and talk.exchange.stage != "patient"
    return talk.exchange.attempts < ATTEMPTS and not asked


def _try(talk: Talk) -> None:
    try:
        slot, person = talk.slot, talk.person
    except NotFoundError:
        _refuse(talk, Rejected("unknown_party"))
        return
    patient = _patient(talk, person, slot)
    if not isinstance(patient, PatientRef | None):
        return
    hold = _reserve(talk, slot)
    if hold is not None:
        _send(
            talk,
            BookRequest(
                slot=slot,
                person=person,
                reference=talk.reference,
                patient=patient,
                hold=hold or None,
                comment=talk.wish,
            ),
        )


def end_of_run(talk: Talk) -> None:
    """Past the promised hour somebody calls: a patient never waits in silence.

    Where a visit may stand in the MIS, its time stays blocked and is read again; else the time is given up.
    """
    if talk.state not in _WAITING:
        return
    if talk.is_open and talk.exchange.stage != "hold":
        if talk.is_overdue:
            talk.ask_a_person(_topic(talk, _CHECK))
    elif talk.exchange.stage in {"patient", BY_HAND} and talk.exchange.needs_person_at is not None:
        if talk.row.visit.lower <= clock.now():
            _give_up(talk)
    elif talk.is_overdue or not _may_send(talk):
        _give_up(talk)


def _ghost_until(talk: Talk) -> datetime:
    """Return until when something whose answer was lost may still appear in the MIS, or block the time there.

    A visit has appeared by the settle time or never will; a reserve then stands until it runs out.
    """
    until = talk.settled_at
    if talk.exchange.stage == "hold":
        until += timedelta(minutes=talk.capabilities.hold_minutes)
    return max(until, talk.exchange.ghost_until or until)


def _doubt(talk: Talk) -> None:
    if talk.state is State.BOOKING:
        talk.move(State.UNKNOWN, reason="no_answer")


def _patient(
    talk: Talk, person: Person, slot: RemoteSlot
) -> PatientRef | Ambiguous | NotSent | Unknown | None:
    """Find the patient's card where the MIS needs one; None where it doesn't.

    A lost answer costs nothing: the adapter finds before it creates, so that it may be asked again.
    """
    if not talk.capabilities.needs_patient:
        return None
    found = talk.gateway.ensure_patient(person, location_id=slot.resource.location_id)
    if isinstance(found, Ambiguous) and talk.exchange.stage != "patient":
        talk.move(
            State.UNKNOWN,
            reason="no_answer",
            call=_topic(talk, _CHOOSE if found.count else _MAKE),
            stage="patient",
        )
    return found


def _reserve(talk: Talk, slot: RemoteSlot) -> str | None:
    """Return the id of a reserve, "" where the MIS makes none; None where booking may not go on.

    A reserve is no visit: after a lost answer it is asked for again. The lost one may then stand in its own
    way, so that until it has run out "taken" is not believed. The id is written in the commit after which the
    visit is sent (`_send`); a run that dies before it has lost the answer.
    """
    if not talk.capabilities.holds or talk.exchange.hold_ref:
        return talk.exchange.hold_ref
    talk.leaving("hold")
    outcome: HoldOutcome = talk.gateway.hold(slot)
    if isinstance(outcome, Held):
        return outcome.ref
    ghost = talk.exchange.ghost_until
    if isinstance(outcome, Unknown):
        talk.answered(ghost_until=_ghost_until(talk))
        _doubt(talk)
    elif isinstance(outcome, NotSent) or (isinstance(outcome, Taken) and ghost and clock.now() < ghost):
        talk.answered(attempts=talk.exchange.attempts - 1)
    else:
        _refuse(talk, outcome)
    return None


def _send(talk: Talk, request: BookRequest) -> None:
    """Write the visit. On a MIS with reserves the reserve's id makes a repetition edit the same record.

    A refusal after a lost answer is believed only when no earlier call of ours stands in its way.
    """
    if request.hold and request.hold != talk.exchange.hold_ref:
        talk.leaving("book", hold_ref=request.hold)
    else:
        talk.leaving("book")
    outcome: BookOutcome = talk.gateway.book(request)
    if isinstance(outcome, Booked):
        _booked(talk, outcome.ref)
        _learn_card(talk, request)
    elif isinstance(outcome, Unknown):
        talk.note(ghost_until=_ghost_until(talk))
        _doubt(talk)
    elif isinstance(outcome, NotSent):
        talk.answered(attempts=talk.exchange.attempts - 1)
    elif isinstance(outcome, HoldGone):
        talk.answered(hold_ref="")
    elif talk.exchange.ghost_until is None:
        _refuse(talk, outcome)
    else:
        _doubt(talk)
        found = _find(talk)
        if isinstance(found, Found) and found.state == "booked":
            _found(talk, found)
        elif not isinstance(found, Indeterminate):
            _refuse(talk, outcome)


def _find(talk: Talk) -> FindOutcome:
    """Ask the MIS for the visit, in every way that it can be asked."""
    ref = talk.exchange.ref or talk.exchange.hold_ref or None
    try:
        query = BookingQuery(slot=talk.slot, reference=talk.reference, ref=ref, person=talk.person)
    except NotFoundError:
        return Indeterminate("the directory no longer has a party")
    return _of_this(talk, talk.gateway.find_booking(query))


def _of_this(talk: Talk, found: FindOutcome) -> FindOutcome:
    """Tell apart an earlier visit whose patient left the time and takes it again: by both it looks like ours.

    Cancelled, its record says nothing of ours; while it is being freed, nobody knows what stands there.
    """
    if not isinstance(found, Found) or found.ref in {talk.exchange.ref, talk.exchange.hold_ref}:
        return found
    stages = talk.stages_of_others(found.ref)
    if stages and found.state == "cancelled":
        return Absent()
    return Indeterminate("an earlier visit is still being freed there") if "release" in stages else found


def _read_back(talk: Talk) -> None:
    """Look for a visit whose answer was lost. While nothing definite is found, the call stays open.

    It is closed when the MIS shows our own reserve still waiting (booking it again edits it), and when two
    reads after the settle time have not found the visit.
    """
    if talk.exchange.ghost_until is None or talk.exchange.ghost_until < talk.settled_at:
        talk.note(ghost_until=_ghost_until(talk))
    found = _find(talk)
    if isinstance(found, Found):
        _found(talk, found)
    elif isinstance(found, Absent) and clock.now() >= talk.settled_at:
        reads = talk.exchange.absent_reads + 1
        if reads < READS:
            talk.note(absent_reads=reads)
        else:
            talk.answered(absent_reads=reads, hold_ref="")


def _found(talk: Talk, found: Found) -> None:
    if found.state == "booked":
        if found.begin is None or found.begin == WallTime.parse(talk.exchange.wall_start):
            _booked(talk, found.ref)
        else:
            talk.ask_a_person(_topic(talk, _MOVED))
    elif found.state != "reserved":
        _refuse(talk, Taken())
    elif talk.capabilities.book_repeatable:
        talk.answered()


def _booked(talk: Talk, ref: str) -> None:
    try:
        talk.move(State.BOOKED, ref=ref, stage="done", ended_at=talk.now_ended)
    except OvertakenError:
        keep_late_booking(talk.row.id, ref=ref)
        raise


def _learn_card(talk: Talk, request: BookRequest) -> None:
    """Keep under which card the MIS knows the patient; one that the visit has made is asked for once more."""
    card: PatientOutcome | None = request.patient
    if card is None or talk.row.patient is None or not talk.capabilities.lists_visits:
        return
    location = request.slot.resource.location_id
    if request.patient is not None and not request.patient.id:
        card = talk.gateway.ensure_patient(request.person, location_id=location)
    if isinstance(card, PatientRef) and card.id:
        with as_service(WORK):
            patients.bind_card(talk.row.patient, card=CardOfMis(talk.exchange.mis, location, card.id))


def _refuse(talk: Talk, outcome: HoldOutcome | BookOutcome) -> None:
    """End at the MIS's own word. A clash of the patient is not told: nobody proved whose phone it is."""
    reasons: dict[type[object], str] = {
        Taken: "taken_in_mis",
        NeedsReferral: "needs_referral",
        AgeLimit: "age_limit",
        NotForPatient: "not_for_patient",
        PatientConflict: "mis_rejected",
    }
    talk.move(State.REJECTED, reason=reasons.get(type(outcome), "mis_rejected"), **_no_visit(talk))


def _give_up(talk: Talk) -> None:
    """Free a time whose MIS could not be reached, and where no visit stands; promise a call."""
    topic = _topic(talk, _UNREACHABLE)
    talk.move(State.REJECTED, reason="mis_unavailable", call=topic, **_no_visit(talk))


def _no_visit(talk: Talk) -> dict[str, Any]:
    left = talk.left_over
    stage = "release" if left else "done"
    return {"stage": stage, "hold_ref": left, "attempts": 0, "ended_at": talk.now_ended}


def _topic(talk: Talk, text: str) -> str:
    return text.format(time=talk.exchange.wall_start.replace("T", " ")[:16])
