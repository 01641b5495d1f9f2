"""What is offered is what can be held: `free_slots` names a time if and only if `hold_slot` takes it."""

import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from uuid import UUID

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, event, given, settings
from hypothesis.strategies import booleans

from conftest import SetClock
from domain.scheduling.factory import DOCTOR, VISIT, at, minutes
from domain.scheduling.worlds import CELLS, MISES, World, cell, worlds
from feldsher.domain.scheduling import sql_calls
from feldsher.domain.scheduling.models import Offer, Stop

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
    location: UUID, starts: Iterable[datetime], *, by_staff: bool = False
) -> dict[datetime, datetime]:
    """Return the starts that hold_slot takes, each tried alone and undone, with the visit's end."""
    with connection.cursor() as cursor:
        terms = json.dumps(_TERMS | {"by_staff": by_staff})
        cursor.execute("SELECT * FROM pg_temp.trials(%s, %s, %s)", [location, sorted(starts), terms])
        return {start: end for start, code, end in cursor.fetchall() if code == "held"}


def offered(location: UUID, *, limit: int = 2000, by_staff: bool = False) -> dict[datetime, datetime]:
    found = sql_calls.free_slots(
        [DOCTOR], location=location, service=VISIT, span=(at(0), at(48)), limit=limit, by_staff=by_staff
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
