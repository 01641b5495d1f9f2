"""Whatever happens in whatever order, after enough quiet both sides tell the same of one visit."""

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, event, given, note, settings
from hypothesis import strategies as st

from domain.directory import factory as clinic
from domain.scheduling.exchange.conftest import Build
from domain.scheduling.exchange.world import SLOT, World, killed_at_write
from domain.scheduling.scripted import KINDS, Fault, Killed
from feldsher.domain.scheduling import changes, exchange, tending
from feldsher.domain.scheduling.errors import NotCancellableError
from feldsher.domain.scheduling.types import State

pytestmark = pytest.mark.django_db
OPERATIONS = ("ensure_patient", "hold", "book", "find", "cancel")
STRIKES = (
    Fault.NOT_SENT,
    Fault.DROPPED,
    Fault.COMMIT_THEN_DROP,
    Fault.COMMIT_LATE,
    Fault.KILLED_AFTER,
    Fault.UNAVAILABLE,
)
Step = tuple[str, int]
STEPS = st.one_of(
    st.tuples(st.just("run"), st.just(0)),
    st.tuples(st.just("die"), st.integers(0, 11)),
    st.tuples(st.just("pass"), st.sampled_from([1, 10, 35, 70, 130])),
    st.tuples(st.just("fault"), st.integers(0, len(OPERATIONS) * len(STRIKES) - 1)),
    st.tuples(st.sampled_from(["clerk books", "clerk cancels", "patient cancels", "tend"]), st.just(0)),
)


def play(world: World, step: Step) -> None:
    """Do one step; what can't be done now is left out."""
    name, number = step
    if name == "run":
        attempt(world)
    elif name == "die":
        with killed_at_write(number):
            attempt(world)
    elif name == "pass":
        world.forward(number)
    elif name == "fault":
        operation = OPERATIONS[number % len(OPERATIONS)]
        world.mis.script[operation].append(STRIKES[number // len(OPERATIONS)])
    elif name == "clerk books":
        world.mis.clerk_books(SLOT)
    elif name == "clerk cancels":
        cancel_by_clerk(world)
    elif name == "patient cancels":
        if world.state is State.BOOKED:
            world.cancel()
    else:
        tending.keep_promises()
        tending.resume_exchanges()
        world.work()


def attempt(world: World) -> None:
    try:
        exchange.run(world.appointment)
    except Killed:
        return


def cancel_by_clerk(world: World) -> None:
    """Cancel ours at the registry: only where a feed can tell us."""
    if world.mis.kind.change_feed:
        for record in world.mis.booked():
            world.mis.clerk_cancels(record.ref)


def end(world: World) -> None:
    """Let it be quiet until nothing changes any more, and compare."""
    for _ in range(2):
        if world.mis.kind.change_feed:
            changes.follow(clinic.MIS)
        world.quieten(450)
    event(f"{world.state}")
    note(f"{world.state} {world.row().reason} {world.mis.calls} {world.mis.records}")
    world.agrees()


def a_history_ends_well(build: Build, wipe: Callable[[], None], kind: str, steps: list[Step]) -> None:
    wipe()
    world = build(kind)
    world.book()
    for step in steps:
        play(world, step)
        assert len(world.mis.booked()) <= 1
    end(world)


@settings(
    max_examples=12,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(kind=st.sampled_from(sorted(KINDS)), steps=st.lists(STEPS, max_size=12))
def test_a_short_history_ends_in_agreement(
    build: Build, wipe: Callable[[], None], kind: str, steps: list[Step]
) -> None:
    a_history_ends_well(build, wipe, kind, steps)


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
@settings(
    max_examples=40,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=st.lists(STEPS, min_size=4, max_size=25))
def test_any_history_ends_in_agreement(
    build: Build, wipe: Callable[[], None], kind: str, steps: list[Step]
) -> None:
    a_history_ends_well(build, wipe, kind, steps)


def test_a_visit_that_is_still_being_booked_cannot_be_cancelled(build: Build) -> None:
    world = build("reference")
    world.book()
    with pytest.raises(NotCancellableError):
        world.cancel()
