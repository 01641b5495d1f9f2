"""Book one visit in its MIS: reserve where it can, then book; after a lost answer read back, never guess.

No MIS knows idempotency keys. What makes a repetition safe is said at each step.
"""

from datetime import timedelta

from feldsher.domain.scheduling.exchange.talk import Talk
from feldsher.domain.scheduling.ports import (
    Absent,
    AgeLimit,
    Ambiguous,
    Booked,
    BookingQuery,
    BookOutcome,
    BookRequest,
    Found,
    Held,
    HoldOutcome,
    NeedsReferral,
    NotSent,
    PatientConflict,
    PatientRef,
    Person,
    Rejected,
    RemoteSlot,
    Taken,
    Unknown,
)
from feldsher.domain.scheduling.types import State
from feldsher.kernel import clock
from feldsher.kernel.errors import NotFoundError

ATTEMPTS = 4
"""How many times in all a visit is sent to its MIS, lost answers included."""
READS = 2
"""How many reads after the settle time must miss a record before it is believed absent."""
_CHECK = "Проверить запись в МИС: ответ потерян. Время: {time}"
_CHOOSE = "Выбрать карту пациента в МИС: подходят несколько. Время: {time}"
_UNREACHABLE = "Записать по телефону: МИС не отвечала. Время: {time}"


def book(talk: Talk) -> None:
    """Bring a BOOKING or UNKNOWN appointment as near to its end as the MIS lets it now."""
    if talk.is_open:
        _doubt(talk)
        if talk.exchange.stage == "hold":
            _expect_a_ghost(talk)
        elif not _may_send_again(talk):
            _end_of_run(talk)
            return
    if talk.exchange.attempts < ATTEMPTS:
        _try(talk)
    _end_of_run(talk)


def _try(talk: Talk) -> None:
    try:
        slot, person = talk.slot, talk.person
    except NotFoundError:
        _refuse(talk, Rejected("unknown_party"))
        return
    patient = _patient(talk, person)
    if isinstance(patient, PatientRef | None) and _reserve(talk, slot):
        _send(
            talk,
            BookRequest(
                slot=slot,
                person=person,
                reference=talk.reference,
                patient=patient,
                hold=talk.exchange.hold_ref or None,
                comment=talk.wish,
            ),
        )


def _end_of_run(talk: Talk) -> None:
    """See to it that past the promised hour somebody calls: a patient never waits in silence."""
    if not talk.is_overdue:
        return
    if talk.state is State.BOOKING:
        _give_up(talk)
    elif talk.state is State.UNKNOWN:
        talk.ask_a_person(_topic(talk, _CHECK))


def unreachable(talk: Talk) -> None:
    """End a run in which nothing could be sent or asked: the settings name this MIS no longer."""
    _end_of_run(talk)


def _expect_a_ghost(talk: Talk) -> None:
    """Remember until when a reserve whose answer was lost may stand in our own way."""
    until = talk.settled_at + timedelta(minutes=talk.capabilities.hold_minutes)
    talk.answered(ghost_until=max(until, talk.exchange.ghost_until or until))


def _doubt(talk: Talk) -> None:
    if talk.state is State.BOOKING:
        talk.move(State.UNKNOWN, reason="no_answer")


def _patient(talk: Talk, person: Person) -> PatientRef | Ambiguous | NotSent | Unknown | None:
    """Find the patient's card where the MIS needs one; None where it doesn't.

    A lost answer costs nothing: the adapter finds before it creates, so that it may be asked again.
    """
    if not talk.capabilities.needs_patient:
        return None
    found = talk.gateway.ensure_patient(person)
    if isinstance(found, Ambiguous):
        _doubt(talk)
        talk.ask_a_person(_topic(talk, _CHOOSE))
    return found


def _reserve(talk: Talk, slot: RemoteSlot) -> bool:
    """Get a reserve where the MIS can make one; tell whether booking may go on.

    A reserve is no visit: after a lost answer it is asked for again. The lost one may then stand in its own
    way, so that until it has run out "taken" is not believed.
    """
    if not talk.capabilities.holds or talk.exchange.hold_ref:
        return True
    talk.leaving("hold")
    outcome: HoldOutcome = talk.gateway.hold(slot)
    if isinstance(outcome, Held):
        talk.answered(hold_ref=outcome.ref)
        return True
    ghost = talk.exchange.ghost_until
    if isinstance(outcome, Unknown):
        _doubt(talk)
    elif isinstance(outcome, NotSent) or (isinstance(outcome, Taken) and ghost and clock.now() < ghost):
        talk.answered(attempts=talk.exchange.attempts - 1)
    else:
        talk.answered()
        _refuse(talk, outcome)
    return False


def _send(talk: Talk, request: BookRequest) -> None:
    """Write the visit. On a MIS with reserves the reserve's id makes a repetition edit the same record."""
    talk.leaving("book")
    outcome: BookOutcome = talk.gateway.book(request)
    if isinstance(outcome, Booked):
        talk.answered(ref=outcome.ref, stage="done")
        talk.move(State.BOOKED)
    elif isinstance(outcome, Unknown):
        _doubt(talk)
    elif isinstance(outcome, NotSent):
        talk.answered(attempts=talk.exchange.attempts - 1)
    else:
        talk.answered()
        _refuse(talk, outcome)


def _may_send_again(talk: Talk) -> bool:
    """Read back after a lost answer; tell whether the visit may be sent once more.

    It may when the MIS shows our own reserve still waiting (booking it again edits it), and when two reads
    after the settle time have not found the visit.
    """
    ref = talk.exchange.ref or talk.exchange.hold_ref or None
    found = talk.gateway.find_booking(
        BookingQuery(slot=talk.slot, reference=talk.reference, ref=ref, person=talk.person)
    )
    if isinstance(found, Found):
        return _found(talk, found)
    if not isinstance(found, Absent) or clock.now() < talk.settled_at:
        return False
    talk.note(absent_reads=talk.exchange.absent_reads + 1)
    if talk.exchange.absent_reads < READS:
        return False
    talk.answered(hold_ref="")
    return True


def _found(talk: Talk, found: Found) -> bool:
    if found.state == "booked":
        talk.answered(ref=found.ref, stage="done")
        talk.move(State.BOOKED)
        return False
    if found.state == "reserved":
        return talk.capabilities.book_repeatable
    talk.answered()
    _refuse(talk, Taken())
    return False


def _refuse(talk: Talk, outcome: HoldOutcome | BookOutcome) -> None:
    """End at the MIS's own word. A clash of the patient is not told: nobody proved whose phone it is."""
    reasons: dict[type[object], str] = {
        Taken: "taken_in_mis",
        NeedsReferral: "needs_referral",
        AgeLimit: "age_limit",
        PatientConflict: "mis_rejected",
    }
    talk.note(stage="release" if talk.exchange.hold_ref else "done", attempts=0)
    talk.move(State.REJECTED, reason=reasons.get(type(outcome), "mis_rejected"))


def _give_up(talk: Talk) -> None:
    """Free the time and promise a call: the MIS could not be reached in time, and no visit ever left."""
    talk.note(stage="release" if talk.exchange.hold_ref else "done", attempts=0)
    talk.move(State.REJECTED, reason="mis_unavailable")
    talk.ask_a_person(_topic(talk, _UNREACHABLE))


def _topic(talk: Talk, text: str) -> str:
    return text.format(time=talk.exchange.wall_start.replace("T", " ")[:16])
