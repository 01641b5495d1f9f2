"""Every fault of the simulator: what the adapter says, and that it can be settled afterwards."""

import time
from collections.abc import Callable
from typing import Any

import pytest

from feldsher.domain.directory.types import Completeness
from feldsher.domain.scheduling.ports import (
    AlreadyCancelled,
    Booked,
    Found,
    GatewayUnavailableError,
    Held,
    Indeterminate,
    Taken,
    Unknown,
)
from feldsher.kernel import clock
from integrations.mis.bit_umc.factory import Clinic, held, query, request

Simulate = Callable[..., Clinic]
LOSING = [
    ("commit_then_drop", {}, 5.0),
    ("garbage", {}, 5.0),
    ("empty_ok", {}, 5.0),
    ("http_500", {}, 5.0),
    ("slow", {"delay": 2.0}, 0.5),
    ("commit_late", {"delay": 1.0}, 0.5),
]


@pytest.mark.parametrize(("fault", "fields", "timeout"), LOSING)
def test_a_lost_answer_to_a_booking_is_unknown(
    simulate: Simulate, fault: str, fields: dict[str, Any], timeout: float
) -> None:
    clinic = simulate()
    slot = clinic.slot()
    ref = held(clinic.gateway().hold(slot))
    clinic.fault(fault, operation="book", times=1, **fields)
    assert isinstance(clinic.gateway(timeout=timeout).book(request(slot, hold=ref)), Unknown)


@pytest.mark.parametrize(
    ("fault", "state"),
    [
        ("commit_then_drop", "booked"),
        ("garbage", "booked"),
        ("http_500", "reserved"),
        ("empty_ok", "reserved"),
    ],
)
def test_a_lost_booking_is_settled_by_its_id_and_by_repeating_it(
    clinic: Clinic, fault: str, state: str
) -> None:
    gateway, slot = clinic.gateway(), clinic.slot()
    ref = held(gateway.hold(slot))
    clinic.fault(fault, operation="book", times=1)
    assert isinstance(gateway.book(request(slot, hold=ref)), Unknown)
    assert gateway.find_booking(query(slot, ref)) == Found(ref, state)
    assert gateway.book(request(slot, hold=ref)) == Booked(ref)
    assert [row["id"] for row in clinic.at(slot)] == [ref]


def test_a_booking_that_commits_late_becomes_visible_under_its_id(simulate: Simulate) -> None:
    clinic = simulate()
    slot = clinic.slot()
    ref = held(clinic.gateway().hold(slot))
    clinic.fault("commit_late", delay=0.8)
    assert isinstance(clinic.gateway(timeout=0.5).book(request(slot, hold=ref)), Unknown)
    gateway = clinic.gateway()
    assert gateway.find_booking(query(slot, ref)) == Found(ref, "reserved")
    deadline = time.monotonic() + 10
    while gateway.find_booking(query(slot, ref)) != Found(ref, "booked"):
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.mark.parametrize("fault", ["commit_then_drop", "garbage", "empty_ok", "http_500"])
def test_a_lost_answer_to_a_reserve_is_unknown(clinic: Clinic, fault: str) -> None:
    slot = clinic.slot()
    clinic.fault(fault, operation="reserve")
    assert isinstance(clinic.gateway().hold(slot), Unknown)


def test_a_reserve_whose_answer_was_lost_blocks_its_time(clinic: Clinic) -> None:
    gateway, slot = clinic.gateway(), clinic.slot()
    clinic.fault("commit_then_drop", operation="reserve", times=1)
    assert isinstance(gateway.hold(slot), Unknown)
    assert isinstance(gateway.hold(slot), Taken)


@pytest.mark.parametrize("fault", ["commit_then_drop", "garbage"])
def test_a_lost_answer_to_a_cancel_is_unknown_and_repeating_it_succeeds(clinic: Clinic, fault: str) -> None:
    gateway, slot = clinic.gateway(), clinic.slot()
    ref = held(gateway.hold(slot))
    clinic.fault(fault, operation="cancel", times=1)
    assert isinstance(gateway.cancel(ref, reason=""), Unknown)
    assert gateway.cancel(ref, reason="") == AlreadyCancelled()


def test_a_cancel_whose_explanation_is_lost_is_unknown(clinic: Clinic) -> None:
    gateway, slot = clinic.gateway(), clinic.slot()
    ref = held(gateway.hold(slot))
    gateway.cancel(ref, reason="")
    clinic.fault("http_500", operation="status")
    assert isinstance(gateway.cancel(ref, reason=""), Unknown)


@pytest.mark.parametrize("fault", ["commit_then_drop", "garbage", "empty_ok", "http_500", "text_500"])
def test_a_status_that_cannot_be_believed_is_indeterminate(clinic: Clinic, fault: str) -> None:
    gateway, slot = clinic.gateway(), clinic.slot()
    ref = held(gateway.hold(slot))
    clinic.fault(fault, operation="status")
    assert isinstance(gateway.find_booking(query(slot, ref)), Indeterminate)


def test_a_clerk_at_the_moment_of_reserve_has_the_time(clinic: Clinic) -> None:
    slot = clinic.slot()
    clinic.fault("clerk_race", operation="reserve")
    assert isinstance(clinic.gateway().hold(slot), Taken)
    assert [row["source"] for row in clinic.at(slot)] == ["clerk"]


def test_duplicate_client_cards_change_nothing_for_us(clinic: Clinic) -> None:
    gateway, slot = clinic.gateway(), clinic.slot()
    clinic.fault("duplicate_clients")
    ref = held(gateway.hold(slot))
    assert gateway.book(request(slot, hold=ref)) == Booked(ref)


