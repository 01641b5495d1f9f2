"""The change queue: at least once, in order, acknowledged after the fact, and only what was understood."""

from datetime import date

import pytest

from feldsher.domain.scheduling.ports import (
    ChangeBatch,
    ChangeKind,
    GatewayUnavailableError,
    RemoteChange,
    RemoteResource,
)
from feldsher.kernel.clock import WallTime
from integrations.mis.infoclinica.factory import ANNA, BRANCH, Canned, Clinic, ack, ref, request, slot

BLOCK = (
    "<CHANGE_INFO><CHANGEID>{number}</CHANGEID><CHANGEOP>{operation}</CHANGEOP><SCHEDID>5</SCHEDID>"
    "<WORKDATE>20260905</WORKDATE><BHOUR>9</BHOUR><BMIN>30</BMIN><FHOUR>10</FHOUR><FMIN>0</FMIN>"
    "<FILIAL>1</FILIAL><DCODE>7001</DCODE></CHANGE_INFO>"
)


def block(number: object = 1, operation: object = 0) -> str:
    return BLOCK.format(number=number, operation=operation)


def kinds(batch: ChangeBatch) -> list[ChangeKind]:
    return [change.kind for change in batch.changes]


def test_what_happened_is_told_with_our_reference(clinic: Clinic) -> None:
    gateway = clinic.gateway()
    booked = ref(gateway.book(request(gateway, slot())))
    batch = gateway.changes("seen")
    expected = RemoteChange(ChangeKind.BOOKED, booked, ANNA, slot().begin, 30, reference="our-1")
    assert (batch.changes, batch.cursor) == ((expected,), "seen")


def test_a_visit_of_the_registry_has_no_reference(clinic: Clinic) -> None:
    clinic.clerk_books(slot())
    assert [(change.kind, change.reference) for change in clinic.gateway().changes("").changes] == [
        (ChangeKind.BOOKED, "")
    ]


def test_trap_17_the_queue_stays_until_it_is_acknowledged(clinic: Clinic) -> None:
    gateway = clinic.gateway()
    gateway.book(request(gateway, slot()))
    first = gateway.changes("")
    assert gateway.changes("") == first
    assert first.ack_token is not None
    gateway.ack(first.ack_token)
    assert gateway.changes("") == ChangeBatch((), "", None)


def test_trap_17_what_came_after_the_read_is_not_acknowledged(clinic: Clinic) -> None:
    gateway = clinic.gateway()
    booked = ref(gateway.book(request(gateway, slot())))
    batch = gateway.changes("")
    gateway.cancel(booked, reason="")
    assert batch.ack_token is not None
    gateway.ack(batch.ack_token)
    assert kinds(gateway.changes("")) == [ChangeKind.CANCELLED]


def test_trap_17_an_acknowledgement_that_is_lost_is_repeated(clinic: Clinic) -> None:
    gateway = clinic.gateway()
    gateway.book(request(gateway, slot()))
    batch = gateway.changes("")
    assert batch.ack_token is not None
    clinic.fault("http_500", operation="SCHEDULE_CHANGE_ACCEPT")
    with pytest.raises(GatewayUnavailableError):
        gateway.ack(batch.ack_token)
    assert gateway.changes("").changes == batch.changes


def test_every_branch_has_a_queue_of_its_own(clinic: Clinic) -> None:
    gateway = clinic.gateway()
    gateway.book(request(gateway, slot()))
    gateway.book(request(gateway, slot(15, at=RemoteResource("7002", "2")), reference="our-2"))
    batch = gateway.changes("")
    assert [change.resource.location_id for change in batch.changes] == ["1", "2"]
    assert batch.ack_token is not None
    gateway.ack(batch.ack_token)
    assert [message.branch for message in clinic.sent("SCHEDULE_CHANGE_ACCEPT")] == [1, 2]


@pytest.mark.parametrize("fault", ["reorder_events", "duplicate_events"])
def test_the_last_change_of_a_visit_is_told_last(clinic: Clinic, fault: str) -> None:
    gateway = clinic.gateway()
    booked = ref(gateway.book(request(gateway, slot())))
    gateway.move(booked, request=request(gateway, slot(11)), old=None)
    gateway.cancel(booked, reason="")
    clinic.fault(fault, branch=1)
    told = [change.kind for change in gateway.changes("").changes]
    assert list(dict.fromkeys(told)) == [ChangeKind.BOOKED, ChangeKind.MOVED, ChangeKind.CANCELLED]
    assert told[-1] is ChangeKind.CANCELLED


