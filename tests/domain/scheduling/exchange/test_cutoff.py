"""Until when a patient cancels or moves on their own: the rule of the clinic, at the door and in the card."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from domain.directory import factory as clinic
from domain.scheduling.exchange.conftest import Build
from domain.scheduling.exchange.test_moving import book, move
from domain.scheduling.exchange.world import NOW, VISIT_AT, World
from domain.scheduling.staff import REGISTRAR
from feldsher.domain.directory.services import clear_overlay, set_overlay
from feldsher.domain.directory.types import Kind, RuleValues
from feldsher.domain.scheduling import selectors, services, tokens
from feldsher.domain.scheduling.errors import NotCancellableError, TooLateToChangeError
from feldsher.domain.scheduling.types import AppointmentCard, CancelReason, State

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
PHONE = "Позвоните в\u00a0клинику: +7\u00a0921\u00a0000-00-77."


@pytest.fixture
def world(build: Build, set_clock: Callable[[datetime], None]) -> World:
    """A visit for tomorrow at ten that the clinic has accepted; it is nine, the doctor is free all day."""
    world = build("reference")
    world.set_clock = set_clock
    set_clock(NOW)
    book(world)
    north = clinic.row(Kind.LOCATION, clinic.NORTH.id)
    set_overlay(Kind.LOCATION, target=north, field="phone", value="8 921 000-00-77", author="test")
    return world


def rule(minutes: int, **parties: object) -> None:
    services.change_rule(RuleValues(cutoff=minutes), author="test", **parties)  # type: ignore[arg-type] - a party by name


def card(world: World) -> AppointmentCard:
    return selectors.appointment(world.appointment, token=tokens.appointment_token(world.appointment))


def to(world: World, before: timedelta) -> None:
    world.forward((VISIT_AT - before - world.moment).total_seconds())


def test_without_a_rule_a_visit_is_changed_up_to_its_beginning(world: World) -> None:
    to(world, timedelta(seconds=1))
    assert (card(world).is_too_late, card(world).may_change) == (False, True)
    world.cancel()
    assert world.state is State.CANCELLING


def test_up_to_the_cut_off_and_not_a_second_later(world: World) -> None:
    rule(24 * 60)
    to(world, DAY)
    assert card(world).may_change
    to(world, DAY - timedelta(seconds=1))
    assert (card(world).can_cancel, card(world).is_too_late, card(world).may_change) == (True, True, False)
    for act in (world.cancel, lambda: move(world)):
        with pytest.raises(TooLateToChangeError) as refused:
            act()
        assert (refused.value.code, refused.value.status) == ("too_late_to_change", 409)
        assert refused.value.message.endswith(PHONE)
    assert world.state is State.BOOKED
    assert world.talk().stage == "done"


def test_the_rule_of_the_service_beats_that_of_the_branch_and_what_is_not_said_holds_from_it(
    world: World,
) -> None:
    north, first = (
        clinic.row(Kind.LOCATION, clinic.NORTH.id),
        clinic.row(Kind.SERVICE, clinic.FIRST_VISIT.id),
    )
    rule(48 * 60, location=north)
    assert card(world).is_too_late
    rule(2 * 60, service=first)
    assert card(world).may_change
    services.change_rule(RuleValues(notice=30), service=first, author="test")
    assert card(world).is_too_late
    rule(0, practitioner=clinic.row(Kind.PRACTITIONER, clinic.EYE.id))
    assert card(world).may_change


def test_cancelling_twice_is_fine_past_the_cut_off_too(world: World) -> None:
    rule(24 * 60)
    world.cancel()
    to(world, timedelta(hours=3))
    world.cancel()
    assert world.state is State.CANCELLING
    world.work()
    world.cancel()
    assert world.state is State.CANCELLED


def test_a_move_that_began_in_time_is_found_again_after_it(world: World) -> None:
    rule(24 * 60)
    first = move(world)
    to(world, timedelta(hours=3))
    assert move(world) == first


def test_what_has_begun_is_over_and_not_late(world: World) -> None:
    rule(24 * 60)
    to(world, timedelta(0))
    assert not card(world).is_too_late
    with pytest.raises(NotCancellableError):
        world.cancel()


def test_staff_are_not_bound(world: World) -> None:
    rule(24 * 60)
    to(world, timedelta(hours=1))
    assert (
        services.cancel_by_staff(world.appointment, why=CancelReason.PATIENT_ASKED, staff=REGISTRAR).state
        is State.CANCELLING
    )


def test_a_visit_that_the_clinic_called_off_is_changed_at_any_hour(world: World) -> None:
    rule(24 * 60)
    services.offer_other_times(
        clinic.row(Kind.PRACTITIONER, clinic.EYE.id),
        location=clinic.row(Kind.LOCATION, clinic.NORTH.id),
        day=VISIT_AT.date(),
        staff=REGISTRAR,
    )
    to(world, timedelta(hours=1))
    assert (card(world).is_off, card(world).may_change) == (True, True)
    world.cancel()
    assert world.state is State.CANCELLING


def test_a_branch_without_a_phone_says_to_call_the_clinic(world: World) -> None:
    rule(26 * 60)
    clear_overlay(Kind.LOCATION, target=clinic.row(Kind.LOCATION, clinic.NORTH.id), field="phone")
    with pytest.raises(TooLateToChangeError) as refused:
        world.cancel()
    assert refused.value.message == TooLateToChangeError.sentence
