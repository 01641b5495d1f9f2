"""A record that its MIS moves may overlap its own old time; one that is booked anew may not."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest

from domain.scheduling.exchange.test_moving import Booked, booked, move, slot_at, state
from domain.scheduling.exchange.test_own_move import record_of
from domain.scheduling.exchange.world import SLOT, VISIT_AT, World
from domain.scheduling.factory import minutes
from domain.scheduling.scripted import KINDS, MOVERS, Fault
from feldsher.domain.scheduling import selectors, tokens
from feldsher.domain.scheduling.errors import SlotTakenError
from feldsher.domain.scheduling.making_way import making_way
from feldsher.domain.scheduling.models import Appointment, Exchange, Offer
from feldsher.domain.scheduling.services.holding import hold_time
from feldsher.domain.scheduling.types import State

__all__ = ["booked"]

pytestmark = pytest.mark.django_db
LATER = VISIT_AT + timedelta(minutes=15)


@pytest.fixture
def quarters(booked: Booked) -> Callable[[str], World]:
    """Book a patient for ten, where visits of half an hour begin each quarter of an hour."""

    def make(kind: str) -> World:
        world = booked(kind)
        Offer.objects.update(step=minutes(15))
        return world

    return make


def starts(visit: UUID) -> set[object]:
    card = selectors.appointment(visit, token=tokens.appointment_token(visit))
    return {slot.key.start for slot in selectors.times_to_move_to(card)}


@pytest.mark.parametrize("kind", list(MOVERS))
def test_a_record_is_moved_into_its_own_time(quarters: Booked, kind: str) -> None:
    world = quarters(kind)
    moved = move(world, LATER)
    assert (world.state, state(moved)) == (State.BOOKED, State.BOOKING)
    world.work()
    assert (world.state, state(moved)) == (State.MOVED, State.BOOKED)
    assert record_of(world).slot.begin == SLOT.begin.plus(15 * 60)
    assert "cancel" not in world.mis.calls


@pytest.mark.parametrize("kind", list(MOVERS))
@pytest.mark.parametrize("fault", [Fault.COMMIT_THEN_DROP, Fault.DROPPED, Fault.KILLED_AFTER])
def test_a_lost_answer_ends_with_one_visit_at_one_time(quarters: Booked, kind: str, fault: Fault) -> None:
    world = quarters(kind)
    moved = move(world, LATER)
    world.mis.script["move"] = [fault]
    world.work()
    for _ in range(25):
        world.tick()
    assert (world.state, state(moved)) == (State.MOVED, State.BOOKED)
    assert record_of(world).slot.begin == SLOT.begin.plus(15 * 60)


@pytest.mark.parametrize("kind", list(MOVERS))
def test_a_refusal_leaves_the_visit_where_it_was(quarters: Booked, kind: str) -> None:
    world = quarters(kind)
    before = Appointment.objects.filter(pk=world.appointment).values().get()
    moved = move(world, LATER)
    world.mis.script["move"] = [Fault.REFUSED]
    world.work()
    assert state(moved) is State.REJECTED
    assert Appointment.objects.filter(pk=world.appointment).values().get() == before


@pytest.mark.parametrize("kind", list(KINDS))
def test_where_a_move_books_anew_no_such_time_is_offered_or_held(quarters: Booked, kind: str) -> None:
    """The MIS has both records for a while, and would refuse the second after the patient has waited."""
    world = quarters(kind)
    assert LATER not in starts(world.appointment)
    with pytest.raises(SlotTakenError):
        move(world, LATER)
    assert Appointment.objects.get().pk == world.appointment


def test_nor_for_a_visit_that_its_mis_can_not_move(quarters: Booked) -> None:
    """Its id there is unknown, or another MIS keeps the doctor's time by now."""
    world = quarters("record")
    assert making_way(world.appointment) == world.appointment
    assert making_way(UUID(int=9)) is None
    talks, kept = Exchange.objects.filter(pk=world.appointment), Exchange.objects.get().ref
    talks.update(ref="")
    assert making_way(world.appointment) is None
    talks.update(ref=kept, mis="another")
    assert making_way(world.appointment) is None
    Offer.objects.update(mis="another")
    assert making_way(world.appointment) is None


def test_a_hold_that_was_left_in_the_chain_is_no_third_version(quarters: Booked) -> None:
    world = quarters("record")
    moved = move(world, VISIT_AT + timedelta(hours=1))
    left = hold_time(
        tokens.read_slot_token(slot_at(LATER)), channel="site", instead=making_way(world.appointment)
    )
    assert Appointment.objects.get(pk=left.id).chain == world.row().chain
    world.work()
    assert (world.state, state(moved)) == (State.MOVED, State.BOOKED)
