"""Who moves a record in the MIS by hand may leave it its id: nothing is cancelled by that then."""

from collections.abc import Callable
from dataclasses import replace
from uuid import UUID

import pytest

from domain.directory import factory as clinic
from domain.scheduling.exchange.conftest import Build
from domain.scheduling.exchange.test_moving import Booked, booked, move, state
from domain.scheduling.exchange.test_own_move import NEW, THIRD, every_mover, record_of, talk
from domain.scheduling.exchange.world import World
from domain.scheduling.scripted import MOVERS, Fault
from domain.scheduling.staff import REGISTRAR, somebody
from feldsher.domain.directory.types import Kind
from feldsher.domain.scheduling import changes, selectors, services
from feldsher.domain.scheduling.models import Appointment, CallRequest
from feldsher.domain.scheduling.sealed import open_call
from feldsher.domain.scheduling.types import Said, Stage, State
from feldsher.foundation.access.roles import Role

__all__ = ["booked"]

pytestmark = pytest.mark.django_db


def by_hand(world: World) -> UUID:
    """Begin a move whose new time staff write into the MIS."""
    branch = clinic.row(Kind.LOCATION, clinic.NORTH.id)
    services.set_stage(branch, stage=Stage.REQUESTS, staff=somebody(Role.SYSTEM_ADMIN))
    moved = move(world)
    world.work()
    assert (state(moved), talk(moved).stage) == (State.UNKNOWN, "by_hand")
    return moved


def of_two_cards(world: World) -> UUID:
    """Begin a move of a patient for whom a person must choose a card."""
    world.mis.always["ensure_patient"] = Fault.AMBIGUOUS
    moved = move(world)
    world.work()
    assert (state(moved), talk(moved).stage) == (State.UNKNOWN, "patient")
    return moved


def lost(world: World) -> UUID:
    """Begin a move by booking anew whose answer is lost, and of which a person is asked."""
    world.mis.script["book"] = [Fault.COMMIT_THEN_DROP]
    world.mis.always["find"] = Fault.UNAVAILABLE
    moved = move(world)
    for _ in range(15):
        world.tick()
    assert (state(moved), talk(moved).stage) == (State.UNKNOWN, "book")
    return moved


def topics() -> list[str]:
    rows = CallRequest.objects.order_by("created_at")
    return [open_call(bytes(row.topic), column="topic", row=row.id) for row in rows]


def versions() -> list[Appointment]:
    return list(Appointment.objects.filter(active=True))


@every_mover
def test_a_record_that_staff_moved_by_hand_is_not_cancelled(booked: Booked, kind: str) -> None:
    """Where a record gets another id anyway, the old one is freed as ever."""
    world = booked(kind)
    moved = by_hand(world)
    world.mis.clerk_moves(record_of(world).ref, NEW)
    services.decide(moved, said=Said.BOOKED, staff=REGISTRAR)
    world.work()
    assert (world.state, state(moved)) == (State.MOVED, State.BOOKED)
    is_kept = MOVERS[kind].move_keeps_ref
    assert world.mis.calls.count("cancel") == (not is_kept)
    assert len(world.mis.booked()) == is_kept


@pytest.mark.parametrize("act", [by_hand, of_two_cards])
def test_what_staff_are_asked_names_the_old_time(
    booked: Booked, build: Build, act: Callable[[World], UUID]
) -> None:
    world = booked("ticket")
    moved = act(world)
    (topic,) = topics()
    assert "2026-11-26 13:00" in topic
    assert topic.endswith("Это перенос, было: 2026-11-26 10:00")
    (visit,) = selectors.troubled_visits(REGISTRAR)
    assert (visit.id, visit.moved_from) == (moved, world.row().starts_at)


def test_a_card_that_staff_chose_and_moved_themselves_keeps_its_record(booked: Booked) -> None:
    world = booked("record")
    world.mis.kind = MOVERS["ticket"]  # asks for a card
    moved = of_two_cards(world)
    world.mis.kind = MOVERS["record"]
    world.mis.clerk_moves(record_of(world).ref, NEW)
    services.decide(moved, said=Said.BOOKED, staff=REGISTRAR)
    world.work()
    assert (state(moved), "cancel" in world.mis.calls) == (State.BOOKED, False)
    assert record_of(world).slot.begin == NEW.begin


def test_a_move_by_hand_that_the_feed_brings_is_ours(booked: Booked) -> None:
    world = booked("record")
    moved = by_hand(world)
    world.mis.clerk_moves(record_of(world).ref, replace(NEW, minutes=20))
    changes.follow(clinic.MIS)
    world.work()
    assert (world.state, state(moved), talk(moved).ref) == (State.MOVED, State.BOOKED, record_of(world).ref)
    assert [row.pk for row in versions()] == [moved]
    assert "cancel" not in world.mis.calls


def test_a_word_about_what_the_feed_has_told_with_another_length_keeps_its_id(booked: Booked) -> None:
    world = booked("record")
    moved = by_hand(world)
    world.mis.clerk_moves(record_of(world).ref, NEW)  # longer than ours
    changes.follow(clinic.MIS)
    services.decide(moved, said=Said.BOOKED, staff=REGISTRAR)
    assert ([row.pk for row in versions()], talk(moved).ref) == ([moved], record_of(world).ref)
    assert len(topics()) == 1


def test_a_word_about_a_move_that_the_feed_told_otherwise_leaves_one_version_and_asks(booked: Booked) -> None:
    """The registrar put it at a third time first, as the feed says, and then says that it is at ours."""
    world = booked("record")
    moved = by_hand(world)
    world.mis.clerk_moves(record_of(world).ref, THIRD)
    changes.follow(clinic.MIS)
    assert {state(row.pk) for row in versions()} == {State.BOOKED, State.UNKNOWN}
    services.decide(moved, said=Said.BOOKED, staff=REGISTRAR)
    world.work()
    assert [row.pk for row in versions()] == [moved]
    assert "cancel" not in world.mis.calls
    assert "МИС сообщала и о другом времени" in topics()[-1]


def test_a_lost_booking_that_is_read_back_beside_the_clinics_own_move_is_asked_of_a_person(
    booked: Booked,
) -> None:
    world = booked("reference")
    moved = lost(world)
    old = next(record for record in world.mis.booked() if record.slot.begin != NEW.begin)
    world.mis.clerk_moves(old.ref, THIRD)
    batch, world.mis.feed = world.mis.feed, [change for change in world.mis.feed if change.ref == old.ref]
    changes.follow(clinic.MIS)  # the feed has not told of ours yet
    world.mis.feed = batch
    world.mis.always.clear()
    world.tick()
    assert state(moved) is State.UNKNOWN
    services.decide(moved, said=Said.BOOKED, staff=REGISTRAR)
    assert [row.pk for row in versions()] == [moved]
    assert len(topics()) == 2


def test_a_cancel_of_the_clinic_ends_a_move_under_way(booked: Booked) -> None:
    world = booked("record")
    moved = move(world)
    world.mis.clerk_cancels(record_of(world).ref)
    changes.follow(clinic.MIS)
    assert (world.state, world.row().reason) == (State.CANCELLED, "cancelled_in_mis")
    world.work()
    row = Appointment.objects.get(pk=moved)
    assert (row.state, row.reason) == (State.REJECTED, "visit_gone")
    assert (world.mis.booked(), versions()) == ([], [])
