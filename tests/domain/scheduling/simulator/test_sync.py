"""A schedule that lies, or comes in part, never makes a time free that was not."""

import pytest

from domain.scheduling.simulator.conftest import MIS, TIMEOUT, Clinic
from feldsher.domain.scheduling import services, sync
from feldsher.domain.scheduling.errors import SlotNotOfferedError, SlotTakenError
from feldsher.domain.scheduling.models import SyncStatus
from feldsher.domain.scheduling.ports import GatewayUnavailableError
from feldsher.domain.scheduling.types import OpenSlot, SlotKey, State

pytestmark = pytest.mark.slow


def offered(clinic: Clinic) -> dict[SlotKey, OpenSlot]:
    clinic.used.clear()
    return {slot.key: slot for slot in clinic.times()}


def status() -> tuple[object, int]:
    row = SyncStatus.objects.get(mis=MIS)
    return row.as_of, row.failures


@pytest.mark.parametrize("name", ["partial", "empty_ok", "wrong_zone", "stale_grid"])
def test_a_lying_schedule_offers_nothing_that_was_not_offered(clinic: Clinic, name: str) -> None:
    sync.synchronise(MIS)
    before = offered(clinic)
    clinic.fault(name, "schedule", times=100)
    sync.synchronise(MIS)
    assert offered(clinic).keys() - before.keys() == set()
    clinic.well()
    sync.synchronise(MIS)
    assert offered(clinic).keys() == before.keys()


@pytest.mark.parametrize("name", ["empty_ok", "partial"])
def test_an_answer_that_is_not_whole_makes_nothing_fresher(clinic: Clinic, name: str) -> None:
    sync.synchronise(MIS)
    as_of, failures = status()
    assert failures == 0
    clinic.fault(name, "schedule", times=100)
    assert not sync.synchronise(MIS).is_complete
    assert status() == (as_of, 1)


@pytest.mark.parametrize("name", ["http_500", "garbage", "text_500", "commit_then_drop"])
def test_a_schedule_that_did_not_come_changes_nothing_and_is_written_down(clinic: Clinic, name: str) -> None:
    sync.synchronise(MIS)
    before, (as_of, _) = offered(clinic), status()
    clinic.fault(name, "schedule", times=100)
    with pytest.raises(GatewayUnavailableError):
        sync.synchronise(MIS)
    assert status() == (as_of, 1)
    assert offered(clinic).keys() == before.keys()


def test_a_stale_schedule_cannot_sell_a_visit_of_ours_again(clinic: Clinic) -> None:
    slot = clinic.take()
    visit = clinic.confirm(slot)
    clinic.work()
    assert clinic.state(visit) is State.BOOKED
    clinic.fault("stale_grid", "schedule", times=100)
    sync.synchronise(MIS)
    assert slot.key not in offered(clinic)
    with pytest.raises((SlotTakenError, SlotNotOfferedError)):
        services.hold(slot.token, channel="site", device="")


def test_a_time_that_the_registry_sold_is_no_longer_offered_after_a_sync(clinic: Clinic) -> None:
    slot = clinic.take()
    resource = clinic.resource(slot)
    clinic.call(
        "book",
        resource=resource.practitioner_id,
        location=resource.location_id,
        start=slot.key.start.isoformat(),
        end=slot.end.isoformat(),
    )
    assert slot.key in offered(clinic)
    sync.synchronise(MIS)
    assert slot.key not in offered(clinic)


def test_what_a_stale_schedule_offers_again_is_refused_by_the_mis_itself(clinic: Clinic) -> None:
    """Nothing in the answer tells that it is old; the first commit wins."""
    slot = clinic.take()
    resource = clinic.resource(slot)
    clinic.call(
        "book",
        resource=resource.practitioner_id,
        location=resource.location_id,
        start=slot.key.start.isoformat(),
        end=slot.end.isoformat(),
    )
    sync.synchronise(MIS)
    clinic.fault("stale_grid", "schedule", times=1)
    sync.synchronise(MIS)
    visit = clinic.confirm(slot)
    clinic.work()
    assert clinic.state(visit) is State.REJECTED
    assert [item["source"] for item in clinic.bookings(slot)] == ["clerk"]
    sync.synchronise(MIS)
    assert slot.key not in offered(clinic)


def test_a_slow_look_at_one_day_gives_up_and_changes_nothing(clinic: Clinic) -> None:
    slot = clinic.take()
    before = offered(clinic)
    clinic.fault("slow", "schedule", delay=TIMEOUT + 0.3)
    day = slot.key.start.date()
    with pytest.raises(GatewayUnavailableError):
        sync.synchronise_day(slot.key.practitioner_id, location=slot.key.location_id, day=day)
    assert offered(clinic).keys() == before.keys()
