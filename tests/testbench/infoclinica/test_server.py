"""The simulator as a clinic's system: log-in, grid, visits, queue, registrar, faults."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from testbench.infoclinica import network
from testbench.infoclinica.network import BRANCHES, intervals

DAY = (datetime.now(UTC) + timedelta(days=2)).date()
PERIOD = f"<BDATE>{DAY:%Y%m%d}</BDATE><FDATE>{DAY:%Y%m%d}</FDATE>"


def card(caller: Any, phone: str = "+7(900)000-00-11") -> str:
    names = f"<LASTNAME>Записнов</LASTNAME><FIRSTNAME>Тест</FIRSTNAME><PHONE>{phone}</PHONE>"
    return str(caller.ask("CLIENT_ADD", names, branch=None).findtext("PCODE"))


def ident(doctor: int = 7001, branch: int = 1) -> int:
    found = intervals(BRANCHES[branch - 1], now=datetime.now(UTC), first=DAY, last=DAY)
    return next(one.ident for one in found if one.doctor.id == doctor)


def fields(who: str, *, hour: int = 10, more: str = "", number: int | None = None) -> str:
    return (
        f"<DCODE>7001</DCODE><WORKDATE>{DAY:%Y%m%d}</WORKDATE><BHOUR>{hour}</BHOUR><BMIN>0</BMIN>"
        f"<FHOUR>{hour}</FHOUR><FMIN>30</FMIN><SCHEDIDENT>{number or ident()}</SCHEDIDENT>"
        f"<PCODE>{who}</PCODE><ONLINETYPE>0</ONLINETYPE>{more}"
    )


def reserve(caller: Any, who: str, **changes: Any) -> Any:
    return caller.ask("SCHEDULE_REC_RESERVE", fields(who, **changes))


def kinds(caller: Any, *, step: int = 30, more: str = "") -> list[tuple[str, str]]:
    out = caller.ask("SCHEDULE", f"{PERIOD}<DCODEIN>7001</DCODEIN><EXTINTERV>{step}</EXTINTERV>{more}")
    return [
        (f"{cell.findtext('BHOUR')}:{cell.findtext('BMIN')}", cell.findtext("FREETYPE"))
        for cell in out.iter("INTERVAL")
    ]


@pytest.mark.parametrize("kind", ["0", "1"])
def test_a_token_is_given_for_a_secret_derived_of_now(caller: Any, kind: str) -> None:
    told = caller.token(caller.form(caller.stamp(), kind=kind))
    assert told.status_code == 200
    assert set(told.json()) == {"access_token", "client_id", "expires_in"}


@pytest.mark.parametrize(
    "change",
    [{"key": "other"}, {"user": "other"}, {"kind": "2"}],
)
def test_a_token_is_refused_to_others(caller: Any, change: dict[str, str]) -> None:
    assert caller.token(caller.form(caller.stamp(), **change)).status_code == 401


@pytest.mark.parametrize(
    ("seconds", "status"), [(290, 200), (-290, 200), (310, 401), (-310, 401), (3600, 401)]
)
def test_a_clock_may_be_off_by_the_tolerance(caller: Any, seconds: int, status: int) -> None:
    assert caller.token(caller.form(caller.stamp(seconds=seconds))).status_code == status


def test_the_wall_time_is_that_of_the_gateway_s_zone(caller: Any) -> None:
    assert caller.token(caller.form(caller.stamp("UTC"))).status_code == 401


def test_nothing_is_done_without_a_token(caller: Any) -> None:
    caller.bearer = "made-up"
    assert caller.post(caller.message("GET_FILIAL_LIST", branch=None)).status_code == 401
    assert caller.simulator.messages == []


def test_the_grid_is_cut_by_the_caller_s_step_without_breaks(caller: Any) -> None:
    half_hours = kinds(caller)
    assert half_hours[:2] == [("9:0", "1"), ("9:30", "1")]
    assert "13:0" not in dict(half_hours)
    assert len(kinds(caller, step=15)) == 2 * len(half_hours)


def test_a_visit_takes_its_cells_and_is_told_whole(caller: Any) -> None:
    out = reserve(caller, card(caller), more="<EXTSCHEDID>our-1</EXTSCHEDID>")
    info = out.find("SCHED_INFO")
    assert (out.findtext("SPRESULT"), info.findtext("BHOUR"), info.findtext("FILIAL")) == ("1", "10", "1")
    assert info.findtext("EXTSCHEDID") == "our-1"
    assert dict(kinds(caller))["10:0"] != "1"


def test_taken_time_is_refused_in_the_contract_s_words(caller: Any) -> None:
    reserve(caller, card(caller))
    out = reserve(caller, card(caller, "+7(900)000-00-22"))
    assert (out.findtext("SPRESULT"), out.findtext("CHECKDATA/CHECKCODE")) == ("0", "2")
    assert out.findtext("CHECKDATA/CHECKLABEL") == "Время занято"


def test_yesterday_s_schedident_means_nothing(caller: Any) -> None:
    out = reserve(caller, card(caller), number=ident() - 100_000)
    assert (out.findtext("SPRESULT"), out.findtext("SPCOMMENT")) == ("0", "График не найден")


def test_a_record_is_moved_by_its_schedid(caller: Any) -> None:
    who = card(caller)
    first = reserve(caller, who).findtext("SCHED_INFO/SCHEDID")
    moved = reserve(caller, who, hour=11, more=f"<SCHEDID>{first}</SCHEDID>")
    assert moved.findtext("SCHED_INFO/SCHEDID") == first
    assert [row["start"][11:16] for row in caller.state()["bookings"]] == ["11:00"]


def test_a_second_removal_says_that_it_is_cancelled_already(caller: Any) -> None:
    number = reserve(caller, card(caller)).findtext("SCHED_INFO/SCHEDID")
    first, second = (caller.ask("SCHEDULE_REC_REMOVE", f"<SCHEDID>{number}</SCHEDID>") for _ in range(2))
    assert (first.findtext("SPRESULT"), second.findtext("SPRESULT")) == ("1", "0")
    assert "уже отменена" in second.findtext("CHECKDATA/CHECKTEXT")
    unknown = caller.ask("SCHEDULE_REC_REMOVE", "<SCHEDID>5</SCHEDID>")
    assert unknown.findtext("SPRESULT") == "-2"


def test_the_queue_is_emptied_by_its_own_blocks_only(caller: Any) -> None:
    reserve(caller, card(caller))
    empty = caller.ask("SCHEDULE_CHANGE_ACCEPT")
    assert (empty.findtext("SPRESULT"), empty.findtext("SPCOMMENT")) == (
        "-99", "Начало блока CHANGE_INFO не найдено",
    )  # fmt: skip
    number = caller.ask("SCHEDULE_CHANGE_LIST").findtext("CHANGE_INFO/CHANGEID")
    caller.ask("SCHEDULE_CHANGE_ACCEPT", f"<CHANGE_INFO><CHANGEID>{number}</CHANGEID></CHANGE_INFO>")
    assert caller.ask("SCHEDULE_CHANGE_LIST").find("CHANGE_INFO") is None


def test_a_registrar_books_and_cancels(caller: Any) -> None:
    start = f"{DAY}T10:00:00+03:00"
    made = caller.bench("book", resource="7001", location="1", start=start, minutes=30)
    assert (made.status_code, made.json()["source"]) == (200, "clerk")
    assert caller.bench("book", resource="7001", location="1", start=start).status_code == 409
    assert caller.bench("cancel", id=made.json()["id"]).json()["status"] == "cancelled"
    assert (
        caller.bench("book", resource="7001", location="1", start=f"{DAY}T03:00:00+03:00").status_code == 409
    )


def test_a_doctor_may_be_closed_to_patients(caller: Any) -> None:
    caller.bench("close", resource="7001", label="Нужно направление")
    open_to_all = caller.ask("SCHEDULE", f"{PERIOD}<DCODEIN>7001</DCODEIN>")
    assert open_to_all.find(".//CHECKDATA") is None
    closed = caller.ask("SCHEDULE", f"{PERIOD}<DCODEIN>7001</DCODEIN><PCODE>5</PCODE>")
    assert closed.findtext(".//SCHEDINT/CHECKDATA/CHECKCODE") == "2"


@pytest.mark.parametrize(
    ("fault", "is_written"),
    [("commit_then_drop", True), ("garbage", True), ("http_500", False), ("ae", False), ("empty_ok", False)],
)
def test_what_a_fault_writes_is_what_it_says(caller: Any, fault: str, is_written: bool) -> None:  # noqa: FBT001 - a column of the table
    body = caller.message("SCHEDULE_REC_RESERVE", fields(card(caller)))
    caller.bench("faults", name=fault, operation="book", times=1)
    with suppress(httpx.RemoteProtocolError):
        assert b"</SCHED_INFO>" not in caller.post(body).content
    assert len(caller.state()["bookings"]) == is_written


def test_an_unknown_fault_is_refused(caller: Any) -> None:
    assert caller.bench("faults", name="earthquake").status_code == 422
    assert caller.bench("faults", name="slow", delay=1).json()["faults"][0]["name"] == "slow"


def test_a_wrong_zone_shifts_what_timezone_says(caller: Any) -> None:
    caller.bench("faults", name="wrong_zone", hours=1, branch=2)
    out = caller.ask("GET_FILIAL_LIST", branch=None)
    assert [row.findtext("TIMEZONE") for row in out.iter("GETFILIALLIST")] == ["3", "3", "7", "12"]


def test_the_network_has_the_four_offsets_that_break_naive_clocks() -> None:
    assert [one.timezone for one in network.BRANCHES] == [3, 2, 7, 12]
    for one in network.BRANCHES:
        offset = datetime.now(one.zone).utcoffset()
        assert offset == timedelta(hours=one.timezone)


def test_a_stopped_clock_of_the_server_is_in_its_answers(simulate: Callable[..., Any]) -> None:
    caller = simulate(clock=lambda: datetime(2026, 9, 1, 9, tzinfo=UTC))
    answer = caller.token(caller.form("20260901120000"))
    assert (answer.status_code, answer.headers["Date"]) == (200, "Tue, 01 Sep 2026 09:00:00 GMT")


def test_it_runs_as_a_program_and_stops_by_a_signal() -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "testbench.infoclinica"],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(network.__file__).parents[2])},
    ) as program:
        assert program.stdout is not None
        told = json.loads(program.stdout.readline())
        assert httpx.get(told["bench"] + "/_bench/state").json()["bookings"] == []
        assert httpx.get(told["xml"] + "/").status_code == 501
        program.send_signal(signal.SIGTERM)
        assert program.wait(timeout=10) == 0
