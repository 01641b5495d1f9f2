"""Waiting without a visit: a phone, what suits, one queue with the others, and the form of a hold."""

from dataclasses import fields, replace
from datetime import date, datetime, time, timedelta
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import pytest
from pytest_django import Settings

from domain.directory import factory as clinic
from domain.scheduling.exchange.test_moving import booked
from domain.scheduling.exchange.test_waiting import (
    eye,
    freed,
    hour,
    look,
    north,
    offer_of,
    pass_by,
    place,
    texts,
    token,
    waits,
    world,
)
from domain.scheduling.exchange.world import World, confirm
from domain.scheduling.scripted import Fault
from feldsher.domain.directory.types import Kind
from feldsher.domain.scheduling import selectors, services, tending
from feldsher.domain.scheduling.errors import NoWaitingListError, TooManyWishesError, WishNotFoundError
from feldsher.domain.scheduling.models import Appointment, WaitingOffer, Wish
from feldsher.domain.scheduling.types import State, WaitingFor, Window, WishInput
from feldsher.foundation.messaging.models import Message
from feldsher.kernel.errors import InvalidInputError

__all__ = ["booked", "world"]
pytestmark = pytest.mark.django_db
WEEK = Window(date(2026, 11, 25), date(2026, 12, 2), time(0), time(23, 59))


def wish(world: World, *, number: int, **changes: Any) -> tuple[UUID, str]:
    """Wait for a time of the doctor without a visit; the whole next week suits, but for the changes."""
    names = {field.name for field in fields(Window)}
    wanted = WishInput(
        practitioner_id=eye(),
        location_ids=(north(),),
        service_id=clinic.row(Kind.SERVICE, clinic.FIRST_VISIT.id),
        phone=f"8 900 000-07-{number:02}",
        window=replace(WEEK, **{name: value for name, value in changes.items() if name in names}),
    )
    others = {name: value for name, value in changes.items() if name not in names}
    made = services.wish_for_time(replace(wanted, **others))
    world.forward(60)
    return made


def wished(made: tuple[UUID, str]) -> WaitingFor:
    return selectors.waiting_for(made[0], token=made[1])


def test_who_has_no_visit_is_offered_a_time_and_takes_it_by_the_form_of_its_hold(world: World) -> None:
    freed()
    made = wish(world, number=1)
    assert (wished(made).position, wished(made).offer) == (1, None)
    freed(hour(12))
    assert look(world) == 1
    offer = wished(made).offer
    assert offer is not None
    assert offer.key.start == hour(12)
    link = f"https://clinic.example/wait/{made[0]}/{made[1]}/"
    assert texts() == [f"Освободилось время: 27.11 в 12:00. Займите или откажитесь до 11:01: {link}"]
    assert Message.objects.filter(kind="waiting_offer").count() == 1
    confirm(offer.hold_id)
    look(world)
    assert wished(made).position is None
    world.work()
    look(world)
    assert Appointment.objects.get(pk=offer.hold_id).state == State.BOOKED
    assert list(Wish.objects.values_list("state", "reason")) == [("ended", "met")]


def test_a_refused_booking_gives_a_wish_without_a_visit_its_place_again(world: World) -> None:
    freed(hour(12))
    made = wish(world, number=1)
    look(world)
    offer = wished(made).offer
    assert offer is not None
    confirm(offer.hold_id)
    look(world)
    world.mis.script["book"] = [Fault.REFUSED]
    world.work()
    look(world)
    assert (wished(made).position, wished(made).offer) == (1, None)


def test_a_hold_that_is_let_go_by_its_form_is_the_next_ones_at_once(world: World) -> None:
    freed(hour(12))
    first, second = wish(world, number=1), wish(world, number=2)
    look(world)
    offer = wished(first).offer
    assert offer is not None
    services.release(offer.hold_id)
    passed = wished(second).offer
    assert passed is not None
    assert passed.key.start == hour(12)
    look(world)
    assert (wished(first).position, wished(first).offer) == (1, None)


def test_visits_and_phones_wait_in_one_queue(world: World) -> None:
    freed(hour(12))
    visit = waits(world, number=1)
    made = wish(world, number=1)
    assert (place(visit), wished(made).position) == (1, 2)
    look(world)
    services.decline_time(visit, offer_id=offer_of(visit), token=token(visit))
    offer = wished(made).offer
    assert offer is not None
    services.decline_wished(made[0], offer_id=offer.id, token=made[1])
    assert WaitingOffer.objects.filter(state="declined").count() == 2


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, hour(12)),
        ({"opens": time(12, 30)}, hour(15)),
        ({"opens": time(12), "closes": time(12, 30)}, hour(12)),
        ({"closes": time(12)}, hour(10, day=28)),
        ({"closes": time(10)}, None),
        ({"first_day": date(2026, 11, 28)}, hour(10, day=28)),
        ({"last_day": date(2026, 11, 26)}, None),
        ({"first_day": date(2026, 11, 27), "last_day": date(2026, 11, 27), "opens": time(15)}, hour(15)),
    ],
)
def test_only_what_suits_is_offered_by_the_branchs_days_and_hours(
    world: World, changes: dict[str, Any], expected: datetime | None
) -> None:
    freed(hour(12), hour(15), hour(10, day=28))
    made = wish(world, number=1, **changes)
    look(world)
    offer = wished(made).offer
    assert (offer.key.start if offer else None) == expected


def test_a_wish_ends_when_its_last_day_is_over_or_it_is_withdrawn(world: World) -> None:
    freed()
    made = wish(world, number=1, last_day=date(2026, 11, 26))
    other = wish(world, number=2)
    services.withdraw_wish(other[0], token=other[1])
    services.withdraw_wish(other[0], token=other[1])
    pass_by(world, (hour(9, day=28) - world.moment).total_seconds())
    look(world)
    assert wished(made).position is None
    assert list(Wish.objects.order_by("created_at").values_list("reason", flat=True)) == ["over", "withdrawn"]
    pass_by(world, timedelta(days=31).total_seconds())
    tending.forget()
    assert Wish.objects.count() == 0


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"phone": "12"}, "phone"),
        ({"last_day": date(2026, 11, 24)}, "last_day"),
        ({"first_day": date(2026, 12, 1), "last_day": date(2026, 11, 30)}, "last_day"),
        ({"last_day": date(2027, 3, 1)}, "last_day"),
        ({"opens": time(12), "closes": time(12)}, "hours"),
    ],
)
def test_a_wish_that_cannot_be_is_told_by_its_field(
    world: World, changes: dict[str, Any], field: str
) -> None:
    with pytest.raises(InvalidInputError) as refusal:
        wish(world, number=1, **changes)
    assert set(refusal.value.fields) == {field}


def test_a_phone_has_three_wishes_at_most_and_a_secret_opens_its_own_only(
    world: World, settings: Settings
) -> None:
    made = [wish(world, number=1) for _ in range(3)]
    with pytest.raises(TooManyWishesError):
        wish(world, number=1)
    for act in (
        selectors.waiting_for,
        services.withdraw_wish,
        partial(services.decline_wished, offer_id=uuid4()),
    ):
        with pytest.raises(WishNotFoundError):
            act(made[0][0], token=made[1][1])
    kept = Wish.objects.get(pk=made[0][0])
    assert b"9000000701" not in bytes(kept.phone)
    assert kept.consent.startswith("test ")
    settings.FELDSHER_SMS = None
    with pytest.raises(NoWaitingListError):
        wish(world, number=2)
