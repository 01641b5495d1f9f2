"""Waiting for any doctor of a specialty, in some branches of several, and at certain hours for a visit."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from itertools import count
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from domain.directory import factory as clinic
from domain.scheduling.exchange.test_moving import booked
from domain.scheduling.exchange.test_waiting import (
    LATE,
    eye,
    freed,
    hour,
    look,
    north,
    offer_of,
    offered,
    place,
    token,
    visit_at,
    waits,
    world,
)
from domain.scheduling.exchange.test_wishing import WEEK, wish, wished
from domain.scheduling.exchange.world import World
from domain.scheduling.factory import day_rows, lay, offer
from feldsher.domain.directory.models import Practitioner, PractitionerRole, Specialty
from feldsher.domain.directory.types import Kind
from feldsher.domain.scheduling import selectors, services
from feldsher.domain.scheduling.models import Availability, WaitingOffer, Wish
from feldsher.domain.scheduling.types import SlotKey, Window, WishState
from feldsher.foundation.access.context import as_service
from feldsher.kernel.errors import InvalidInputError, NotFoundError
from feldsher.kernel.intervals import Interval

__all__ = ["booked", "world"]
pytestmark = pytest.mark.django_db
EYES, HEARTS = "oftalmologiya", "kardiologiya"
MANY = 10_000
_numbers = count(1)


def south() -> UUID:
    return clinic.row(Kind.LOCATION, clinic.SOUTH.id)


def first_visit() -> UUID:
    return clinic.row(Kind.SERVICE, clinic.FIRST_VISIT.id)


def colleague(*, slug: str = EYES, at: UUID | None = None, service: UUID | None = None) -> UUID:
    """Open a doctor of a specialty in one branch; their usual visit is `service`, else the first visit."""
    doctor = Practitioner.objects.create(family=f"Второй-{next(_numbers)}", given="Пример").pk
    specialty = Specialty.objects.get(slug=slug)
    PractitionerRole.objects.create(practitioner_id=doctor, location_id=at or north(), specialty=specialty)
    offer(
        practitioner=doctor,
        location=at or north(),
        service=service or first_visit(),
        mis=clinic.MIS,
        zone="Europe/Moscow",
    )
    return doctor


def frees(doctor: UUID, *starts: datetime, at: UUID | None = None) -> None:
    """Lay that doctor's mirror anew: these half hours are free, and nothing else."""
    Availability.objects.filter(practitioner=doctor).delete()
    spans = [Interval(start, start + timedelta(minutes=30)) for start in starts]
    lay(day_rows(spans, practitioner=doctor, location=at or north()), mis=clinic.MIS)


def wish_of(world: World, *, number: int, slug: str = EYES, **changes: Any) -> tuple[UUID, str]:
    """Wait for any doctor of a specialty in whatever branch, but for the changes."""
    terms = {"practitioner_id": None, "service_id": None, "location_ids": ()}
    return wish(world, number=number, specialty=slug, **terms | changes)


def key_of(made: tuple[UUID, str]) -> SlotKey | None:
    told = wished(made).offer
    return told.key if told else None


def decline(made: tuple[UUID, str]) -> None:
    told = wished(made).offer
    assert told is not None
    services.decline_wished(made[0], offer_id=told.id, token=made[1])


def test_whoever_of_the_specialty_has_time_first_is_offered_for_their_usual_visit(world: World) -> None:
    freed()
    other = colleague(service=clinic.row(Kind.SERVICE, clinic.GLASSES.id))
    offer(practitioner=other, location=north(), service=uuid4(), mis=clinic.MIS, is_default=False)
    made = wish_of(world, number=1)
    assert (wished(made).position, look(world)) == (1, 0)
    frees(other, hour(13))
    freed(hour(15))
    assert look(world) == 1
    usual = clinic.row(Kind.SERVICE, clinic.GLASSES.id)
    assert key_of(made) == SlotKey(other, north(), usual, hour(13))
    shown = selectors.next_times([other], location_id=None)
    assert shown == {}, "the time is kept, and a search by specialty would have shown the same visit"
    decline(made)
    (slot,) = selectors.next_times([other])[other]
    assert slot.key == SlotKey(other, north(), usual, hour(13))


def test_doctors_of_other_specialties_are_not_offered(world: World) -> None:
    freed()
    heart = colleague(slug=HEARTS)
    eyes, hearts = wish_of(world, number=1), wish_of(world, number=2, slug=HEARTS)
    frees(heart, hour(12))
    assert look(world) == 1
    assert key_of(eyes) is None
    assert key_of(hearts) == SlotKey(heart, north(), first_visit(), hour(12))


