"""All of scheduling over the simulator of ИНФОКЛИНИКА: one visit there or none, the same here, never two."""

from zoneinfo import ZoneInfo

import pytest

from domain.scheduling.infoclinica.conftest import Clinic
from domain.scheduling.simulator.conftest import MIS, TIMEOUT, until
from feldsher.domain.directory import selectors as directory
from feldsher.domain.scheduling import sync
from feldsher.domain.scheduling.models import Appointment, Availability, Exchange
from feldsher.domain.scheduling.types import OpenSlot, State


def ours(clinic: Clinic, slot: OpenSlot) -> list[str]:
    return [item["client_ref"] for item in clinic.bookings(slot) if item["source"] == "site"]


def by_phone(clinic: Clinic, slot: OpenSlot) -> None:
    """Let a registrar take the time in the MIS."""
    resource = clinic.resource(slot)
    clinic.call(
        "book",
        resource=resource.practitioner_id,
        location=resource.location_id,
        start=slot.key.start.isoformat(),
        minutes=int((slot.end - slot.key.start).total_seconds() // 60),
    )


def test_a_confirmed_time_is_booked_and_no_longer_offered(clinic: Clinic) -> None:
    slot = clinic.take()
    assert clinic.is_offered(slot)
    visit = clinic.confirm(slot)
    assert clinic.bookings(slot) == []
    clinic.work()
    assert clinic.state(visit) is State.BOOKED
    assert ours(clinic, slot) == [str(visit)]
    assert clinic.look() == 1
    assert not clinic.is_offered(slot)


def test_a_time_that_a_registrar_took_is_rejected_as_taken(clinic: Clinic) -> None:
    slot = clinic.take()
    visit = clinic.confirm(slot)
    by_phone(clinic, slot)
    clinic.work()
    assert clinic.state(visit) is State.REJECTED
    assert Appointment.objects.get(pk=visit).reason == "taken_in_mis"
    assert ours(clinic, slot) == []


def test_a_cancelled_visit_is_removed_and_its_time_comes_back(clinic: Clinic) -> None:
    slot = clinic.take()
    visit = clinic.confirm(slot)
    clinic.work()
    clinic.cancel(visit)
    clinic.work()
    assert clinic.state(visit) is State.CANCELLED
    assert clinic.bookings(slot) == []
    clinic.look()
    assert clinic.is_offered(slot)


@pytest.mark.parametrize(
    "name", ["commit_then_drop", "commit_late", "slow", "http_500", "garbage", "html", "ae", "empty_ok"]
)
def test_trap_01_a_lost_answer_ends_with_one_visit(clinic: Clinic, name: str) -> None:
    slot = clinic.take()
    visit = clinic.confirm(slot)
    delay = {"delay": TIMEOUT + 0.3} if name in {"slow", "commit_late"} else {}
    clinic.fault(name, "book", **delay)
    clinic.work()
    if name == "commit_late":
        until(lambda: len(clinic.bookings(slot)) == 1)
    assert clinic.quieten(visit) is State.BOOKED
    assert ours(clinic, slot) == [str(visit)]


def test_trap_02_a_registrar_at_the_very_moment_wins(clinic: Clinic) -> None:
    slot = clinic.take()
    visit = clinic.confirm(slot)
    clinic.fault("clerk_race", "book")
    clinic.work()
    assert clinic.quieten(visit) is State.REJECTED
    assert [item["source"] for item in clinic.bookings(slot)] == ["clerk"]


def test_trap_01_a_visit_that_was_lost_and_whose_search_fails_too_is_found_in_the_end(clinic: Clinic) -> None:
    slot = clinic.take()
    visit = clinic.confirm(slot)
    clinic.fault("commit_then_drop", "book")
    clinic.fault("http_500", "status")
    clinic.work()
    clinic.tick()
    assert clinic.quieten(visit) is State.BOOKED
    assert ours(clinic, slot) == [str(visit)]


def test_trap_09_a_visit_written_at_another_branch_is_undone_and_rejected(clinic: Clinic) -> None:
    slot = clinic.take()
    visit = clinic.confirm(slot)
    clinic.fault("branch_mismatch", "book")
    clinic.work()
    assert clinic.state(visit) is State.REJECTED
    assert ours(clinic, slot) == []


def test_a_visit_that_the_registry_cancels_is_cancelled_here(clinic: Clinic) -> None:
    slot = clinic.take()
    visit = clinic.confirm(slot)
    clinic.work()
    number = Exchange.objects.get(pk=visit).ref.partition("-")[2]
    clinic.call("cancel", id=number)
    clinic.follow()
    assert clinic.state(visit) is State.CANCELLED
    assert clinic.follow() == 0


def test_trap_17_the_queue_is_read_again_after_a_crash_before_its_acknowledgement(clinic: Clinic) -> None:
    slot = clinic.take()
    by_phone(clinic, slot)
    clinic.fault("http_500", "SCHEDULE_CHANGE_ACCEPT")
    with pytest.raises(Exception, match="SCHEDULE_CHANGE_ACCEPT"):
        clinic.follow()
    rows = Appointment.objects.filter(visit__overlap=(slot.key.start, slot.end), channel="mis")
    assert rows.count() == 1
    clinic.follow()
    assert rows.count() == 1


def test_trap_10_times_are_those_of_the_branch_s_own_wall(clinic: Clinic) -> None:
    zones = directory.zones()
    seen: dict[str, set[int]] = {}
    for slot in clinic.times():
        zone = zones[slot.key.location_id]
        seen.setdefault(zone, set()).add(slot.key.start.astimezone(ZoneInfo(zone)).hour)
    assert len(seen) > 1
    assert {min(hours) >= 8 and max(hours) < 18 for hours in seen.values()} == {True}


def test_trap_10_a_branch_of_another_zone_is_stopped_and_comes_back(clinic: Clinic) -> None:
    branch = directory.resolve_remote(MIS, practitioners=set(), locations={"2"}).locations["2"]
    assert Availability.objects.filter(location=branch).exists()
    clinic.fault("wrong_zone", "GET_FILIAL_LIST", hours=2, branch=2, times=None)
    report = sync.synchronise(MIS)
    assert report.is_complete
    assert "UTC+4" in report.alarms[0]
    assert not Availability.objects.filter(location=branch).exists()
    clinic.well()
    assert sync.synchronise(MIS).alarms == ()
    assert Availability.objects.filter(location=branch).exists()


def test_trap_07_an_empty_answer_leaves_the_mirror_as_it_is(clinic: Clinic) -> None:
    before = set(Availability.objects.values_list("practitioner", "day", "digest"))
    clinic.fault("empty_ok", "DOCT_SCHEDULE_FREE", times=None)
    assert not sync.synchronise(MIS).is_complete
    assert set(Availability.objects.values_list("practitioner", "day", "digest")) == before
