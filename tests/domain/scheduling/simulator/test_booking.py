"""The real adapter against the simulator: one booking in the MIS or none, the same here, never two."""

import pytest

from domain.scheduling.simulator.conftest import TIMEOUT, Clinic, until
from feldsher.domain.scheduling.models import Appointment
from feldsher.domain.scheduling.types import OpenSlot, State

REFUSED = ("text_500",)  # 1С says in words that it has written nothing
LOST = ("commit_then_drop", "commit_late", "slow", "http_500", "garbage", "empty_ok")


def agree(clinic: Clinic, slot: OpenSlot, state: State) -> None:
    """Check what stands at that time in the registry against what we say of it."""
    found = [(item["status"], item["source"]) for item in clinic.bookings(slot)]
    ours = [item for item in found if item[1] == "site"]
    assert ours == ([("booked", "site")] if state is State.BOOKED else []), (state, found)


def strike(clinic: Clinic, name: str, operation: str) -> None:
    clinic.fault(name, operation, **({"delay": TIMEOUT + 0.3} if name in {"slow", "commit_late"} else {}))


def test_a_confirmed_time_is_booked_in_the_mis_by_its_job(clinic: Clinic) -> None:
    slot = clinic.take()
    visit = clinic.confirm(slot)
    assert clinic.bookings(slot) == []
    clinic.work()
    assert clinic.state(visit) is State.BOOKED
    agree(clinic, slot, State.BOOKED)
    assert clinic.look() == 1
    assert slot.key.start not in {item.key.start for item in clinic.times() if item.key == slot.key}


@pytest.mark.parametrize("name", [*LOST, *REFUSED, "clerk_race", "bare_ok"])
def test_a_fault_at_the_booking_ends_with_one_visit_or_none(clinic: Clinic, name: str) -> None:
    slot = clinic.take()
    visit = clinic.confirm(slot)
    strike(clinic, name, "book")
    clinic.work()
    if name == "commit_late":
        until(lambda: [item["status"] for item in clinic.bookings(slot)] == ["booked"])
    state = clinic.quieten(visit)
    assert state is (State.REJECTED if name in {"clerk_race", *REFUSED} else State.BOOKED)
    agree(clinic, slot, state)
    assert [item["status"] for item in clinic.bookings(slot)] == ([] if name in REFUSED else ["booked"])


@pytest.mark.parametrize("name", [*LOST, *REFUSED, "clerk_race"])
def test_a_fault_at_the_reserve_ends_with_one_visit_or_none(clinic: Clinic, name: str) -> None:
    slot = clinic.take()
    before = clinic.calls()
    visit = clinic.confirm(slot)
    strike(clinic, name, "reserve")
    clinic.work()
    state = clinic.quieten(visit)
    assert state in {State.BOOKED, State.REJECTED}
    booked = [
        item for item in clinic.bookings(slot) if item["status"] == "booked" and item["source"] == "site"
    ]
    assert len(booked) == (1 if state is State.BOOKED else 0)
    row = Appointment.objects.get(pk=visit)
    if state is State.REJECTED:
        is_silent = row.reason == "mis_unavailable"
        assert row.reason in {"mis_unavailable", "taken_in_mis", "mis_rejected"}
        assert clinic.calls() - before == (1 if is_silent else 0)


@pytest.mark.parametrize("name", [*LOST, *REFUSED])
def test_a_booking_whose_answer_and_read_back_are_lost_ends_well(clinic: Clinic, name: str) -> None:
    slot = clinic.take()
    visit = clinic.confirm(slot)
    strike(clinic, "commit_then_drop", "book")
    strike(clinic, name, "status")
    clinic.work()
    clinic.tick()
    state = clinic.quieten(visit)
    assert state is State.BOOKED
    agree(clinic, slot, state)


@pytest.mark.parametrize("name", LOST)
def test_a_fault_at_the_cancel_ends_with_a_free_time(clinic: Clinic, name: str) -> None:
    slot = clinic.take()
    visit = clinic.confirm(slot)
    clinic.work()
    assert clinic.state(visit) is State.BOOKED
    clinic.cancel(visit)
    strike(clinic, name, "cancel")
    clinic.work()
    assert clinic.quieten(visit) is State.CANCELLED
    assert clinic.bookings(slot) == []


def test_a_cancel_that_1c_refuses_in_words_leaves_the_visit_in_both_and_promises_a_call(
    clinic: Clinic,
) -> None:
    slot = clinic.take()
    before = clinic.calls()
    visit = clinic.confirm(slot)
    clinic.work()
    clinic.cancel(visit)
    strike(clinic, "text_500", "cancel")
    clinic.work()
    row = Appointment.objects.get(pk=visit)
    assert (row.state, row.reason) == (State.BOOKED, "cancel_rejected")
    assert clinic.calls() == before + 1
    agree(clinic, slot, State.BOOKED)


def test_a_cancelled_time_is_free_in_the_mis_and_offered_again_after_the_look(clinic: Clinic) -> None:
    slot = clinic.take()
    visit = clinic.confirm(slot)
    clinic.work()
    clinic.look()
    clinic.used.clear()
    assert slot.key not in {item.key for item in clinic.times()}
    clinic.cancel(visit)
    clinic.work()
    assert clinic.state(visit) is State.CANCELLED
    assert clinic.bookings(slot) == []
    assert slot.key not in {item.key for item in clinic.times()}
    assert clinic.look() == 1
    assert slot.key in {item.key for item in clinic.times()}


def test_a_time_that_the_registry_sold_by_phone_is_refused_with_nothing_left_behind(clinic: Clinic) -> None:
    slot = clinic.take()
    visit = clinic.confirm(slot)
    resource = clinic.resource(slot)
    clinic.call(
        "book",
        resource=resource.practitioner_id,
        location=resource.location_id,
        start=slot.key.start.isoformat(),
        end=slot.end.isoformat(),
    )
    clinic.work()
    assert clinic.state(visit) is State.REJECTED
    assert Appointment.objects.get(pk=visit).reason == "taken_in_mis"
    agree(clinic, slot, State.REJECTED)
    assert clinic.look() == 1
    assert slot.key not in {item.key for item in clinic.times()}


def test_a_mis_that_nobody_reaches_ends_in_a_call_within_the_promised_hour(clinic: Clinic) -> None:
    slot = clinic.take()
    before = clinic.calls()
    visit = clinic.confirm(slot)
    real, clinic.soap = clinic.soap, "http://127.0.0.1:9/umc/ws/ws1.1cws"
    with clinic.bound():
        clinic.soap = real
        clinic.work()
        assert clinic.state(visit) is State.BOOKING
        assert clinic.quieten(visit) is State.REJECTED
    assert Appointment.objects.get(pk=visit).reason == "mis_unavailable"
    assert clinic.calls() == before + 1
    assert clinic.bookings(slot) == []