@pytest.mark.parametrize(
    ("named", "is_offered"),
    [((), True), (("north",), True), (("south",), False), (("north", "south"), True)],
    ids=["any", "its own", "another", "both"],
)
def test_of_several_branches_only_those_that_suit_are_offered(
    world: World, named: tuple[str, ...], *, is_offered: bool
) -> None:
    freed()
    branches = tuple({"north": north(), "south": south()}[each] for each in named)
    by_specialty = wish_of(world, number=1, location_ids=branches)
    by_doctor = wish(world, number=2, service_id=None, location_ids=branches)
    freed(hour(12), hour(15))
    look(world)
    assert [key_of(made) is not None for made in (by_specialty, by_doctor)] == [is_offered] * 2


def test_a_branch_in_which_the_doctor_practises_something_else_is_not_offered(world: World) -> None:
    freed()
    other = colleague(slug=EYES, at=south())
    hearts = Specialty.objects.get(slug=HEARTS)
    PractitionerRole.objects.create(practitioner_id=other, location_id=north(), specialty=hearts)
    offer(practitioner=other, location=north(), service=first_visit(), mis=clinic.MIS)
    frees(other, hour(12))
    made = wish_of(world, number=1)
    assert look(world) == 0
    assert key_of(made) is None
    heart = wish_of(world, number=2, slug=HEARTS)
    assert look(world) == 1
    assert key_of(heart) is not None


def test_visits_doctors_and_specialties_wait_in_one_queue_and_a_time_passes_on_within_it(
    world: World,
) -> None:
    freed()
    any_doctor = wish_of(world, number=1)
    visit = waits(world, number=1)
    doctor = wish(world, number=2)
    heart = wish_of(world, number=3, slug=HEARTS)
    places = [wished(any_doctor).position, place(visit), wished(doctor).position, wished(heart).position]
    assert places == [1, 2, 3, 1]
    freed(hour(12))
    assert look(world) == 1
    assert key_of(any_doctor) == SlotKey(eye(), north(), first_visit(), hour(12))
    decline(any_doctor)
    assert offered(visit) == hour(12)
    services.decline_time(visit, offer_id=offer_of(visit), token=token(visit))
    assert key_of(doctor) == SlotKey(eye(), north(), first_visit(), hour(12))
    decline(doctor)
    assert look(world) == 0


def test_a_time_that_passes_on_goes_to_who_waits_for_the_specialty(world: World) -> None:
    freed(hour(12))
    visit = waits(world, number=1)
    made = wish_of(world, number=1)
    elsewhere = wish_of(world, number=2, location_ids=(south(),))
    other_hours = wish_of(world, number=3, opens=time(15))
    look(world)
    services.decline_time(visit, offer_id=offer_of(visit), token=token(visit))
    assert key_of(made) == SlotKey(eye(), north(), first_visit(), hour(12))
    assert [key_of(each) for each in (elsewhere, other_hours)] == [None, None]


def test_a_declined_time_of_one_doctor_is_not_that_of_another(world: World) -> None:
    freed(hour(12))
    other = colleague()
    made = wish_of(world, number=1)
    look(world)
    decline(made)
    assert look(world) == 0
    frees(other, hour(12))
    assert look(world) == 1
    assert key_of(made) == SlotKey(other, north(), first_visit(), hour(12))


def test_one_phone_has_one_offer_at_a_time_whatever_it_waits_for(world: World) -> None:
    freed(hour(12), hour(15))
    visit = visit_at(world, LATE, number=1)
    services.wait_for_sooner(visit, token=token(visit))
    world.forward(60)
    phone = "8 900 000-05-01"
    of_doctor, of_any = wish(world, number=1, phone=phone), wish_of(world, number=1, phone=phone)
    assert look(world) == 1
    assert (offered(visit), key_of(of_doctor), key_of(of_any)) == (hour(12), None, None)
    services.decline_time(visit, offer_id=offer_of(visit), token=token(visit))
    told = key_of(of_doctor)
    assert told is not None
    assert (offered(visit), told.start, key_of(of_any)) == (None, hour(12), None)
    assert look(world) == 0, "fifteen o'clock is nobody's while the phone has an offer"
    decline(of_doctor)
    told = key_of(of_any)
    assert told is not None
    assert (offered(visit), key_of(of_doctor), told.start) == (None, None, hour(12))
    decline(of_any)
    assert look(world) == 1
    assert offered(visit) == hour(15)


@pytest.mark.parametrize(
    "changes",
    [{"slug": "nobody"}, {"slug": HEARTS, "location_ids": (UUID(int=7),)}, {"slug": ""}],
    ids=["unknown", "branch", "none"],
)
def test_a_specialty_that_nobody_practises_there_is_not_waited_for(
    world: World, changes: dict[str, Any]
) -> None:
    with pytest.raises(NotFoundError):
        wish_of(world, number=1, **changes)
    assert Wish.objects.count() == 0


