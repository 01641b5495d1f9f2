"""Book one visit in its MIS: reserve where it can, then book; after a lost answer read back, never guess.

No MIS knows idempotency keys. What makes a repetition safe is said at each step.
"""

from dataclasses import replace

from feldsher.domain.patients import services as patients
from feldsher.domain.patients.types import CardOfMis
from feldsher.domain.scheduling import staging
from feldsher.domain.scheduling.exchange import own_move
from feldsher.domain.scheduling.exchange.ending import (
    READS,
    WAITING,
    booked,
    count_read,
    doubt,
    ghost_until,
    give_up,
    keep_ghost,
    may_send,
    refuse,
    topic,
)
from feldsher.domain.scheduling.exchange.finding import find
from feldsher.domain.scheduling.exchange.moving import OWN_MOVE, is_overtaken, third_version
from feldsher.domain.scheduling.exchange.talk import WORK, Talk
from feldsher.domain.scheduling.ports import (
    Absent,
    Ambiguous,
    Booked,
    BookOutcome,
    BookRequest,
    Found,
    Gone,
    Held,
    HoldGone,
    HoldOutcome,
    Indeterminate,
    NotSent,
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

BY_HAND = "by_hand"
_CHECK = "Проверить запись в МИС: ответ потерян. Время: {time}"
_CHOOSE = "Выбрать карту пациента в МИС: подходят несколько. Время: {time}"
_MAKE = "Завести карту пациента в МИС: сайт не может завести её сам. Время: {time}"
_MOVED = "Проверить запись в МИС: её перенесли, пока терялся ответ. Было: {time}"
_TWO_TIMES = "Проверить запись в МИС: её перенесли и сайт, и МИС. На сайте ждёт ответа: {time}"
_WRITE = "Записать в МИС вручную и сказать пациенту. Время: {time}"


def book(talk: Talk) -> None:
    """Bring a BOOKING or UNKNOWN appointment as near to its end as the MIS lets it now."""
    if _is_by_hand(talk):
        _ask_to_write(talk)
        end_of_run(talk)
        return
    is_to_repeat = talk.is_open and _look(talk)
    if talk.state in WAITING and (is_to_repeat or not talk.is_open) and may_send(talk):
        _try(talk, is_repeat=is_to_repeat)
    end_of_run(talk)


def _look(talk: Talk) -> bool:
    """Find out what an open call has come to; returns whether nothing but its repetition can tell."""
    doubt(talk)
    if talk.exchange.stage == OWN_MOVE:
        return own_move.read_back(talk)
    if talk.exchange.stage == "hold":
        talk.answered(ghost_until=ghost_until(talk))
    else:
        _read_back(talk)
    return False


def _is_by_hand(talk: Talk) -> bool:
    """Whether staff write the visit: decided while nothing of it can stand in the MIS, and for good."""
    if talk.exchange.stage == BY_HAND:
        return True
    if talk.state not in WAITING or _may_stand(talk):
        return False
    return staging.stage_of(talk.row.location) is not Stage.BOOKING


def _may_stand(talk: Talk) -> bool:
    """Whether anything of the visit stands in the MIS, or may yet appear there."""
    exchange = talk.exchange
    return talk.is_open or bool(exchange.ref or exchange.hold_ref) or exchange.ghost_until is not None


def _ask_to_write(talk: Talk) -> None:
    if talk.exchange.stage != BY_HAND:
        # What staff were asked before (to choose a card, say) is asked no more.
        call = topic(talk, _WRITE)
        talk.move(State.UNKNOWN, reason=BY_HAND, call=call, stage=BY_HAND, needs_person_at=None)


def _try(talk: Talk, *, is_repeat: bool) -> None:
    if is_overtaken(talk.row, moves=talk.exchange.moves) or own_move.is_ended(talk):
        refuse(talk, Gone())
        return
    try:
        slot, person = talk.slot, talk.person
    except NotFoundError:
        refuse(talk, Rejected("unknown_party"))
        return
    patient = _patient(talk, person, slot)
    if not isinstance(patient, PatientRef | None):
        return
    request = BookRequest(
        slot=slot, person=person, reference=talk.reference, patient=patient, comment=talk.wish
    )
    if own_move.is_own(talk):
        own_move.send(talk, request, is_repeat=is_repeat)
        return
    hold = _reserve(talk, slot)
    if hold is not None:
        _send(talk, replace(request, hold=hold or None))


def end_of_run(talk: Talk) -> None:
    """Past the promised hour somebody calls: a patient never waits in silence.

    Where a visit may stand in the MIS, its time stays blocked and is read again; else the time is given up.
    """
    if talk.state not in WAITING:
        return
    if talk.is_open and talk.exchange.stage != "hold":
        if talk.is_overdue:
            talk.ask_a_person(topic(talk, _CHECK))
    elif talk.exchange.stage in {"patient", BY_HAND} and talk.exchange.needs_person_at is not None:
        if talk.row.visit.lower <= clock.now():
            give_up(talk)
    elif talk.is_overdue and own_move.is_missed(talk):
        refuse(talk, Gone())  # nobody may say that the old time remains
    elif talk.is_overdue or not may_send(talk):
        give_up(talk)


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
            call=topic(talk, _CHOOSE if found.count else _MAKE),
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
        talk.answered(ghost_until=ghost_until(talk))
        doubt(talk)
    elif isinstance(outcome, NotSent) or (isinstance(outcome, Taken) and ghost and clock.now() < ghost):
        talk.answered(attempts=talk.exchange.attempts - 1)
    else:
        refuse(talk, outcome)
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
        booked(talk, outcome.ref)
        _learn_card(talk, request)
    elif isinstance(outcome, Unknown):
        talk.note(ghost_until=ghost_until(talk))
        doubt(talk)
    elif isinstance(outcome, NotSent):
        talk.answered(attempts=talk.exchange.attempts - 1)
    elif isinstance(outcome, HoldGone):
        talk.answered(hold_ref="")
    elif talk.exchange.ghost_until is None:
        refuse(talk, outcome)
    else:
        doubt(talk)
        found = find(talk)
        if isinstance(found, Found) and found.state == "booked":
            _found(talk, found)
        elif not isinstance(found, Indeterminate):
            refuse(talk, outcome)


def _read_back(talk: Talk) -> None:
    """Look for a visit whose answer was lost. While nothing definite is found, the call stays open.

    It is closed when the MIS shows our own reserve still waiting (booking it again edits it), and when two
    reads after the settle time have not found the visit.
    """
    keep_ghost(talk)
    found = find(talk)
    if isinstance(found, Found):
        _found(talk, found)
    elif isinstance(found, Absent) and clock.now() >= talk.settled_at and count_read(talk):
        talk.answered(absent_reads=READS, hold_ref="")


def _found(talk: Talk, found: Found) -> None:
    if found.state == "booked":
        if found.begin not in {None, WallTime.parse(talk.exchange.wall_start)}:
            talk.ask_a_person(topic(talk, _MOVED))
        elif third_version(talk.row, moves=talk.exchange.moves):
            talk.ask_a_person(topic(talk, _TWO_TIMES))
        else:
            booked(talk, found.ref)
    elif found.state != "reserved":
        refuse(talk, Taken())
    elif talk.capabilities.book_repeatable:
        talk.answered()


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
