"""A crash between any two writes loses nothing: the process dies before each of them in turn."""

from collections.abc import Callable

import pytest

from domain.scheduling.exchange.conftest import Build
from domain.scheduling.exchange.world import World, killed_at_write
from domain.scheduling.scripted import Fault, Killed
from feldsher.domain.scheduling import exchange
from feldsher.domain.scheduling.exchange.talk import OvertakenError, Talk
from feldsher.domain.scheduling.models import CallRequest
from feldsher.domain.scheduling.types import State

pytestmark = pytest.mark.django_db

BOOKINGS = [
    ("reserves", "hold", Fault.OK, 6),
    ("reserves", "book", Fault.REFUSED, 10),
    ("reserves", "book", Fault.COMMIT_THEN_DROP, 5),
    ("reference", "book", Fault.OK, 5),
    ("reference", "book", Fault.CLERK_RACE, 5),
    ("reference", "book", Fault.COMMIT_LATE, 4),
    ("patients", "ensure_patient", Fault.AMBIGUOUS, 7),
    ("patients", "book", Fault.DROPPED, 4),
    ("blind", "book", Fault.OK, 5),
    ("blind", "book", Fault.NOT_SENT, 2),
]
MOST_WRITES = 40


def die_everywhere(make: Callable[[], World], act: Callable[[World], None]) -> int:
    """Run `act` on fresh worlds, dying before each write in turn until it gets through; count the deaths."""
    for number in range(MOST_WRITES):
        world = make()
        try:
            with killed_at_write(number):
                act(world)
        except Killed:
            world.quieten()
            world.agrees()
        else:
            return number
    raise AssertionError("it never got through")


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "step", "fault", "writes"), BOOKINGS)
def test_a_crash_before_any_write_of_the_first_run_loses_nothing(
    build: Build, wipe: Callable[[], None], kind: str, step: str, fault: Fault, writes: int
) -> None:
    def make() -> World:
        wipe()
        world = build(kind)
        world.book()
        world.mis.script[step] = [fault]
        return world

    assert die_everywhere(make, lambda world: exchange.run(world.appointment)) == writes


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "fault", "writes"),
    [
        ("reserves", Fault.COMMIT_THEN_DROP, 4),
        ("reserves", Fault.DROPPED, 6),
        ("reference", Fault.COMMIT_THEN_DROP, 4),
        ("reference", Fault.DROPPED, 6),
    ],
)
def test_a_crash_before_any_write_of_the_read_back_loses_nothing(
    build: Build, wipe: Callable[[], None], kind: str, fault: Fault, writes: int
) -> None:
    def make() -> World:
        wipe()
        world = build(kind)
        world.book()
        world.mis.script["book"] = [fault]
        world.work()
        world.forward(90)
        if (kind, fault) == ("reference", Fault.DROPPED):
            exchange.run(world.appointment)  # the first of two reads
        world.forward(10)
        return world

    assert die_everywhere(make, lambda world: exchange.run(world.appointment)) == writes


@pytest.mark.slow
@pytest.mark.parametrize(
    ("fault", "writes"), [(Fault.OK, 5), (Fault.COMMIT_THEN_DROP, 1), (Fault.REFUSED, 9)]
)
def test_a_crash_before_any_write_of_a_cancel_loses_nothing(
    build: Build, wipe: Callable[[], None], fault: Fault, writes: int
) -> None:
    def make() -> World:
        wipe()
        world = build("reserves")
        world.book()
        world.work()
        world.cancel()
        world.mis.script["cancel"] = [fault]
        return world

    assert die_everywhere(make, lambda world: exchange.run(world.appointment)) == writes


@pytest.mark.slow
def test_a_crash_before_any_write_of_giving_up_never_frees_the_time_without_the_call(
    build: Build, wipe: Callable[[], None]
) -> None:
    def make() -> World:
        wipe()
        world = build("reference")
        world.book()
        world.mis.always["book"] = Fault.NOT_SENT
        world.work()
        world.forward(120)
        return world

    def act(world: World) -> None:
        exchange.run(world.appointment)
        assert (world.state, CallRequest.objects.count()) == (State.REJECTED, 1)

    assert die_everywhere(make, act) == 10


def test_an_answer_and_the_state_that_follows_are_one_commit(build: Build) -> None:
    """Were they two, a crash between them would send a booked visit once more."""
    world = build("blind")
    world.book()
    with pytest.raises(Killed), killed_at_write(2):
        exchange.run(world.appointment)
    assert len(world.mis.booked()) == 1
    assert Talk(world.appointment).is_open
    assert world.state is State.BOOKING
    world.quieten()
    assert world.mis.calls.count("book") == 1


def test_the_clock_may_step_back_between_two_calls_without_a_second_booking(build: Build) -> None:
    world = build("reference")
    world.book()
    world.mis.script["book"] = [Fault.NOT_SENT, Fault.KILLED_AFTER]
    world.work()
    world.forward(-5)
    world.tick(0)
    assert len(world.mis.booked()) == 1
    world.quieten()
    world.agrees()
    assert world.mis.calls.count("book") == 2


def test_a_run_that_was_believed_dead_writes_nothing_once_another_has_carried_on(build: Build) -> None:
    """The slow run's answer comes while the next one is talking: only one of them goes on."""
    world = build("reserves")
    world.book()
    runs: list[str] = []

    def meanwhile(operation: str) -> None:
        runs.append(operation)
        if runs == ["hold"]:
            exchange.run(world.appointment)

    world.mis.on_call = meanwhile
    exchange.run(world.appointment)
    world.mis.on_call = lambda _: None
    world.quieten()
    world.agrees()


def test_two_runs_that_book_at_once_leave_one_visit(build: Build) -> None:
    world = build("reference")
    world.book()
    runs: list[str] = []

    def meanwhile(operation: str) -> None:
        runs.append(operation)
        if runs == ["book"]:
            exchange.run(world.appointment)

    world.mis.on_call = meanwhile
    exchange.run(world.appointment)
    assert world.mis.calls.count("book") == 1
    world.quieten()
    world.agrees()


def test_a_stale_view_of_the_talk_may_not_write(build: Build) -> None:
    world = build("reference")
    world.book()
    stale = Talk(world.appointment)
    world.work()
    with pytest.raises(OvertakenError):
        stale.leaving("book")
    with pytest.raises(OvertakenError):
        stale.move(State.REJECTED, reason="mis_unavailable")
    assert world.state is State.BOOKED
    world.agrees()