def test_a_branch_that_does_not_answer_leaves_the_others(
    clinic: Clinic, caplog: pytest.LogCaptureFixture
) -> None:
    gateway = clinic.gateway()
    gateway.book(request(gateway, slot()))
    clinic.fault("http_500", operation="SCHEDULE_CHANGE_LIST", branch=3)
    assert kinds(gateway.changes("")) == [ChangeKind.BOOKED]
    assert "branch 3" in caplog.text


def test_when_no_branch_answers_the_read_did_not_happen(clinic: Clinic) -> None:
    clinic.fault("http_500", operation="SCHEDULE_CHANGE_LIST", times=None)
    with pytest.raises(GatewayUnavailableError):
        clinic.gateway().changes("")


@pytest.mark.parametrize(
    ("told", "why"),
    [
        (block(2, operation=7), "its CHANGEOP isn't known"),
        (block(2, operation=""), "its CHANGEOP isn't known"),
        (block("two"), "its CHANGEID isn't a number"),
        (block(2).replace("<SCHEDID>5</SCHEDID>", ""), "no SCHEDID"),
        (block(2).replace("20260905", "20260931"), "day"),
        (block(2).replace("<WORKDATE>20260905</WORKDATE>", ""), "no doctor or no time"),
        (block(2).replace("<FHOUR>10<", "<FHOUR>9<"), "no doctor or no time"),
        (block(2).replace("<DCODE>7001</DCODE>", ""), "no doctor or no time"),
        (block(2).replace("<FILIAL>1<", "<FILIAL>2<"), "another branch"),
    ],
)
def test_what_is_not_understood_is_named_and_left_in_the_queue(
    canned: Canned, caplog: pytest.LogCaptureFixture, told: str, why: str
) -> None:
    canned.tell(SCHEDULE_CHANGE_LIST=block(1) + told, SCHEDULE_CHANGE_ACCEPT="")
    gateway = canned.gateway(branches=["1"])
    batch = gateway.changes("")
    assert len(batch.changes) == 1
    assert [record.levelname for record in caplog.records] == ["ERROR"]
    assert why in caplog.text
    assert batch.ack_token is not None
    gateway.ack(batch.ack_token)
    assert canned.sent[-1].count(b"CHANGE_INFO>") == 2
    assert b"<CHANGEID>1</CHANGEID>" in canned.sent[-1]


def test_a_block_is_echoed_whole_in_the_namespace_of_requests(canned: Canned) -> None:
    told = block().replace("</CHANGE_INFO>", "<NEWFIELD>как есть</NEWFIELD></CHANGE_INFO>")
    canned.says["SCHEDULE_CHANGE_LIST"] = ack("SCHEDULE_CHANGE_LIST", told, namespace="")
    canned.tell(SCHEDULE_CHANGE_ACCEPT="")
    gateway = canned.gateway(branches=["1"])
    token = gateway.changes("").ack_token
    assert token is not None
    gateway.ack(token)
    sent = canned.sent[-1].decode()
    assert 'xmlns=""' not in sent
    assert "<NEWFIELD>как есть</NEWFIELD>" in sent


def test_what_an_operation_means_is_the_profile_s(canned: Canned) -> None:
    canned.tell(SCHEDULE_CHANGE_LIST=block(operation="D"))
    gateway = canned.gateway(branches=["1"], change_operations={"D": "cancelled"})
    assert kinds(gateway.changes("")) == [ChangeKind.CANCELLED]


def test_a_removed_record_is_cancelled_whatever_the_operation_says(canned: Canned) -> None:
    canned.tell(
        SCHEDULE_CHANGE_LIST=block(operation=1).replace(
            "</CHANGE_INFO>", "<REMDATE>20260901</REMDATE></CHANGE_INFO>"
        )
    )
    (change,) = canned.gateway(branches=["1"]).changes("").changes
    assert (change.kind, change.ref, change.minutes) == (ChangeKind.CANCELLED, "1-5", 30)
    assert change.begin == WallTime(date(2026, 9, 5), 34_200)


def test_the_branches_are_asked_for_where_the_profile_names_none(canned: Canned) -> None:
    canned.tell(GET_FILIAL_LIST=BRANCH, SCHEDULE_CHANGE_LIST="")
    assert canned.gateway().changes("") == ChangeBatch((), "", None)
    assert len(canned.sent) == 2
