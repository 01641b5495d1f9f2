"""What is offered is what can be held: `free_slots` names a time if and only if `hold_slot` takes it."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from uuid import UUID

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, event, given, settings
from hypothesis.strategies import booleans, integers

from conftest import SetClock
from domain.scheduling.factory import DOCTOR, VISIT, at, minutes, unsaved_appointment
from domain.scheduling.worlds import CELLS, MISES, World, cell, worlds
from feldsher.domain.scheduling import sql_calls
from feldsher.domain.scheduling.models import NO_ROOM, Appointment, Offer, Stop
from feldsher.kernel.intervals import Interval, subtract

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

_TERMS = {"hold": "10 min", "fresh": "10 min", "channel": "site", "device_cap": 5}
_TRIAL = """
CREATE FUNCTION pg_temp.trials(p_location uuid, p_starts timestamptz[], p_terms jsonb)
RETURNS TABLE (starts timestamptz, code text, ends timestamptz) LANGUAGE plpgsql AS $$
BEGIN
    FOREACH starts IN ARRAY p_starts LOOP
        BEGIN
            SELECT h.code, h.ends INTO code, ends FROM hold_slot('%s', p_location, '%s', starts, p_terms) h;
            RAISE EXCEPTION USING ERRCODE = 'ZZ001';
        EXCEPTION WHEN SQLSTATE 'ZZ001' THEN
            RETURN NEXT;  -- the hold is undone, its answer is kept
        END;
    END LOOP;
END $$
"""


@pytest.fixture
def trials(db: None) -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute(_TRIAL % (DOCTOR, VISIT))
        yield
        cursor.execute("DROP FUNCTION pg_temp.trials")


def holdable(
    location: UUID, starts: Iterable[datetime], *, by_staff: bool = False, instead: UUID | None = None
) -> dict[datetime, datetime]:
    """Return the starts that hold_slot takes, each tried alone and undone, with the visit's end."""
    with connection.cursor() as cursor:
        moves = {"instead": str(instead)} if instead else {}
        terms = json.dumps(_TERMS | {"by_staff": by_staff} | moves)
        cursor.execute("SELECT * FROM pg_temp.trials(%s, %s, %s)", [location, sorted(starts), terms])
        return {start: end for start, code, end in cursor.fetchall() if code == "held"}


def offered(
    location: UUID, *, limit: int = 2000, by_staff: bool = False, instead: UUID | None = None
) -> dict[datetime, datetime]:
    found = sql_calls.free_slots(
        [DOCTOR],
        location=location,
        service=VISIT,
        span=(at(0), at(48)),
        limit=limit,
        by_staff=by_staff,
        instead=instead,
    )
    assert len({slot.key.start for slot in found}) == len(found)
    return {slot.key.start: slot.end for slot in found}


@given(world=worlds(), by_staff=booleans())
@settings(
    max_examples=150,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_a_time_is_offered_exactly_when_it_can_be_held(
    trials: None, set_clock: SetClock, world: World, *, by_staff: bool
) -> None:
    """Staff are bound by no stop and no quota, but by all the rest."""
    set_clock(world.now)
    with transaction.atomic():
        world.lay()
        if by_staff:
            Offer.objects.update(quota=0, midnights=[at(-27), at(-3), at(21), at(45), at(69)])
            Stop.objects.create(reason="Авария", author="vera", created_at=world.now)
        for location in MISES:
            assert not by_staff or offered(location) == {}
            free = offered(location, by_staff=by_staff)
            lattice = {cell(index) for index in range(-3, CELLS + 20)}
            near = {start + minutes(shift) for start in free for shift in (-1, 1 / 7)}
            assert holdable(location, lattice | near | set(free), by_staff=by_staff) == free
            for limit in (1, 2, 5):
                some = offered(location, limit=limit, by_staff=by_staff)
                assert list(some.items()) == list(free.items())[:limit]
            event("offered" if free else "nothing")
        transaction.set_rollback(True)


def with_visit(world: World, *, shift: int, is_in_mirror: bool) -> tuple[World, UUID | None]:
    """Book the doctor within the first free time, which the mirror may show; returns the visit too."""
    place = next((each for each in world.places if each.free and not each.tickets), None)
    if place is None:
        return world, None
    terms = world.terms[place.location]
    start = place.free[0].start + minutes(5 * shift)
    span = Interval(start, start + minutes(terms.length))
    room = None if place.room == NO_ROOM else place.room
    sides = {"before": terms.before, "after": terms.after}
    row = unsaved_appointment(
        span.start, span.end, state="booked", location=place.location, room=room, **sides
    )
    seen = replace(place, free=list(subtract(place.free, [span])), busy=[*place.busy, span])
    places = [seen if each is place and is_in_mirror else each for each in world.places]
    return replace(world, places=places, appointments=[row, *world.appointments]), row.pk


@given(world=worlds(), shift=integers(0, 12), is_in_mirror=booleans())
@settings(
    max_examples=100,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_a_move_is_offered_exactly_what_it_can_hold(
    trials: None, set_clock: SetClock, world: World, shift: int, *, is_in_mirror: bool
) -> None:
    """What it has beyond everybody's times overlaps the visit's own, and is taken from nobody else."""
    set_clock(world.now)
    with transaction.atomic():
        world, instead = with_visit(world, shift=shift, is_in_mirror=is_in_mirror)
        world.lay()
        moved = Appointment.objects.filter(pk=instead).first()
        for location in MISES:
            free = offered(location, instead=instead)
            lattice = {cell(index) for index in range(-3, CELLS + 20)}
            near = {start + minutes(shift) for start in free for shift in (-1, 1 / 7)}
            assert holdable(location, lattice | near | set(free), instead=instead) == free
            for limit in (1, 3):
                some = offered(location, limit=limit, instead=instead)
                assert list(some.items()) == list(free.items())[:limit]
            everybodys = offered(location)
            assert everybodys.items() <= free.items()
            more = free.keys() - everybodys.keys()
            terms = world.terms[location]
            for start in more:
                begin, end = start - minutes(terms.before), free[start] + minutes(terms.after)
                assert moved is not None
                assert moved.location == location
                assert begin < moved.occupied.upper
                assert moved.occupied.lower < end
            event("more" if more else "no more")
        transaction.set_rollback(True)
