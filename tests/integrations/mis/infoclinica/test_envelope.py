"""The shapes of the wire, against samples written by hand from the contract (§1.2, §1.5)."""

import re
from datetime import UTC, date, datetime

import pytest

from feldsher.integrations.mis.infoclinica import envelope, times
from feldsher.integrations.mis.infoclinica.envelope import Check
from feldsher.integrations.mis.xml import BadDocumentError
from feldsher.kernel.clock import WallTime
from integrations.mis.infoclinica.factory import ack
from testbench.infoclinica import wire

WRITTEN = datetime(2026, 9, 1, 10, 15, tzinfo=UTC)
SAMPLE = """<?xml version='1.0' encoding='UTF-8'?>
<WEB_SCHEDULE_REC_RESERVE xmlns="http://sdsys.ru/"><MSH><MSH.7><TS.1>20260901101500</TS.1></MSH.7><MSH.9>\
<MSG.1>WEB</MSG.1><MSG.2>SCHEDULE_REC_RESERVE</MSG.2></MSH.9><MSH.10>ID</MSH.10><MSH.18>UTF-8</MSH.18>\
<MSH.99>2</MSH.99></MSH><SCHEDULE_REC_RESERVE_IN><DCODE>700001</DCODE><WORKDATE>20260905</WORKDATE>\
<BHOUR>9</BHOUR><BMIN>30</BMIN><FHOUR>10</FHOUR><FMIN>0</FMIN><SCHEDIDENT>800077</SCHEDIDENT>\
<PCODE>900005</PCODE><EXTSCHEDID>our-42</EXTSCHEDID><ONLINETYPE>0</ONLINETYPE></SCHEDULE_REC_RESERVE_IN>\
</WEB_SCHEDULE_REC_RESERVE>"""
RESERVE = (
    ("DCODE", "700001"),
    *times.fields(WallTime(date(2026, 9, 5), 34_200), 30),
    ("SCHEDIDENT", "800077"),
    ("PCODE", "900005"),
    ("EXTSCHEDID", "our-42"),
    ("ONLINETYPE", "0"),
)


def reserve(*, branch: str = "2", sender: str = "") -> bytes:
    return envelope.request("SCHEDULE_REC_RESERVE", RESERVE, branch=branch, sender=sender, written_at=WRITTEN)


def test_a_reserve_is_spelt_as_the_contract_shows_it() -> None:
    told = re.sub(r"<MSH.10>[0-9a-f]{24}<", "<MSH.10>ID<", reserve().decode())
    assert told == SAMPLE


def test_the_simulator_reads_what_the_adapter_writes() -> None:
    message = wire.read(reserve(sender="5837240b174ce70a315b29a6"))
    assert (message.operation, message.branch) == ("SCHEDULE_REC_RESERVE", 2)
    assert message.fields == dict(RESERVE)


def test_every_message_has_a_number_of_its_own() -> None:
    assert reserve() != reserve()


def test_what_xml_lacks_is_left_out_and_the_rest_is_escaped() -> None:
    body = envelope.request(
        "CLIENT_ADD", [("LASTNAME", "О'<Нил>\x00&")], branch="", sender="", written_at=WRITTEN
    )
    assert b"MSH.99" not in body
    assert "<LASTNAME>О'&lt;Нил&gt;&amp;</LASTNAME>".encode() in body


def test_an_answer_is_read_with_its_checks() -> None:
    inner = "<CHECKDATA><CHECKCODE>2</CHECKCODE><CHECKLABEL>Время занято</CHECKLABEL></CHECKDATA>"
    out = envelope.answer(ack("SCHEDULE_REC_RESERVE", inner, result=0), "SCHEDULE_REC_RESERVE")
    assert (out.result, out.checks) == (0, (Check("2", "Время занято", ""),))


@pytest.mark.parametrize("namespace", ["", ' xmlns="http://sdsys.ru/"', ' xmlns="urn:other"'])
def test_an_answer_is_read_in_any_namespace(namespace: str) -> None:
    assert envelope.answer(ack("PRICE_LIST", "", namespace=namespace), "PRICE_LIST").result == 1


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "not XML"),
        (b"<html><body>502</body></html>", "not an ACK"),
        (ack("PRICE_LIST", "").replace(b"AA", b"AE"), "an ACK that isn't AA"),
        (ack("SCHEDULE", ""), "an answer to something else"),
        (ack("PRICE_LIST", "").replace(b">1<", b">x<"), "a number that isn't one"),
        (ack("PRICE_LIST", "").replace(b"<SPRESULT>1</SPRESULT>", b""), "a number that isn't one"),
        (ack("PRICE_LIST", "").decode().replace("…", "занято").encode("windows-1251"), "not utf-8"),
        (b"<!DOCTYPE ACK [<!ENTITY a 'b'>]>" + ack("PRICE_LIST", "")[38:], "a document type"),
    ],
)
def test_what_is_no_answer_to_this_is_no_answer(body: bytes, words: str) -> None:
    with pytest.raises(BadDocumentError, match=words):
        envelope.answer(body, "PRICE_LIST")


def test_two_outs_are_no_answer() -> None:
    body = ack("PRICE_LIST", "").replace(b"</ACK>", b"<PRICE_LIST_OUT/></ACK>")
    with pytest.raises(BadDocumentError, match="something else"):
        envelope.answer(body, "PRICE_LIST")


@pytest.mark.parametrize(
    ("hour", "minute", "seconds"), [("8", "0", 28_800), ("08", "00", 28_800), ("24", "0", 86_400)]
)
def test_trap_11_hours_come_with_and_without_zeros(hour: str, minute: str, seconds: int) -> None:
    assert times.wall(date(2026, 9, 5), hour, minute).seconds == seconds


@pytest.mark.parametrize(
    ("hour", "minute"), [("930", "0"), ("25", "0"), ("24", "1"), ("9", "60"), ("", "0"), ("-1", "0")]
)
def test_trap_11_what_is_no_time_of_day_is_refused(hour: str, minute: str) -> None:
    with pytest.raises(ValueError, match="not a time of day"):
        times.wall(date(2026, 9, 5), hour, minute)


@pytest.mark.parametrize("told", ["", "2026-09-05", "20260931", "00000101", "٢٠٢٦٠٩٠٥", "202609051"])
def test_what_is_no_day_is_refused(told: str) -> None:
    with pytest.raises(ValueError, match=r"day|month|year|range"):
        times.day(told)


@pytest.mark.parametrize("minutes", [0, -30, 600])
def test_a_visit_past_midnight_or_of_no_length_can_not_be_said(minutes: int) -> None:
    with pytest.raises(ValueError, match="can't be said"):
        times.fields(WallTime(date(2026, 9, 5), 20 * 3600), minutes)


@pytest.mark.parametrize(("told", "hours"), [("3", 3), ("+12", 12), ("-1", -1), ("", None)])
def test_a_time_zone_is_whole_hours(told: str, hours: int | None) -> None:
    assert times.offset(told) == hours


@pytest.mark.parametrize("told", ["15", "3.5", "MSK", "180"])
def test_what_is_no_time_zone_is_refused(told: str) -> None:
    with pytest.raises(ValueError, match="not a time zone"):
        times.offset(told)
