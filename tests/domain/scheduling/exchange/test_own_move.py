"""A MIS that moves a record itself is asked to, once, and nothing is ever cancelled by the record's id."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from domain.directory import factory as clinic
from domain.scheduling.exchange.conftest import Build
from domain.scheduling.exchange.test_crashes import MOST_WRITES
from domain.scheduling.exchange.test_moving import ELSEWHEN, HOUR, Booked, book, booked, move, state
from domain.scheduling.exchange.world import NOW, SLOT, World, killed_at_write
from domain.scheduling.scripted import MOVERS, Fault, Killed, Record
from feldsher.domain.scheduling import agreement, changes, exchange, services, tokens
from feldsher.domain.scheduling.exchange import moving
from feldsher.domain.scheduling.models import Appointment, Discrepancy, Exchange, Transition
from feldsher.domain.scheduling.ports import BookingQuery, FindOutcome, Indeterminate
from feldsher.domain.scheduling.types import Said, State
from feldsher.kernel import clock

__all__ = ["booked"]

pytestmark = pytest.mark.django_db
NEW = replace(SLOT, begin=SLOT.begin.plus(3 * 3600))
THIRD = replace(SLOT, begin=SLOT.begin.plus(5 * 3600))
every_mover = pytest.mark.parametrize("kind", list(MOVERS))


@pytest.fixture
def record_mover(booked: Booked) -> World:
    return booked("record")


def record_of(world: World) -> Record:
    """Return the one record that stands in the MIS for the patient."""
    (record,) = world.mis.booked()
    return record


def talk(visit: UUID) -> Exchange:
    return Exchange.objects.get(pk=visit)


def agree(world: World, moved: UUID) -> None:
    """Check that one visit stands here and in the MIS, at one time, or that a person looks at it."""
    rows = list(Appointment.objects.filter(active=True))
    record = record_of(world)
    assert "cancel" not in world.mis.calls
    if len(rows) == 1:
        assert rows[0].state == State.BOOKED
        assert talk(rows[0].pk).ref == record.ref
        assert talk(rows[0].pk).wall_start == record.slot.begin.iso()
    else:
        assert (world.state, state(moved)) == (State.BOOKED, State.UNKNOWN)
        assert talk(moved).needs_person_at is not None


@every_mover
def test_the_record_is_moved_and_nothing_is_cancelled(booked: Booked, kind: str) -> None:
    world = booked(kind)
    before, calls = record_of(world), len(world.mis.calls)
    moved = move(world)
    assert (world.state, state(moved)) == (State.BOOKED, State.BOOKING)
    world.work()
    assert world.work() == 0
    asked = [call for call in world.mis.calls[calls:] if call != "ensure_patient"]
    assert asked == ["move"]
    assert (world.state, world.row().reason, state(moved)) == (State.MOVED, "moved_by_patient", State.BOOKED)
    assert record_of(world).slot.begin == NEW.begin
    assert talk(moved).ref == record_of(world).ref
    assert (talk(moved).ref == before.ref) is MOVERS[kind].move_keeps_ref
    told = Transition.objects.filter(appointment__in=[world.appointment, moved]).order_by("id")
    assert [(each.before, each.after) for each in told][-2:] == [("booking", "booked"), ("booked", "moved")]


@every_mover
def test_a_cancel_of_the_moved_visit_frees_its_record(booked: Booked, kind: str) -> None:
    world = booked(kind)
    moved = move(world)
    world.work()
    services.cancel(moved, token=tokens.appointment_token(moved))
    world.work()
    assert (world.state, state(moved), world.mis.booked()) == (State.MOVED, State.CANCELLED, [])


@every_mover
def test_a_moved_visit_moves_on(booked: Booked, kind: str) -> None:
    world = booked(kind)
    first = move(world)
    world.work()
    world.appointment = first
    second = move(world, ELSEWHEN + HOUR)
    world.work()
    assert (state(first), state(second)) == (State.MOVED, State.BOOKED)
    assert record_of(world).slot.begin == SLOT.begin.plus(4 * 3600)


@every_mover
def test_a_time_that_a_registrar_takes_first_leaves_the_visit_where_it_was(booked: Booked, kind: str) -> None:
    world = booked(kind)
    moved = move(world)
    world.mis.script["move"] = [Fault.CLERK_RACE]
    world.work()
    assert (world.state, state(moved)) == (State.BOOKED, State.REJECTED)
    assert Appointment.objects.get(pk=moved).reason == "taken_in_mis"
    agree(world, moved)


@every_mover
@pytest.mark.parametrize("how", ["moves", "cancels"])
def test_what_a_registrar_did_to_the_record_first_is_not_undone(booked: Booked, kind: str, how: str) -> None:
    world = booked(kind)
    ref, moved = record_of(world).ref, move(world)

    def act(operation: str) -> None:
        if operation == "move":
            world.mis.clerk_moves(ref, THIRD) if how == "moves" else world.mis.clerk_cancels(ref)

    world.mis.on_call, looked = act, clock.now()
    world.work()
    if kind == "document" and how == "moves":
        assert state(moved) is State.BOOKING
        while world.mis.calls.count("move") < 2:
            world.tick()
        assert clock.now() >= looked + timedelta(seconds=60)
    assert (world.state, state(moved)) == (State.BOOKED, State.REJECTED)
    assert Appointment.objects.get(pk=moved).reason == "visit_gone"
    assert [record.slot.begin for record in world.mis.booked()] == [THIRD.begin] * (how == "moves")
    assert len(world.calls_promised()) == 1
    told = [(row.appointment, row.kind, row.state) for row in Discrepancy.objects.all()]
    assert told == ([] if world.mis.kind.change_feed else [(world.appointment, "missing", "waiting")])


def test_a_look_at_a_stale_schedule_does_not_end_a_move(booked: Booked) -> None:
    world = booked("document")
    ref, moved = record_of(world).ref, move(world)
    world.mis.clerk_moves(ref, THIRD)  # so it looks, once
    world.work()
    assert (state(moved), talk(moved).stage) == (State.BOOKING, "move")
    world.mis.clerk_moves(ref, SLOT)
    for _ in range(11):
        world.tick()
    assert (world.state, state(moved), record_of(world).slot.begin) == (State.MOVED, State.BOOKED, NEW.begin)


def test_past_its_hour_a_move_that_one_look_missed_promises_no_old_time(booked: Booked) -> None:
    world = booked("document")
    ref, moved = record_of(world).ref, move(world)
    world.mis.clerk_moves(ref, THIRD)
    world.work()
    world.forward(121)
    world.mis.always["move"] = Fault.NOT_SENT
    world.tick()
    assert Appointment.objects.get(pk=moved).reason == "visit_gone"


def test_a_lost_move_of_a_document_that_stands_at_neither_time_is_not_repeated(booked: Booked) -> None:
    world = booked("document")
    ref, moved = record_of(world).ref, move(world)
    world.mis.script["move"] = [Fault.DROPPED]
    world.work()
    world.mis.clerk_moves(ref, THIRD)
    for _ in range(25):
        world.tick()
    assert (state(moved), record_of(world).slot.begin) == (State.UNKNOWN, THIRD.begin)
    assert talk(moved).needs_person_at is not None


def test_a_new_ticket_that_nobody_can_tell_of_beside_the_old_one_is_not_taken_again(booked: Booked) -> None:
    """The hub may have written the new one and kept the old: only what is not there may be sent again."""
    world = booked("ticket")
    moved, find = move(world), world.mis.find_booking
    world.mis.script["move"] = [Fault.DROPPED]

    def find_booking(query: BookingQuery) -> FindOutcome:
        return Indeterminate("not shown") if query.ref is None else find(query)

    world.mis.find_booking = find_booking  # type: ignore[method-assign] - a hub that hides the new ticket
    world.work()
    for _ in range(25):
        world.tick()
    assert (state(moved), world.mis.calls.count("move")) == (State.UNKNOWN, 1)
    assert talk(moved).needs_person_at is not None


@every_mover
@pytest.mark.parametrize(
    "fault",
    [Fault.COMMIT_THEN_DROP, Fault.COMMIT_LATE, Fault.DROPPED, Fault.KILLED_BEFORE, Fault.KILLED_AFTER],
)
def test_a_lost_answer_ends_with_one_visit_at_one_time(booked: Booked, kind: str, fault: Fault) -> None:
    world = booked(kind)
    moved = move(world)
    world.mis.script["move"] = [fault]
    world.work()
    for _ in range(25):
        world.tick()
    world.mis.settle()
    assert (world.state, state(moved)) == (State.MOVED, State.BOOKED)
    agree(world, moved)
    # A record whose time is told is read, and sent again only once it was seen at its old time.
    is_told = kind != "document"
    is_written = fault not in {Fault.DROPPED, Fault.KILLED_BEFORE}
    assert world.mis.calls.count("move") == (1 if is_told and is_written else 2)


@every_mover
def test_while_a_lost_call_may_still_be_written_none_is_sent(booked: Booked, kind: str) -> None:
    world = booked(kind)
    moved = move(world)
    world.mis.script["move"] = [Fault.DROPPED]
    world.work()
    for _ in range(5):
        world.tick()
    assert state(moved) is State.UNKNOWN
    assert world.mis.calls.count("move") == 1


@every_mover
@pytest.mark.parametrize("found", [Fault.DROPPED, Fault.UNAVAILABLE])
def test_where_nobody_can_tell_both_times_stay_taken_and_a_person_is_asked(
    booked: Booked, kind: str, found: Fault
) -> None:
    world = booked(kind)
    moved = move(world)
    world.mis.always |= {"find": found, "move": Fault.DROPPED}
    world.work()
    for _ in range(25):
        world.tick()
    assert (world.state, state(moved)) == (State.BOOKED, State.UNKNOWN)
    assert len(world.calls_promised()) == 1
    agree(world, moved)


def test_a_repeated_move_of_a_document_that_is_refused_is_asked_of_a_person(booked: Booked) -> None:
    """1С can't say when its document stands: refused, it may have been moved by the call that was lost."""
    world = booked("document")
    moved = move(world)
    world.mis.script["move"] = [Fault.COMMIT_THEN_DROP, Fault.REFUSED, Fault.REFUSED]
    world.work()
    for _ in range(25):
        world.tick()
    agree(world, moved)
    assert state(moved) is State.UNKNOWN


