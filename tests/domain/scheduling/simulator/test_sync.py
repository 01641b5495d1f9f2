"""A schedule that lies and whose lie shows nowhere in it never sells a time that was sold."""

import pytest

from domain.scheduling.over_simulator import Clinic
from feldsher.domain.scheduling import services, sync
from feldsher.domain.scheduling.errors import SlotNotOfferedError, SlotTakenError
from feldsher.domain.scheduling.ports import GatewayUnavailableError
from feldsher.domain.scheduling.types import State

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("name", ["wrong_zone", "stale_grid"])
def test_a_lying_schedule_offers_nothing_that_was_not_offered(clinic: Clinic, name: str) -> None:
    clinic.synchronise()
    before = clinic.offered()
    clinic.fault(name, "schedule", times=100)
    clinic.synchronise()
    assert clinic.offered().keys() - before.keys() == set()
    clinic.well()
    clinic.synchronise()
    assert clinic.offered().keys() == before.keys()


def test_a_stale_schedule_cannot_sell_a_visit_of_ours_again(clinic: Clinic) -> None:
    slot = clinic.take()
    clinic.booked(slot)
    clinic.fault("stale_grid", "schedule", times=100)
    clinic.synchronise()
    assert slot.key not in clinic.offered()
    with pytest.raises((SlotTakenError, SlotNotOfferedError)):
        services.hold(slot.token, channel="site", device="")


def test_a_time_that_the_registry_sold_is_no_longer_offered_after_a_sync(clinic: Clinic) -> None:
    slot = clinic.take()
    clinic.by_phone(slot)
    assert slot.key in clinic.offered()
    clinic.synchronise()
    assert slot.key not in clinic.offered()


def test_what_a_stale_schedule_offers_again_is_refused_by_the_mis_itself(clinic: Clinic) -> None:
    """Nothing in the answer tells that it is old; the first commit wins."""
    slot = clinic.take()
    clinic.by_phone(slot)
    clinic.synchronise()
    clinic.fault("stale_grid", "schedule", times=1)
    clinic.synchronise()
    visit = clinic.confirm(slot)
    clinic.work()
    assert clinic.state(visit) is State.REJECTED
    assert [item["source"] for item in clinic.bookings(slot)] == ["clerk"]
    clinic.synchronise()
    assert slot.key not in clinic.offered()


def test_a_slow_look_at_one_day_gives_up_and_changes_nothing(clinic: Clinic) -> None:
    slot = clinic.take()
    before = clinic.offered()
    clinic.fault("slow", "schedule")
    day = slot.key.start.date()
    with pytest.raises(GatewayUnavailableError):
        sync.synchronise_day(slot.key.practitioner_id, location=slot.key.location_id, day=day)
    assert clinic.offered().keys() == before.keys()
