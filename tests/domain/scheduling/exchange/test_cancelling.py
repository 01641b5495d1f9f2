"""A cancelled visit is free in the MIS before it is free here; a lost answer is asked again."""

import pytest

from domain.scheduling.exchange.conftest import Build
from domain.scheduling.exchange.world import VISIT_AT, World
from domain.scheduling.scripted import KINDS, Fault
from feldsher.domain.scheduling import tending
from feldsher.domain.scheduling.models import CallRequest
from feldsher.domain.scheduling.types import State

pytestmark = pytest.mark.django_db


def booked(build: Build, kind: str = "reserves") -> World:
    world = build(kind)
    world.book()
    world.work()
    assert world.state is State.BOOKED
    return world


@pytest.mark.parametrize("kind", KINDS)
def test_a_cancel_frees_the_time_in_the_mis_in_one_call(build: Build, kind: str) -> None:
    world = booked(build, kind)
    world.cancel()
    assert world.state is State.CANCELLING
    world.work()
    assert (world.state, world.row().reason) == (State.CANCELLED, "cancelled_by_patient")
    assert world.mis.calls.count("cancel") == 1
    assert world.row().answer_by is None
    world.agrees()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "fault",
    [
        Fault.NOT_SENT,
        Fault.DROPPED,
        Fault.COMMIT_THEN_DROP,
        Fault.COMMIT_LATE,
        Fault.KILLED_BEFORE,
        Fault.KILLED_AFTER,
        Fault.UNAVAILABLE,
        Fault.BUG,
    ],
)
def test_a_cancel_that_fails_once_is_repeated(build: Build, kind: str, fault: Fault) -> None:
    world = booked(build, kind)
    world.cancel()
    world.mis.script["cancel"] = [fault]
    world.work()
    assert world.state is State.CANCELLING
    world.tick()
    assert world.state is State.CANCELLED
    assert world.mis.calls.count("cancel") == 2
    world.agrees()
    assert world.calls_promised() == []


def test_what_the_registry_cancelled_already_is_cancelled(build: Build) -> None:
    world = booked(build)
    world.mis.clerk_cancels(world.talk().ref)
    world.cancel()
    world.work()
    assert world.state is State.CANCELLED


def test_what_the_mis_no_longer_knows_is_cancelled(build: Build) -> None:
    world = booked(build)
    world.mis.records.clear()
    world.cancel()
    world.work()
    assert world.state is State.CANCELLED


def test_a_refused_cancel_leaves_the_visit_booked_and_a_person_is_asked_in_the_same_commit(
    build: Build,
) -> None:
    world = booked(build)
    world.cancel()
    world.mis.script["cancel"] = [Fault.REFUSED]
    world.work()
    assert (world.state, world.row().reason) == (State.BOOKED, "cancel_rejected")
    assert [call.call_by for call in world.calls_promised()] == [world.row().answer_by]
    world.agrees()


@pytest.mark.parametrize("fault", [Fault.NOT_SENT, Fault.DROPPED, Fault.UNAVAILABLE, Fault.BUG])
def test_a_cancel_that_never_gets_through_ends_in_one_call_and_goes_on(build: Build, fault: Fault) -> None:
    world = booked(build)
    world.cancel()
    world.mis.always["cancel"] = fault
    for _ in range(16):
        world.tick()
    if fault is not Fault.BUG:  # the broken adapter had written before it broke
        assert world.state is State.CANCELLING
        assert CallRequest.objects.count() == 1
        assert world.row().answer_by == world.calls_promised()[0].call_by
    world.quieten()
    assert world.state is State.CANCELLED
    world.agrees()


def test_an_unfinished_cancel_is_no_longer_repeated_once_its_time_is_over(build: Build) -> None:
    world = booked(build)
    world.cancel()
    world.mis.always["cancel"] = Fault.NOT_SENT
    for _ in range(14):
        world.tick()
    assert tending.resume_exchanges() == 1
    world.work()
    world.forward((VISIT_AT - world.moment).total_seconds() + 1800)
    assert tending.resume_exchanges() == 0


def test_a_cancel_of_days_does_not_overflow_its_counter(build: Build) -> None:
    world = booked(build)
    world.cancel()
    exchange = world.talk()
    exchange.attempts = 32_767
    exchange.save(update_fields=["attempts"])
    world.mis.always["cancel"] = Fault.DROPPED
    world.tick()
    world.quieten()
    assert world.state is State.CANCELLED


def test_a_booking_that_is_written_late_does_not_bring_a_cancelled_visit_back(build: Build) -> None:
    """The first of two sendings was lost and lies with the MIS; it arrives after the cancel."""
    world = build("reserves")
    world.book()
    world.mis.script["book"] = [Fault.COMMIT_LATE]
    world.work()
    world.tick()
    assert world.state is State.BOOKED
    world.cancel()
    world.work()
    record = world.mis.records[0]
    assert (world.state, record.state) == (State.CANCELLING, "cancelled")
    record.state = "reserved"  # as on a MIS whose documents can be revived
    world.forward(30)
    world.mis.settle()
    assert record.state == "booked"
    world.quieten()
    assert world.state is State.CANCELLED
    world.agrees()