@every_mover
@pytest.mark.parametrize("said", [Said.BOOKED, Said.ABSENT])
def test_a_person_s_word_cancels_nothing(booked: Booked, kind: str, said: Said) -> None:
    world = booked(kind)
    moved = move(world)
    is_moved = said is Said.BOOKED
    world.mis.script["move"] = [Fault.COMMIT_THEN_DROP if is_moved else Fault.DROPPED]
    world.mis.always["find"] = Fault.DROPPED
    world.work()
    for _ in range(25):
        world.tick()
    exchange.decide(moved, said=said, by=UUID(int=1))
    for _ in range(3):
        world.tick()
    ends = (State.MOVED, State.BOOKED) if is_moved else (State.BOOKED, State.REJECTED)
    assert (world.state, state(moved)) == ends
    assert record_of(world).slot.begin == (NEW if is_moved else SLOT).begin
    assert "cancel" not in world.mis.calls
    if is_moved:
        assert talk(moved).ref == (record_of(world).ref if MOVERS[kind].move_keeps_ref else "")


@every_mover
def test_a_crash_before_any_write_of_a_move_loses_nothing(
    build: Build, wipe: Callable[[], None], set_clock: Callable[[datetime], None], kind: str
) -> None:
    deaths = {"document": 4, "record": 4, "ticket": 4}
    for number in range(MOST_WRITES):
        wipe()
        world = build(kind)
        world.set_clock = set_clock
        set_clock(NOW)
        book(world)
        moved = move(world)
        try:
            with killed_at_write(number):
                exchange.run(moved)
        except Killed:
            for _ in range(25):
                world.tick()
            assert (world.state, state(moved)) == (State.MOVED, State.BOOKED)
            agree(world, moved)
        else:
            assert number >= deaths[kind]
            return
    raise AssertionError("it never got through")


