"""The traps of lost answers (mis.md §7), over the stand-in; the others stand beside what they concern."""

import time
from dataclasses import replace

import pytest

from feldsher.domain.scheduling.ports import (
    Absent,
    Booked,
    Cancelled,
    Found,
    Indeterminate,
    NotSent,
    Rejected,
    Taken,
    Unknown,
)
from integrations.mis.odata_1c.factory import REFERENCE, Clinic, query, request, through

LOST = ("commit_then_drop", "commit_then_500", "garbage")


@pytest.mark.parametrize("fault", LOST)
def test_trap_01_a_lost_answer_to_a_booking_is_found_and_may_be_sent_again(
    clinic: Clinic, fault: str
) -> None:
    gateway, asked = clinic.gateway(), request(clinic.slot())
    clinic.fault(fault, "book", times=1)
    assert isinstance(gateway.book(asked), Unknown)
    assert gateway.find_booking(query(asked.slot)) == Found(REFERENCE, "booked", asked.slot.begin)
    assert gateway.book(asked) == Booked(REFERENCE)
    assert len(clinic.site_visits()) == 1


def test_trap_01_a_500_before_the_writing_is_unknown_and_absent(clinic: Clinic) -> None:
    gateway, asked = clinic.gateway(), request(clinic.slot())
    clinic.fault("http_500", "book", times=1)
    assert isinstance(gateway.book(asked), Unknown)
    assert gateway.find_booking(query(asked.slot)) == Absent()


def test_trap_01_a_late_commit_after_a_cancel_comes_to_nothing(clinic: Clinic) -> None:
    asked = request(clinic.slot())
    clinic.fault("commit_late", "book", times=1, delay=0.6)
    assert isinstance(through(clinic.simulator.url, timeout=0.2).book(asked), Unknown)
    assert clinic.gateway().cancel(REFERENCE, reason="") == Cancelled()
    time.sleep(0.8)
    assert clinic.site_visits() == []


def test_trap_04_a_visit_that_is_longer_than_what_is_left_is_taken(clinic: Clinic) -> None:
    slot = clinic.slot()
    end_of_shift = replace(slot, begin=replace(slot.begin, seconds=12 * 3600 + 1800, text=""), minutes=45)
    assert isinstance(clinic.gateway().book(request(end_of_shift)), Taken)
    assert clinic.site_visits() == []


def test_trap_08_a_reference_is_never_used_again(clinic: Clinic) -> None:
    gateway, asked = clinic.gateway(), request(clinic.slot())
    gateway.book(asked)
    gateway.cancel(REFERENCE, reason="")
    assert gateway.book(asked) == Rejected("cancelled")
    assert clinic.site_visits() == []


def test_trap_09_a_doctor_in_another_branch_is_another_s(clinic: Clinic) -> None:
    gateway, slot = clinic.gateway(), clinic.slot()
    elsewhere = replace(
        slot, resource=replace(slot.resource, location_id="1586db4d-1ea4-5661-be49-1063d7e0e171")
    )
    assert gateway.book(request(elsewhere)) == Rejected("unknown_party", "Врач здесь не принимает")
    gateway.book(request(slot))
    assert gateway.find_booking(query(elsewhere)) == Indeterminate(
        "the visit stands with another doctor or in another branch"
    )


def test_trap_12_a_move_of_two_steps_is_not_promised(clinic: Clinic) -> None:
    assert clinic.gateway().capabilities().can_move is False


@pytest.mark.parametrize("fault", LOST)
def test_trap_16_a_lost_answer_to_a_cancel_may_be_sent_again(clinic: Clinic, fault: str) -> None:
    gateway = clinic.gateway()
    gateway.book(request(clinic.slot()))
    clinic.fault(fault, "cancel", times=1)
    assert isinstance(gateway.cancel(REFERENCE, reason=""), Unknown)
    assert gateway.cancel(REFERENCE, reason="") == Cancelled()
    assert clinic.site_visits() == []


@pytest.mark.parametrize("status", [401, 403, 404])
def test_a_door_that_is_shut_wrote_nothing(clinic: Clinic, status: int) -> None:
    gateway, asked = clinic.gateway(), request(clinic.slot())
    clinic.fault("at_the_door", "book", times=1, status=status)
    assert isinstance(gateway.book(asked), NotSent)
    assert gateway.book(asked) == Booked(REFERENCE)


@pytest.mark.parametrize("fault", ["commit_then_drop", "garbage", "html", "http_500", "at_the_door"])
def test_a_read_back_that_did_not_come_says_nothing(clinic: Clinic, fault: str) -> None:
    asked = request(clinic.slot())
    clinic.fault(fault, "status")
    assert isinstance(clinic.gateway().find_booking(query(asked.slot)), Indeterminate)
