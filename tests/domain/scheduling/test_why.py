"""«Почему не это время?» tells all reasons, and none exactly where the time is offered."""

from datetime import timedelta
from uuid import UUID

import pytest
from django.db import transaction
from hypothesis import HealthCheck, event, given, settings

from conftest import SetClock
from domain.scheduling import factory
from domain.scheduling.factory import (
    DOCTOR,
    NORTH,
    NOW,
    SOUTH,
    VISIT,
    WORK,
    at,
    day_rows,
    lay,
    minutes,
    stretch,
)
from domain.scheduling.worlds import CELLS, MISES, World, cell, worlds
from feldsher.domain.scheduling import sql_calls
from feldsher.domain.scheduling.models import Offer
from feldsher.domain.scheduling.selectors.why import hindrances
from feldsher.domain.scheduling.types import HindranceCode

pytestmark = pytest.mark.django_db


def codes(start: object, *, location: UUID = NORTH) -> list[str]:
    offer = Offer.objects.get(practitioner=DOCTOR, location=location, service=VISIT)
    found, _ = hindrances(offer, start, stop=None)
    return [item.code.value for item in found]


@pytest.mark.slow
@given(world=worlds())
@settings(
    max_examples=100,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_nothing_hinders_exactly_what_is_offered(db: None, set_clock: SetClock, world: World) -> None:
    set_clock(world.now)
    with transaction.atomic():
        world.lay()
        for location in MISES:
            offer = Offer.objects.filter(practitioner=DOCTOR, location=location, service=VISIT).first()
            if offer is None:
                continue
            free = sql_calls.free_slots(
                [DOCTOR], location=location, service=VISIT, span=(at(0), at(48)), limit=2000
            )
            ends = {slot.key.start: slot.end for slot in free}
            lattice = {cell(index) for index in range(0, CELLS + 20, 3)} | set(ends)
            for start in sorted(lattice):
                found, end = hindrances(offer, start, stop=None)
                assert (not found) == (start in ends), (start, found)
                if not found:
                    assert end == ends[start]
            event("offered" if free else "nothing")
        transaction.set_rollback(True)


def test_every_reason_is_told_at_once(set_clock: SetClock) -> None:
    set_clock(NOW)
    factory.offer(notice=timedelta(days=3), quota=0, midnights=[at(-27), at(-3), at(21), at(45)])
    factory.heard(as_of=NOW - minutes(60))
    lay(day_rows([WORK], busy=[stretch(at(9), at(10))]))
    factory.appointment(at(9, 15), at(9, 45))
    assert codes(at(9, 10)) == [
        "too_soon", "quota_full", "stale", "off_step", "taken_here", "busy_in_mis",
    ]  # fmt: skip


def test_time_without_work_and_time_that_ends_too_early(set_clock: SetClock) -> None:
    set_clock(NOW)
    factory.offer(length=minutes(60))
    factory.heard()
    lay(day_rows([WORK]))
    assert codes(at(5)) == ["not_worked"]
    assert codes(at(14, 30)) == ["too_short"]
    assert codes(at(13, 45)) == ["off_step"]
    assert codes(at(14)) == []
    assert codes(at(30)) == ["no_schedule"]


def test_another_branch_takes_the_doctor_too(set_clock: SetClock) -> None:
    set_clock(NOW)
    factory.offer()
    factory.heard()
    lay(day_rows([WORK]) | day_rows(location=SOUTH, busy=[stretch(at(9), at(10))]))
    offer = Offer.objects.get()
    (found,), _ = hindrances(offer, at(9, 30), stop=None)
    assert (found.code, found.location_id) == (HindranceCode.BUSY_IN_MIS, SOUTH)