# The feed and the questions about visits, which see the record at its new time.


@pytest.mark.parametrize("takes_references", [True, False])
def test_a_move_whose_answer_the_feed_brings_is_ours(record_mover: World, *, takes_references: bool) -> None:
    world = record_mover
    world.mis.takes_references = takes_references
    moved = move(world)
    world.mis.script["move"] = [Fault.COMMIT_THEN_DROP]
    world.work()
    assert state(moved) is State.UNKNOWN
    changes.follow(clinic.MIS)
    assert (world.state, state(moved)) == (State.MOVED, State.BOOKED)
    world.work()
    agree(world, moved)


@pytest.mark.parametrize("takes_references", [True, False])
def test_a_move_of_ours_that_the_feed_tells_again_changes_nothing(
    record_mover: World, *, takes_references: bool
) -> None:
    world = record_mover
    world.mis.takes_references = takes_references
    moved = move(world)
    world.work()
    world.forward(1)
    assert changes.follow(clinic.MIS) == 0
    assert Appointment.objects.count() == 2
    agree(world, moved)


@pytest.mark.parametrize("takes_references", [True, False])
def test_a_registrar_s_move_after_ours_is_theirs(record_mover: World, *, takes_references: bool) -> None:
    world = record_mover
    world.mis.takes_references = takes_references
    moved = move(world)
    world.work()
    world.mis.clerk_moves(record_of(world).ref, THIRD)
    world.forward(1)
    changes.follow(clinic.MIS)
    assert (state(moved), Appointment.objects.get(pk=moved).reason) == (State.MOVED, "moved_in_mis")
    agree(world, moved)


