"""The whole of scheduling over the sample clinic of the small JSON contract: one visit there or none."""

from datetime import timedelta

import pytest

from domain.scheduling.plain.conftest import MIS, TIMEOUT, Clinic
from feldsher.domain.scheduling import changes, services, sync, tokens
from feldsher.domain.scheduling.models import Appointment, SyncStatus
from feldsher.domain.scheduling.types import State


def test_a_confirmed_time_is_booked_there_under_our_reference_and_no_longer_offered(clinic: Clinic) -> None:
    slot = clinic.times()[0]
    assert slot.key.start.hour == 6  # 9:00 in Moscow
    visit = clinic.confirm(slot)
    assert clinic.booked() == []
    clinic.work()
    assert clinic.state(visit) is State.BOOKED
    assert clinic.booked() == [str(visit)]
    sync.synchronise(MIS)
    assert slot.key not in {one.key for one in clinic.times()}


def test_trap_02_what_a_registrar_took_meanwhile_is_told(clinic: Clinic) -> None:
    visit = clinic.confirm(clinic.times()[0])
    clinic.fault("clerk_race", "book")
    clinic.work()
    assert Appointment.objects.get(pk=visit).reason == "taken_in_mis"
    assert clinic.state(visit) is State.REJECTED
    assert clinic.booked() == [None]


@pytest.mark.parametrize(
    "name",
    ["commit_then_drop", "commit_then_500", "garbage", "http_500", "slow", "commit_late", "at_the_door"],
)
def test_trap_01_a_fault_at_the_booking_ends_with_one_visit(clinic: Clinic, name: str) -> None:
    visit = clinic.confirm(clinic.times()[0])
    clinic.fault(name, "book", delay=TIMEOUT + 0.3)
    clinic.work()
    assert clinic.quieten(visit) is State.BOOKED
    assert clinic.booked() == [str(visit)]


@pytest.mark.parametrize("name", ["commit_then_drop", "garbage", "at_the_door"])
def test_trap_01_a_lost_booking_with_a_lost_read_back_ends_with_one_visit(clinic: Clinic, name: str) -> None:
    visit = clinic.confirm(clinic.times()[0])
    clinic.fault("commit_then_drop", "book")
    clinic.fault(name, "visit", times=2)
    clinic.work()
    assert clinic.state(visit) is State.UNKNOWN
    assert clinic.quieten(visit) is State.BOOKED
    assert clinic.booked() == [str(visit)]


@pytest.mark.parametrize("name", ["none", "commit_then_drop", "garbage", "http_500"])
def test_trap_16_a_cancelled_visit_is_free_there_and_offered_again(clinic: Clinic, name: str) -> None:
    slot = clinic.times()[0]
    visit = clinic.confirm(slot)
    clinic.work()
    services.cancel(visit, token=tokens.appointment_token(visit))
    if name != "none":
        clinic.fault(name, "cancel")
    clinic.work()
    assert clinic.quieten(visit) is State.CANCELLED
    assert clinic.booked() == []
    sync.synchronise(MIS)
    assert slot.key in {one.key for one in clinic.times()}


def test_a_visit_that_a_registrar_moves_or_cancels_follows_by_the_feed(clinic: Clinic) -> None:
    registry, slot = clinic.simulator.clinic, clinic.times()[0]
    visit = clinic.confirm(slot)
    clinic.work()
    number, begin = registry.visits()[0]["id"], registry.visits()[0]["begin"]
    assert changes.follow(MIS) == 0
    registry.clerk_moves(number, begin.replace("T09", "T11"))
    assert changes.follow(MIS) == 1
    assert clinic.state(visit) is State.MOVED
    moved = Appointment.objects.get(active=True)
    assert moved.visit.lower == slot.key.start + timedelta(hours=2)
    registry.clerk_cancels(number)
    assert changes.follow(MIS) == 1
    moved.refresh_from_db()
    assert (moved.state, moved.reason) == (State.CANCELLED, "cancelled_in_mis")


def test_a_visit_that_a_registrar_moved_is_cancelled_by_its_first_reference(clinic: Clinic) -> None:
    registry = clinic.simulator.clinic
    visit = clinic.confirm(clinic.times()[0])
    clinic.work()
    registry.clerk_moves(1, registry.visits()[0]["begin"].replace("T09", "T11"))
    changes.follow(MIS)
    moved = Appointment.objects.get(active=True)
    services.cancel(moved.id, token=tokens.appointment_token(moved.id))
    clinic.work()
    assert clinic.quieten(moved.id) is State.CANCELLED
    assert clinic.booked() == []
    assert clinic.state(visit) is State.MOVED


def test_trap_01_a_lost_answer_is_settled_by_the_feed_too(clinic: Clinic) -> None:
    visit = clinic.confirm(clinic.times()[0])
    clinic.fault("commit_then_drop", "book")
    clinic.work()
    assert clinic.state(visit) is State.UNKNOWN
    assert changes.follow(MIS) == 1
    assert clinic.state(visit) is State.BOOKED
    assert changes.follow(MIS) == 0
    assert clinic.quieten(visit) is State.BOOKED
    assert clinic.booked() == [str(visit)]


def test_trap_17_a_feed_that_tells_again_changes_nothing_again(clinic: Clinic) -> None:
    clinic.confirm(clinic.times()[0])
    clinic.work()
    clinic.simulator.clinic.clerk_moves(1, clinic.simulator.clinic.visits()[0]["begin"].replace("T09", "T11"))
    before = SyncStatus.objects.get(pk=MIS).cursor
    assert changes.follow(MIS) == 1
    rows = sorted(Appointment.objects.values_list("id", "state"))
    SyncStatus.objects.filter(pk=MIS).update(cursor=before)
    assert changes.follow(MIS) == 0
    assert sorted(Appointment.objects.values_list("id", "state")) == rows


def test_a_visit_that_a_registrar_makes_takes_its_time_by_the_feed_alone(clinic: Clinic) -> None:
    slot = clinic.times()[0]
    begin = f"{slot.key.start.date()}T09:00"
    clinic.simulator.clinic.clerk_books("d1", "north", begin, 30)
    assert changes.follow(MIS) == 1
    assert slot.key not in {one.key for one in clinic.times()}


def test_trap_06_working_time_that_is_told_as_free_sells_no_visit_of_a_registrar(clinic: Clinic) -> None:
    slot = clinic.times()[0]
    clinic.simulator.clinic.clerk_books("d1", "north", f"{slot.key.start.date()}T09:10", 30)
    sync.synchronise(MIS)
    starts = [
        f"{one.key.start:%H:%M}" for one in clinic.times() if one.key.start.date() == slot.key.start.date()
    ]
    assert starts[:2] == ["07:00", "07:30"]


@pytest.mark.parametrize("fault", ["empty", "partial"])
def test_trap_07_an_answer_that_is_not_whole_changes_nothing(clinic: Clinic, fault: str) -> None:
    before = {slot.key for slot in clinic.times()}
    clinic.fault(fault, "free", times=5)
    assert not sync.synchronise(MIS).is_complete
    assert {slot.key for slot in clinic.times()} == before


def test_trap_10_a_clinic_that_means_another_zone_offers_nothing(clinic: Clinic) -> None:
    clinic.fault("wrong_zone", "free", times=5)
    assert len(sync.synchronise(MIS).alarms) == 2
    assert clinic.times() == []
    assert "остановлен: МИС считает его время UTC+12" in SyncStatus.objects.get(pk=MIS).last_error
    clinic.simulator.faults.reset()
    sync.synchronise(MIS)
    assert clinic.times() != []
