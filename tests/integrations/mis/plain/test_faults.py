"""Every fault of the stand-in: what the adapter says, and how it is settled afterwards."""

import time
from typing import Any

import pytest

from feldsher.domain.scheduling.ports import Absent, Booked, Cancelled, Found, Indeterminate, NotSent, Unknown
from integrations.mis.plain.factory import Desk, query, request

LOST = ("commit_then_drop", "commit_then_500", "garbage")


@pytest.mark.parametrize("fault", LOST)
def test_trap_01_a_lost_answer_to_a_booking_is_found_and_may_be_sent_again(desk: Desk, fault: str) -> None:
    gateway, asked = desk.gateway(), request(desk.slot())
    desk.fault(fault, "book")
    assert isinstance(gateway.book(asked), Unknown)
    assert gateway.find_booking(query(asked)) == Found(asked.reference, "booked", asked.slot.begin)
    assert gateway.book(asked) == Booked(asked.reference)
    assert len(desk.booked()) == 1


def test_trap_01_a_500_before_the_writing_is_unknown_and_absent(desk: Desk) -> None:
    gateway, asked = desk.gateway(), request(desk.slot())
    desk.fault("http_500", "book")
    assert isinstance(gateway.book(asked), Unknown)
    assert gateway.find_booking(query(asked)) == Absent()
    assert gateway.book(asked) == Booked(asked.reference)


def test_trap_01_a_late_commit_is_the_same_visit_as_the_one_sent_again(desk: Desk) -> None:
    gateway, asked = desk.gateway(), request(desk.slot())
    desk.fault("commit_late", "book", delay=0.4)
    assert isinstance(gateway.book(asked), Unknown)
    assert gateway.find_booking(query(asked)) == Absent()
    assert gateway.book(asked) == Booked(asked.reference)
    time.sleep(0.6)
    assert [row["reference"] for row in desk.booked()] == [asked.reference]


def test_trap_01_a_late_commit_after_a_cancel_comes_to_nothing(desk: Desk) -> None:
    gateway, asked = desk.gateway(), request(desk.slot())
    desk.fault("commit_late", "book", delay=0.4)
    assert isinstance(gateway.book(asked), Unknown)
    assert gateway.cancel(asked.reference, reason="") == Cancelled()
    time.sleep(0.6)
    assert desk.booked() == []


def test_an_answer_after_the_timeout_is_lost(desk: Desk) -> None:
    asked = request(desk.slot())
    desk.fault("slow", "book", delay=1.0)
    begun = time.monotonic()
    assert isinstance(desk.gateway(timeout=0.3).book(asked), Unknown)
    assert time.monotonic() - begun < 0.9


@pytest.mark.parametrize("fault", LOST)
def test_trap_16_a_lost_answer_to_a_cancel_may_be_sent_again(desk: Desk, fault: str) -> None:
    gateway, asked = desk.gateway(), request(desk.slot())
    gateway.book(asked)
    desk.fault(fault, "cancel")
    assert isinstance(gateway.cancel(asked.reference, reason=""), Unknown)
    assert gateway.cancel(asked.reference, reason="") == Cancelled()


@pytest.mark.parametrize("status", [401, 403, 404])
def test_a_door_that_is_shut_wrote_nothing(desk: Desk, status: int) -> None:
    gateway, asked = desk.gateway(), request(desk.slot())
    desk.fault("at_the_door", "book", status=status)
    assert isinstance(gateway.book(asked), NotSent)
    assert desk.booked() == []
    assert gateway.book(asked) == Booked(asked.reference)


@pytest.mark.parametrize("fault", ["commit_then_drop", "garbage", "http_500", "at_the_door"])
def test_a_read_back_that_did_not_come_says_nothing(desk: Desk, fault: str) -> None:
    asked = request(desk.slot())
    desk.fault(fault, "visit")
    assert isinstance(desk.gateway().find_booking(query(asked)), Indeterminate)


def test_a_404_of_a_web_server_is_never_an_absent_visit(desk: Desk) -> None:
    gateway, asked = desk.gateway(), request(desk.slot())
    gateway.book(asked)
    desk.fault("at_the_door", "visit", status=404)
    found: Any = gateway.find_booking(query(asked))
    assert found == Indeterminate("the address is wrong (HTTP 404)")