def test_a_registrar_s_move_that_the_feed_brings_first_ends_ours(record_mover: World) -> None:
    world = record_mover
    moved = move(world)
    world.mis.clerk_moves(record_of(world).ref, THIRD)
    changes.follow(clinic.MIS)
    assert (world.state, world.row().reason) == (State.MOVED, "moved_in_mis")
    world.work()
    assert state(moved) is State.REJECTED
    assert "move" not in world.mis.calls
    agree(world, moved)


def test_a_record_that_ours_moved_on_from_where_a_registrar_had_put_it_is_one_visit(
    record_mover: World,
) -> None:
    """Between their move and the feed of it our call was written: the MIS has one record, at our time."""
    world = record_mover
    moved, ref = move(world), record_of(world).ref

    def act(operation: str) -> None:
        if operation == "move":
            world.mis.clerk_moves(ref, THIRD)
            changes.follow(clinic.MIS)
            world.mis.clerk_moves(ref, SLOT)  # so that the look just before our write sees nothing of it

    world.mis.on_call = act
    world.work()
    world.mis.on_call = lambda _: None
    world.forward(1)
    changes.follow(clinic.MIS)
    assert state(moved) is State.BOOKED
    agree(world, moved)


def test_a_record_that_is_told_elsewhere_after_its_move_was_refused_moves_the_visit(
    record_mover: World,
) -> None:
    world = record_mover
    moved = move(world)
    world.mis.script["move"] = [Fault.REFUSED]
    world.work()
    record = record_of(world)
    record.reference = str(moved)
    world.forward(1)
    world.mis.clerk_moves(record.ref, NEW)
    changes.follow(clinic.MIS)
    assert (world.state, state(moved)) == (State.MOVED, State.REJECTED)
    agree(world, moved)