MORNING = Window(date(2026, 11, 26), date(2026, 11, 27), time.min, time(12))


def test_a_visit_waits_for_the_days_and_hours_that_suit_and_keeps_its_place(world: World) -> None:
    freed()
    visit = waits(world, number=1)
    later = waits(world, number=2, starts_at=LATE + timedelta(minutes=30))
    services.wait_for_sooner(visit, token=token(visit), window=MORNING)
    told = selectors.waiting(visit, token=token(visit))
    assert told is not None
    assert (told.window, told.position, place(later)) == (MORNING, 1, 2)
    freed(hour(12), hour(15))
    assert look(world) == 1
    assert (offered(visit), offered(later)) == (None, hour(12))
    freed(hour(11, day=26), hour(12))
    look(world)
    assert offered(visit) == hour(11, day=26)
    services.decline_time(visit, offer_id=offer_of(visit), token=token(visit))
    services.wait_for_sooner(visit, token=token(visit))
    told = selectors.waiting(visit, token=token(visit))
    assert told is not None
    assert told.window == MORNING, "one tap more changes nothing"
    services.wait_for_sooner(visit, token=token(visit), window=replace(MORNING, closes=time.max))
    freed(hour(15))
    look(world)
    assert offered(visit) == hour(15)
    assert Wish.objects.count() == 2


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"first_day": date(2026, 11, 28), "last_day": date(2026, 11, 29)}, "first_day"),
        ({"last_day": date(2026, 11, 20)}, "last_day"),
        ({"first_day": date(2026, 11, 27), "last_day": date(2026, 11, 26)}, "last_day"),
        ({"opens": time(12)}, "hours"),
    ],
)
def test_a_window_in_which_nothing_earlier_lies_is_told_by_its_field(
    world: World, changes: dict[str, Any], field: str
) -> None:
    visit = visit_at(world, LATE, number=1)
    with pytest.raises(InvalidInputError) as refusal:
        services.wait_for_sooner(visit, token=token(visit), window=replace(MORNING, **changes))
    assert set(refusal.value.fields) == {field}
    assert Wish.objects.count() == 0


def many_wait(world: World) -> None:
    """Let ten thousand wait: one in eight for eyes, one in two hundred for the doctor, the others not."""
    doctors = [uuid4() for _ in range(60)]
    rows = []
    for number in range(MANY):
        is_eyes, is_doctor = number % 8 == 0, number % 200 == 1
        rows.append(
            Wish(
                phone=b"sealed",
                phone_key=str(number).encode(),
                practitioner=None if number % 2 == 0 else eye() if is_doctor else doctors[number % 60],
                specialty="" if number % 2 else EYES if is_eyes else f"other-{number % 30}",
                locations=[] if number % 3 else [north()],
                answers=0,
                first_day=WEEK.first_day,
                last_day=WEEK.last_day,
                opens=time(20),
                closes=time(21),
                state=WishState.WAITING,
                created_at=world.moment - timedelta(seconds=MANY - number),
            )
        )
    Wish.objects.bulk_create(rows, batch_size=1000)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE scheduling_wish")


@pytest.mark.slow
def test_who_waits_for_a_time_is_one_question_of_two_indexes_among_ten_thousand(world: World) -> None:
    freed(hour(12))
    visit = waits(world, number=1)
    look(world)
    many_wait(world)
    last = wish_of(world, number=5)
    with CaptureQueriesContext(connection) as asked:
        services.decline_time(visit, offer_id=offer_of(visit), token=token(visit))
    assert key_of(last) == SlotKey(eye(), north(), first_visit(), hour(12))
    found = [each["sql"] for each in asked if "FROM scheduling_wish w\n" in each["sql"]]
    assert len(found) == 1
    with as_service("tending"), connection.cursor() as cursor:
        cursor.execute("EXPLAIN " + found[0])
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "scheduling_wish_of_doctor" in plan
    assert "scheduling_wish_of_specialty" in plan
    assert "Seq Scan on scheduling_wish w " not in plan


@pytest.mark.slow
def test_a_pass_among_ten_thousand_offers_what_is_free_to_the_first_whom_it_suits(world: World) -> None:
    freed(hour(12))
    many_wait(world)
    made, later = wish_of(world, number=5), wish_of(world, number=6)
    assert look(world) == 1
    assert (key_of(made) is not None, key_of(later)) == (True, None)
    assert WaitingOffer.objects.count() == 1
