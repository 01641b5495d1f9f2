"""What the simulator takes as a message of the contract, and what it doesn't."""

from typing import Any

import pytest
from lxml import etree

from testbench.infoclinica import wire

HAND = """<WEB_SCHEDULE_REC_RESERVE xmlns="http://sdsys.ru/"><MSH><MSH.7><TS.1>20260901101500</TS.1></MSH.7><MSH.9>\
<MSG.1>WEB</MSG.1><MSG.2>SCHEDULE_REC_RESERVE</MSG.2></MSH.9><MSH.10>00aa11bb22cc33dd44ee55ff</MSH.10>\
<MSH.18>UTF-8</MSH.18><MSH.99>2</MSH.99></MSH>
<SCHEDULE_REC_RESERVE_IN><DCODE>700001</DCODE><WORKDATE>20260905</WORKDATE><BHOUR>9</BHOUR><BMIN>30</BMIN>\
<FHOUR>10</FHOUR><FMIN>0</FMIN><SCHEDIDENT>800077</SCHEDIDENT><PCODE>900005</PCODE>\
<EXTSCHEDID>our-42</EXTSCHEDID><ONLINETYPE>0</ONLINETYPE></SCHEDULE_REC_RESERVE_IN></WEB_SCHEDULE_REC_RESERVE>"""


def test_the_contract_s_own_sample_is_taken() -> None:
    message = wire.read(HAND.encode())
    assert (message.operation, message.branch) == ("SCHEDULE_REC_RESERVE", 2)
    assert message.fields["EXTSCHEDID"] == "our-42"
    assert (message.fields["BHOUR"], message.fields["BMIN"]) == ("9", "30")


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("http://sdsys.ru/", "http://other/", "outside of the namespace"),
        ("WEB_SCHEDULE_REC_RESERVE", "WEB_NOTHING", "unknown root"),
        ("<MSH.99>2</MSH.99>", "", "no branch to execute the call"),
        ("<MSH.99>2</MSH.99>", "<MSH.99>main</MSH.99>", "MSH.99 must be a number"),
        ("<MSH.18>UTF-8</MSH.18>", "<MSH.18>windows-1251</MSH.18>", "MSH.18 must be UTF-8"),
        ("00aa11bb22cc33dd44ee55ff", "1", "24 or 32 hex digits"),
        ("<MSG.2>SCHEDULE_REC_RESERVE<", "<MSG.2>SCHEDULE<", "MSH.9 must name the operation"),
        ("20260901101500", "2026-09-01T10:15:00", "yyyyMMddHHmmss"),
        (
            "<MSH.18>UTF-8</MSH.18><MSH.99>2</MSH.99>",
            "<MSH.99>2</MSH.99><MSH.18>UTF-8</MSH.18>",
            "another order",
        ),
        ("20260905", "2026-09-05", "WORKDATE has a wrong form"),
        ("<BHOUR>9</BHOUR>", "<BHOUR>930</BHOUR>", "BHOUR has a wrong form"),
        ("<PCODE>900005</PCODE>", "", "PCODE is missing"),
        ("<ONLINETYPE>0<", "<ONLINETYPE>7<", "ONLINETYPE has a wrong form"),
        ("<FMIN>0</FMIN>", "<FMIN>0</FMIN><DURATION>30</DURATION>", "DURATION is no field"),
        ("<FMIN>0</FMIN>", "<FMIN>0</FMIN><FMIN>0</FMIN>", "FMIN stands twice"),
        ("</WEB_SCHEDULE_REC_RESERVE>", "", "not XML"),
    ],
)
def test_what_breaks_the_contract_is_refused(old: str, new: str, words: str) -> None:
    with pytest.raises(wire.EnvelopeError, match=words):
        wire.read(HAND.replace(old, new).encode())


def test_hours_may_have_a_leading_zero() -> None:
    assert wire.read(HAND.replace("<BHOUR>9<", "<BHOUR>09<").encode()).fields["BHOUR"] == "09"


def test_a_broken_message_is_answered_by_ae_and_remembered(caller: Any) -> None:
    root = etree.fromstring(caller.post(caller.message("SCHEDULE", branch=None)).content)
    spoken = {"h": "http://sdsys.ru/"}
    assert root.findtext("h:MSA/h:MSA.1", namespaces=spoken) == "AE"
    assert root.findtext("h:ERR/h:ERR.3/h:CWE.2", namespaces=spoken) == (
        "MSH.99 is missing: no branch to execute the call"
    )
    assert caller.simulator.refused == ["MSH.99 is missing: no branch to execute the call"]


def test_a_branch_that_is_not_there_is_answered_by_ae(caller: Any) -> None:
    body = caller.message("SCHEDULE_CHANGE_LIST", branch=9)
    assert "Филиал 9 не найден" in caller.post(body).text