def test_an_expiry_job_that_is_off_leaves_the_reserve_bookable(clinic: Clinic) -> None:
    gateway, slot = clinic.gateway(), clinic.slot()
    clinic.fault("hold_job_off")
    ref = held(gateway.hold(slot))
    assert gateway.book(request(slot, hold=ref)) == Booked(ref)


@pytest.mark.parametrize("fault", ["commit_then_drop", "garbage", "http_500", "text_500"])
def test_a_schedule_that_did_not_come_is_an_error(clinic: Clinic, fault: str) -> None:
    clinic.fault(fault, operation="schedule")
    with pytest.raises(GatewayUnavailableError):
        clinic.gateway().free(clinic.window)


def test_a_slow_schedule_is_an_error_at_the_deadline(simulate: Simulate) -> None:
    clinic = simulate()
    clinic.fault("slow", delay=5.0)
    before = time.monotonic()
    with pytest.raises(GatewayUnavailableError):
        clinic.gateway(timeout=0.5).free(clinic.window)
    assert time.monotonic() - before < 4


def test_bulk_reads_have_a_budget_of_their_own(simulate: Simulate) -> None:
    clinic = simulate()
    clinic.fault("slow", delay=0.7)
    gateway = clinic.gateway(timeout=0.3, bulk_timeout=20)
    answer = gateway.free(clinic.window)
    assert answer.completeness is Completeness.FULL
    with pytest.raises(GatewayUnavailableError):
        gateway.free(clinic.window, resource=answer.resources[0])


def test_as_of_is_the_instant_before_the_request(clinic: Clinic) -> None:
    clinic.fault("slow", delay=0.6)
    gateway = clinic.gateway()
    before = clock.now()
    answer = gateway.free(clinic.window)
    assert before <= answer.as_of
    assert (answer.as_of - before).total_seconds() < 0.5
    assert (clock.now() - answer.as_of).total_seconds() >= 0.6


@pytest.mark.parametrize("schedule", ["GetSchedule20", "GetSchedule"])
def test_an_empty_schedule_is_suspicious_and_names_nobody(clinic: Clinic, schedule: str) -> None:
    clinic.fault("empty_ok")
    answer = clinic.gateway(schedule=schedule).free(clinic.window)
    assert answer.completeness is Completeness.SUSPICIOUS_EMPTY
    assert (answer.resources, answer.items) == ((), ())


def test_a_doctor_that_the_base_does_not_know_gives_a_suspicious_empty_answer(clinic: Clinic) -> None:
    slot = clinic.slot()
    stranger = type(slot.resource)("11111111-1111-4111-8111-111111111111", slot.resource.location_id)
    answer = clinic.gateway().free(clinic.window, resource=stranger)
    assert answer.completeness is Completeness.SUSPICIOUS_EMPTY


def test_a_schedule_that_lost_doctors_is_partial_until_it_is_whole_again(clinic: Clinic) -> None:
    gateway = clinic.gateway()
    assert gateway.free(clinic.window).completeness is Completeness.FULL
    clinic.fault("partial", times=2)
    for _ in range(2):
        answer = gateway.free(clinic.window)
        assert answer.completeness is Completeness.PARTIAL
        assert len(answer.warnings) == 1
    assert gateway.free(clinic.window).completeness is Completeness.FULL


def test_times_of_another_zone_are_partial(clinic: Clinic) -> None:
    gateway = clinic.gateway()
    gateway.free(clinic.window)
    clinic.fault("wrong_zone", hours=2, times=1)
    answer = gateway.free(clinic.window)
    assert answer.completeness is Completeness.PARTIAL
    assert answer.warnings == ("every wall time moved by +120 minutes against the last answer",)
    assert gateway.free(clinic.window).completeness is Completeness.FULL


def test_a_stale_schedule_cannot_be_told_and_the_reserve_protects(clinic: Clinic) -> None:
    gateway, slot = clinic.gateway(), clinic.slot()
    clinic.clerk_books(slot)
    clinic.fault("stale_grid")
    answer = gateway.free(clinic.window)
    assert answer.completeness is Completeness.FULL
    assert any(item.resource == slot.resource and item.begin == slot.begin for item in answer.items)
    assert not isinstance(gateway.hold(slot), Held)


@pytest.mark.parametrize(
    ("fault", "expected"),
    [("empty_ok", Completeness.SUSPICIOUS_EMPTY), ("garbage", Completeness.PARTIAL)],
)
def test_a_nomenclature_that_failed_takes_nothing_away(
    clinic: Clinic, fault: str, expected: Completeness
) -> None:
    clinic.fault(fault, operation="GetNomenclatureAndPrices", times=3 if fault == "empty_ok" else 1)
    assert clinic.gateway().directory().completeness is expected


@pytest.mark.parametrize("operation", ["GetListClinic", "GetListEmployees"])
def test_an_empty_list_of_clinics_or_employees_is_suspicious(clinic: Clinic, operation: str) -> None:
    clinic.fault("empty_ok", operation=operation)
    assert clinic.gateway().directory().completeness is Completeness.SUSPICIOUS_EMPTY


@pytest.mark.parametrize("operation", ["GetListClinic", "GetListEmployees"])
def test_a_directory_whose_lists_did_not_come_is_an_error(clinic: Clinic, operation: str) -> None:
    clinic.fault("http_500", operation=operation)
    with pytest.raises(GatewayUnavailableError):
        clinic.gateway().directory()


def test_a_directory_without_the_schedule_is_partial(clinic: Clinic) -> None:
    clinic.fault("http_500", operation="schedule")
    assert clinic.gateway().directory().completeness is Completeness.PARTIAL
