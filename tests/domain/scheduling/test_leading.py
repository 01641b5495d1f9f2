"""Who leads a list: the same doctors, branches and times that an order of all first times gives."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from math import inf
from typing import Any
from uuid import UUID

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, event, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from conftest import SetClock
from domain.scheduling import factory
from domain.scheduling.factory import (
    MIS,
    NORTH,
    NOW,
    OTHER_MIS,
    ROOM,
    SOUTH,
    at,
    day_rows,
    heard,
    lay,
    minutes,
    named,
    offer,
)
from feldsher.domain.scheduling import selectors, sql_calls
from feldsher.domain.scheduling.models import NO_ROOM, Appointment, Stop
from feldsher.domain.scheduling.normaliser import Ticket
from feldsher.domain.scheduling.types import FirstTime, Sort
from feldsher.kernel import clock
from feldsher.kernel.intervals import Interval

pytestmark = pytest.mark.django_db

DOCTORS = [named(f"doctor {number}") for number in range(6)]
FIRST, SECOND, IDLE = DOCTORS[:3]
THIRD_BRANCH = named("third branch")
KM = {NORTH: 1.4, SOUTH: 1400.0}


@pytest.fixture(autouse=True)
def now(set_clock: SetClock) -> None:
    set_clock(NOW)


def _lead(sort: Sort, *offers: tuple[UUID, UUID, float, int | None]) -> list[tuple[UUID, UUID]]:
    """Order doctors who have an hour from (doctor, branch, start, price), and tell who comes and where."""
    for practitioner, place, start, price in offers:
        parties = {"practitioner": practitioner, "location": place}
        hour = Interval(at(0) + timedelta(hours=start), at(1) + timedelta(hours=start))
        factory.doctor_day(hour, **parties, price=None if price is None else Decimal(price))
    km = KM if sort is Sort.DISTANCE else {}
    found = selectors.leading_times([IDLE, FIRST, SECOND], count=9, sort=sort, distances=km)
    return [(first.practitioner_id, first.location_id) for first in found]


def test_by_time_the_earliest_branch_of_each_doctor_is_shown() -> None:
    offers = [(FIRST, NORTH, 5, 100), (FIRST, SOUTH, 3, 200), (SECOND, NORTH, 2, 300)]
    assert _lead(Sort.TIME, *offers) == [(SECOND, NORTH), (FIRST, SOUTH)]


def test_by_distance_the_nearest_branch_wins_over_an_earlier_time() -> None:
    offers = [(FIRST, NORTH, 50, 100), (FIRST, SOUTH, 1, 100), (SECOND, SOUTH, 1, 100)]
    assert _lead(Sort.DISTANCE, *offers) == [(FIRST, NORTH), (SECOND, SOUTH)]


def test_a_branch_without_coordinates_comes_after_known_ones() -> None:
    offers = [(FIRST, THIRD_BRANCH, 1, 100), (SECOND, SOUTH, 9, 100)]
    assert _lead(Sort.DISTANCE, *offers) == [(SECOND, SOUTH), (FIRST, THIRD_BRANCH)]


def test_of_equal_distances_the_earlier_time_wins() -> None:
    assert _lead(Sort.DISTANCE, (FIRST, NORTH, 9, 100), (SECOND, NORTH, 8, 100))[0] == (SECOND, NORTH)


@pytest.mark.parametrize("unknown", [None, 0])
def test_by_price_that_of_the_first_time_counts_and_an_unknown_one_comes_last(unknown: int | None) -> None:
    offers = [(FIRST, NORTH, 1, unknown), (SECOND, NORTH, 1, 3000), (SECOND, SOUTH, 5, 2000)]
    assert _lead(Sort.PRICE, *offers) == [(SECOND, SOUTH), (FIRST, NORTH)]


def test_of_equal_prices_the_earlier_time_wins() -> None:
    offers = [(FIRST, NORTH, 5, 100), (FIRST, SOUTH, 4, 100), (SECOND, NORTH, 3, 100)]
    assert _lead(Sort.PRICE, *offers) == [(SECOND, NORTH), (FIRST, SOUTH)]


def test_equals_come_as_they_were_given_and_one_query_tells() -> None:
    for practitioner in DOCTORS:
        factory.doctor_day(practitioner=practitioner)
    with CaptureQueriesContext(connection) as queries:
        found = selectors.leading_times(DOCTORS[::-1], count=2)
    assert len(queries) == 1
    assert [first.practitioner_id for first in found] == DOCTORS[:-3:-1]
    assert found[0] == FirstTime(DOCTORS[-1], NORTH, at(6), factory.ZONE, Decimal(1900))
    assert selectors.leading_times([], count=2) == ()


# Whatever stands there, the leaders are those of all first times in order.

CELLS = 96


def _cell(index: int) -> Any:
    return at(18) + minutes(index * 15)


SPANS = st.lists(
    st.tuples(st.integers(0, CELLS), st.integers(1, 40)).map(
        lambda found: Interval(_cell(found[0]), _cell(found[0] + found[1]))
    ),
    max_size=3,
)
PLACE = st.fixed_dictionaries(
    {
        "free": SPANS,
        "busy": SPANS,
        "room": st.sampled_from([NO_ROOM, NO_ROOM, ROOM]),
        "tickets": st.one_of(st.just([]), st.lists(st.integers(0, CELLS), max_size=4, unique=True)),
        "step": st.sampled_from([None, 10]),
        "length": st.sampled_from([15, 30, 95]),
        "notice": st.sampled_from([0, 60, 300]),
        "horizon": st.sampled_from([600, 43200]),
        "capacity": st.sampled_from([1, 1, 2]),
        "before": st.sampled_from([0, 20]),
        "price": st.sampled_from([None, 0, 900, 1900]),
        "asks": st.sampled_from([0, 0, 0, 8]),
    }
)
DOCTOR = st.fixed_dictionaries(
    {
        NORTH: st.one_of(PLACE, st.none()),
        SOUTH: st.one_of(PLACE, st.none()),
        "visits": SPANS,
        "is_stopped": st.sampled_from([False, False, False, True]),
    }
)


def _put(practitioner: UUID, said: dict[Any, Any]) -> None:
    for location, mis in ((NORTH, MIS), (SOUTH, OTHER_MIS)):
        place = said[location]
        if place is None:
            continue
        tickets = [Ticket(str(cell), _cell(cell), _cell(cell + 1)) for cell in sorted(place["tickets"])]
        rows = day_rows(
            () if tickets else place["free"],
            practitioner=practitioner,
            location=location,
            room=place["room"],
            busy=place["busy"],
            tickets=tickets,
            step=place["step"],
        )
        lay(rows, mis=mis)
        offer(
            practitioner=practitioner,
            location=location,
            mis=mis,
            length=minutes(place["length"]),
            notice=minutes(place["notice"]),
            horizon=minutes(place["horizon"]),
            capacity=place["capacity"],
            before=minutes(place["before"]),
            price=place["price"],
            asks=place["asks"],
        )
    visits = [
        factory.unsaved_appointment(visit.start, visit.end, state="booked", practitioner=practitioner)
        for visit in said["visits"]
    ]
    # Those that overlap are left out by the constraint.
    Appointment.objects.bulk_create(visits, ignore_conflicts=True)
    if said["is_stopped"]:
        Stop.objects.create(practitioner=practitioner, reason="отпуск", author="test", created_at=NOW)


def _model(ids: Sequence[UUID], sort: Sort) -> list[tuple[UUID, UUID, Any]]:
    """Order the first times of all in Python."""
    span = (clock.now(), clock.now() + timedelta(days=60))
    firsts = sql_calls.free_slots(list(ids), location=None, service=None, span=span, limit=1)
    km = KM if sort is Sort.DISTANCE else {}

    def key(slot: Any) -> tuple[float, float]:
        weight = {
            Sort.TIME: 0.0,
            Sort.DISTANCE: km.get(slot.key.location_id, inf),
            Sort.PRICE: float(slot.price or inf),
        }[sort]
        return weight, slot.key.start.timestamp()

    ranked = []
    for number, practitioner in enumerate(ids):
        own = [slot for slot in firsts if slot.key.practitioner_id == practitioner]
        if own:
            best = min(own, key=lambda slot: (key(slot), slot.key.location_id))
            ranked.append((key(best), number, (practitioner, best.key.location_id, best.key.start)))
    return [row[-1] for row in sorted(ranked)]


@pytest.mark.slow
@given(
    clinic=st.lists(DOCTOR, min_size=1, max_size=len(DOCTORS)),
    when=st.integers(-20, CELLS),
    stale=st.sampled_from([0, 0, 30]),
)
@hypothesis_settings(
    max_examples=150,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_leaders_are_the_first_of_all(
    set_clock: SetClock, clinic: list[dict[Any, Any]], when: int, stale: int
) -> None:
    set_clock(_cell(when))
    with transaction.atomic():
        heard(MIS, as_of=_cell(when))
        heard(OTHER_MIS, as_of=_cell(when) - minutes(stale))
        ids = DOCTORS[: len(clinic)]
        for practitioner, said in zip(ids, clinic, strict=True):
            _put(practitioner, said)
        for sort in Sort:
            whole = _model(ids, sort)
            for count in (1, 2, 9):
                found = selectors.leading_times(
                    ids, count=count, sort=sort, distances=KM if sort is Sort.DISTANCE else {}
                )
                told = [(first.practitioner_id, first.location_id, first.start) for first in found]
                assert told == whole[:count]
        event(f"{len(whole)} doctors have times")
        transaction.set_rollback(True)
