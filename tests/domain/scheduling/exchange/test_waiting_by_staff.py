"""The waiting list at the desk: a registrar adds, withdraws, accepts and declines, and the journal knows."""

from datetime import time, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection

from domain.scheduling.exchange.test_moving import booked
from domain.scheduling.exchange.test_specialty_wishes import EYES
from domain.scheduling.exchange.test_waiting import (
    LATE,
    eye,
    freed,
    hour,
    look,
    offer_of,
    offered,
    visit_at,
    waits,
    world,
)
from domain.scheduling.exchange.test_wishing import WEEK, wish, wished
from domain.scheduling.exchange.world import PERSON, World, hold
from domain.scheduling.staff import somebody
from feldsher.domain.directory.types import RuleValues
from feldsher.domain.scheduling import selectors, services
from feldsher.domain.scheduling.errors import (
    AppointmentNotFoundError,
    ConsentRequiredError,
    HoldNotFoundError,
    OfferOverError,
    TooLateToChangeError,
    WishNotFoundError,
)
from feldsher.domain.scheduling.models import Appointment, Wish
from feldsher.domain.scheduling.tokens import appointment_token
from feldsher.domain.scheduling.types import (
    Confirmation,
    SoonerCard,
    State,
    Waiting,
    Window,
    WishInput,
    WithdrawReason,
)
from feldsher.foundation.access.errors import ForbiddenError
from feldsher.foundation.access.roles import Role
from feldsher.foundation.access.types import Staff
from feldsher.kernel.errors import InvalidInputError

__all__ = ["booked", "world"]
pytestmark = pytest.mark.django_db


@pytest.fixture
def anna() -> Staff:
    return somebody(Role.REGISTRAR)


def added(staff: Staff, **changes: Any) -> UUID:
    terms = {"consents": ("booking",)} | changes
    wanted = WishInput(phone="8 900 000-07-01", window=WEEK, specialty=EYES)
    return services.wish_by_staff(wanted, staff=staff, **terms)