def test_a_registrar_s_cancel_of_the_moved_record_ends_the_visit(record_mover: World) -> None:
    world = record_mover
    moved = move(world)
    world.work()
    world.mis.clerk_cancels(record_of(world).ref)
    world.forward(1)
    changes.follow(clinic.MIS)
    assert (world.state, state(moved)) == (State.MOVED, State.CANCELLED)


@pytest.mark.parametrize("fault", [Fault.COMMIT_THEN_DROP, Fault.DROPPED, Fault.NOT_SENT])
@pytest.mark.parametrize("takes_references", [True, False])
def test_a_registrar_s_cancel_of_a_record_on_its_way_ends_both_versions(
    record_mover: World, fault: Fault, *, takes_references: bool
) -> None:
    """With our reference of the new version it is told as that of the one whose answer is awaited."""
    world = record_mover
    world.mis.takes_references = takes_references
    moved, ref = move(world), record_of(world).ref
    world.mis.script["move"] = [fault]
    world.work()
    world.mis.clerk_cancels(ref)
    world.forward(1)
    changes.follow(clinic.MIS)
    assert (world.state, world.row().reason) == (State.CANCELLED, "cancelled_in_mis")
    for _ in range(25):
        world.tick()
    assert (state(moved), Appointment.objects.get(pk=moved).reason) == (State.REJECTED, "visit_gone")
    assert world.mis.booked() == []


@every_mover
def test_nobody_is_told_that_a_visit_is_gone_which_moves(booked: Booked, kind: str) -> None:
    """The old visit is asked about while its move has no answer: its record stands elsewhere, by us."""
    world = booked(kind)
    move(world)
    world.mis.script["move"] = [Fault.COMMIT_THEN_DROP]
    world.work()
    agreement.ask_about([world.appointment])
    agreement.judge(clinic.MIS)
    assert world.state is State.BOOKED
    assert not Discrepancy.objects.exists()


# Who is moved by booking anew, as ever.


@every_mover
def test_a_move_that_began_by_booking_anew_ends_so(booked: Booked, kind: str) -> None:
    world = booked(kind)
    able = world.mis.kind
    world.mis.kind = replace(able, can_move=False)
    moved = move(world)
    world.mis.script["book"] = [Fault.NOT_SENT]
    world.work()
    world.mis.kind = able
    for _ in range(3):
        world.tick()
    assert "move" not in world.mis.calls
    assert (world.state, state(moved)) == (State.MOVED, State.BOOKED)
    assert record_of(world).slot.begin == NEW.begin


@every_mover
def test_a_visit_whose_id_nobody_knows_is_booked_anew(booked: Booked, kind: str) -> None:
    world = booked(kind)
    Exchange.objects.filter(pk=world.appointment).update(ref="")
    moved = move(world)
    world.work()
    assert "move" not in world.mis.calls
    assert state(moved) is State.BOOKED


def test_a_time_of_another_doctor_is_booked_anew(record_mover: World) -> None:
    """The contracts tell of another time, and not of another doctor."""
    world = record_mover
    moved = move(world)
    other = Appointment.objects.get(pk=moved)
    other.practitioner = UUID(int=7)
    Appointment.objects.filter(pk=moved).update(practitioner=other.practitioner)
    assert exchange.own_move.is_own(exchange.talk.Talk(moved)) is False


def test_without_its_rule_the_moved_record_would_be_cancelled(
    record_mover: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: what frees the old time of a visit that was booked anew cancels the record that moved."""
    leave = moving.leave

    def free_too(new: Appointment, *, moves: UUID, is_own: bool) -> None:
        assert is_own
        leave(new, moves=moves, is_own=False)

    monkeypatch.setattr(moving, "leave", free_too)
    world = record_mover
    moved = move(world)
    world.work()
    world.work()
    assert (state(moved), world.mis.booked()) == (State.BOOKED, [])