def journalled() -> list[tuple[str, list[str]]]:
    """Return which acts on wishes the journal holds, in their order."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT purpose, fields FROM audit_access WHERE what = 'wish' AND fields <> '{}' ORDER BY id"
        )
        return cursor.fetchall()


def test_a_registrar_adds_who_calls_and_the_offer_is_taken_in_their_name(world: World, anna: Staff) -> None:
    freed(hour(12))
    made = added(anna)
    row = selectors.wish_of_desk(anna, made)
    assert (row.position, row.phone, row.offer) == (1, "+7\u00a0900\u00a0000-07-01", None)
    look(world)
    offer = selectors.wish_of_desk(anna, made).offer
    assert offer is not None
    assert selectors.booking_of_desk(anna, offer.hold_id).state is State.HELD
    services.confirm_by_staff(offer.hold_id, confirmation=Confirmation(PERSON, ("booking",)), staff=anna)
    world.work()
    look(world)
    look(world)
    assert Appointment.objects.get(pk=offer.hold_id).state == State.BOOKED
    assert list(Wish.objects.values_list("state", "reason")) == [("ended", "met")]
    with pytest.raises(WishNotFoundError):
        selectors.wish_of_desk(anna, made)
    assert journalled() == [("book_visits", ["added"])]


def test_without_the_consent_nobody_is_added_and_only_who_books_may(world: World, anna: Staff) -> None:
    with pytest.raises(ConsentRequiredError):
        added(anna, consents=())
    with pytest.raises(ForbiddenError):
        added(somebody(Role.EDITOR))
    wanted = WishInput(phone="12", window=WEEK, practitioner_id=eye())
    with pytest.raises(InvalidInputError):
        services.wish_by_staff(wanted, consents=("booking",), staff=anna)
    assert Wish.objects.count() == 0


def test_a_visit_is_moved_to_the_offered_time_in_its_patients_name_and_a_second_tap_finds_the_first(
    world: World, anna: Staff
) -> None:
    freed(hour(12))
    visit = waits(world, number=1)
    look(world)
    (row,) = selectors.waiting_list(anna)
    assert row.offer is not None
    made = services.accept_by_staff(row.id, offer_id=row.offer.id, staff=anna)
    assert services.accept_by_staff(row.id, offer_id=row.offer.id, staff=anna) == made
    world.work()
    world.work()
    look(world)
    states = Appointment.objects.filter(chain=visit).order_by("starts_at").values_list("state", flat=True)
    assert list(states) == [State.BOOKED, State.MOVED]
    assert journalled() == [("book_visits", ["accepted"])] * 2


def test_a_visit_is_put_on_the_list_by_a_registrar_once_and_its_time_is_taken_for_it(
    world: World, anna: Staff
) -> None:
    freed()
    visit = visit_at(world, LATE, number=1)
    assert selectors.sooner_of_desk(anna, visit) == SoonerCard()
    made = services.wait_for_sooner_by_staff(visit, staff=anna)
    assert services.wait_for_sooner_by_staff(visit, staff=anna) == made
    window = Window(hour(12).date(), LATE.date(), time(12), time(18))
    assert services.wait_for_sooner_by_staff(visit, staff=anna, window=window) == made
    assert selectors.sooner_of_desk(anna, visit) == SoonerCard(made, window)
    waiting = selectors.waiting(visit, token=appointment_token(visit))
    assert waiting == Waiting(position=1, window=window)
    freed(hour(11), hour(12))
    look(world)
    assert offered(visit) == hour(12)
    services.accept_by_staff(made, offer_id=offer_of(visit), staff=anna)
    assert selectors.sooner_of_desk(anna, visit) is None
    with pytest.raises(OfferOverError):
        services.wait_for_sooner_by_staff(visit, staff=anna)
    assert journalled() == [*[("book_visits", ["added"])] * 3, ("book_visits", ["accepted"])]


def test_no_cut_off_binds_staff_who_put_a_visit_on_the_list_and_only_who_books_may(
    world: World, anna: Staff
) -> None:
    visit = visit_at(world, LATE, number=1)
    services.change_rule(RuleValues(cutoff=7 * 24 * 60), author="test")
    with pytest.raises(TooLateToChangeError):
        services.wait_for_sooner(visit, token=appointment_token(visit))
    with pytest.raises(ForbiddenError):
        services.wait_for_sooner_by_staff(visit, staff=somebody(Role.EDITOR))
    with pytest.raises(AppointmentNotFoundError):
        services.wait_for_sooner_by_staff(uuid4(), staff=anna)
    after = LATE.date() + timedelta(days=1)
    with pytest.raises(InvalidInputError):
        services.wait_for_sooner_by_staff(visit, staff=anna, window=Window(after, after, time.min, time.max))
    assert Wish.objects.count() == 0
    services.wait_for_sooner_by_staff(visit, staff=anna)
    assert Wish.objects.get().chain == visit


def test_a_time_that_a_registrar_declines_or_withdraws_is_the_next_ones(world: World, anna: Staff) -> None:
    freed(hour(12))
    first, made = waits(world, number=1), wish(world, number=1)
    third = waits(world, number=2, starts_at=LATE + timedelta(minutes=30))
    look(world)
    of_visit = Wish.objects.get(chain=first).pk
    services.decline_by_staff(of_visit, offer_id=offer_of(first), staff=anna)
    services.decline_by_staff(of_visit, offer_id=uuid4(), staff=anna)
    assert wished(made).offer is not None
    services.withdraw_wish_by_staff(made[0], why=WithdrawReason.UNREACHABLE, staff=anna)
    services.withdraw_wish_by_staff(made[0], why=WithdrawReason.ASKED, staff=anna)
    assert offered(third) == hour(12)
    assert Wish.objects.get(pk=made[0]).reason == "desk_unreachable"
    said = [fields for _, (fields,) in journalled()]
    assert said == ["declined", "declined", "withdrawn", "withdrawn"]


def test_a_time_that_is_offered_to_a_visit_is_nobody_elses_at_the_desk(world: World, anna: Staff) -> None:
    freed(hour(12))
    visit = waits(world, number=1)
    look(world)
    kept = Appointment.objects.get(state=State.HELD).pk
    someone = Confirmation(PERSON, ("booking",))
    for refused in (
        lambda: selectors.booking_of_desk(anna, kept),
        lambda: services.confirm_by_staff(kept, confirmation=someone, staff=anna),
        lambda: services.release_by_staff(kept, staff=anna),
        lambda: services.release_by_staff(hold(hour(9.5)), staff=anna),
    ):
        with pytest.raises(HoldNotFoundError):
            refused()
    assert offered(visit) == hour(12)


def test_what_is_being_booked_is_not_withdrawn_and_what_is_over_not_accepted(
    world: World, anna: Staff
) -> None:
    freed(hour(12))
    visit = waits(world, number=1)
    look(world)
    wish_id = Wish.objects.get(chain=visit).pk
    with pytest.raises(OfferOverError):
        services.accept_by_staff(wish_id, offer_id=uuid4(), staff=anna)
    services.accept_by_staff(wish_id, offer_id=offer_of(visit), staff=anna)
    with pytest.raises(OfferOverError):
        services.withdraw_wish_by_staff(wish_id, why=WithdrawReason.ASKED, staff=anna)
    made = wish(world, number=1)
    for missing in (made[0], uuid4()):
        with pytest.raises(WishNotFoundError):
            services.accept_by_staff(missing, offer_id=uuid4(), staff=anna)
