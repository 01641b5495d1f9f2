"""Hostile answers: no crash, no hang past the timeout, nothing believed."""

import socket
import threading
import time
from collections.abc import Callable
from datetime import date

import pytest

from feldsher.domain.directory.types import Completeness
from feldsher.domain.scheduling.ports import (
    BookRequest,
    GatewayUnavailableError,
    PatientRef,
    TimeKind,
    Unknown,
    Window,
)
from integrations.mis.infoclinica.factory import (
    ANNA,
    BRANCH,
    PERSON,
    Canned,
    ack,
    cell,
    day_after,
    grid,
    hours,
    slot,
    stint,
    through,
)

DAY = day_after()
ONE_DAY = Window(DAY, DAY)
CELLS = cell("9:0", "12:0")
SCHED_INFO = "<SCHED_INFO><SCHEDID>5</SCHEDID></SCHED_INFO>"
XXE = '<!DOCTYPE ACK [<!ENTITY leak SYSTEM "file:///etc/passwd">]>'
LAUGHS = '<!DOCTYPE ACK [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'


def with_type(doctype: str, body: bytes, entity: str) -> bytes:
    text = body.decode().replace("?>", "?>" + doctype, 1).replace("…", entity)
    return text.encode()


SPOILT: dict[str, Callable[[bytes], bytes]] = {
    "xxe": lambda body: with_type(XXE, body, "&leak;"),
    "billion laughs": lambda body: with_type(LAUGHS, body, "&b;"),
    "an entity nobody declared": lambda body: body.replace("…".encode(), b"&nbsp;"),
    "windows-1251": lambda body: body.decode().replace("…", "Готово").encode("windows-1251"),
    "utf-16": lambda body: body.decode().encode("utf-16"),
    "html": lambda _: b"<!doctype html><html><body>502 Bad Gateway</body></html>",
    "cut in the middle": lambda body: body[: len(body) // 2],
    "nothing": lambda _: b"",
    "two documents": lambda body: body + body,
    "nul bytes": lambda body: body.replace("…".encode(), b"\0"),
    "json": lambda _: b'{"SPRESULT": 1}',
}


@pytest.mark.parametrize("how", SPOILT)
def test_a_spoilt_schedule_is_no_schedule(canned: Canned, how: str) -> None:
    canned.tell(GET_FILIAL_LIST=BRANCH, DOCT_SCHEDULE_FREE=stint(DAY))
    canned.says["SCHEDULE"] = SPOILT[how](ack("SCHEDULE", grid(DAY, CELLS)))
    with pytest.raises(GatewayUnavailableError, match="SCHEDULE: an answer that is") as caught:
        canned.gateway().free(ONE_DAY)
    assert "root:" not in str(caught.value)


@pytest.mark.parametrize("how", SPOILT)
def test_a_spoilt_answer_to_a_reserve_is_unknown(canned: Canned, how: str) -> None:
    canned.tell(DOCT_SCHEDULE_FREE=stint(DAY), SCHEDULE=grid(DAY, CELLS))
    canned.says["SCHEDULE_REC_RESERVE"] = SPOILT[how](ack("SCHEDULE_REC_RESERVE", SCHED_INFO))
    outcome = canned.gateway().book(BookRequest(slot(), PERSON, "our-1", patient=PatientRef("900005")))
    assert isinstance(outcome, Unknown)


def test_a_body_over_the_limit_is_not_read(canned: Canned) -> None:
    canned.says["GET_FILIAL_LIST"] = b" " * 1_100_000
    with pytest.raises(GatewayUnavailableError, match="over the limit"):
        canned.gateway(max_megabytes=1).free(ONE_DAY)


def test_an_endless_drip_ends_with_the_timeout() -> None:
    stopping = threading.Event()
    listener = socket.create_server(("127.0.0.1", 0))

    def drip() -> None:
        connection, _ = listener.accept()
        with connection:
            connection.recv(65_536)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
            while not stopping.wait(0.05):
                try:
                    connection.sendall(b" ")
                except OSError:
                    return

    thread = threading.Thread(target=drip, daemon=True)
    thread.start()
    gateway = through(f"http://127.0.0.1:{listener.getsockname()[1]}", timeout=0.5)
    began = time.monotonic()
    with pytest.raises(GatewayUnavailableError, match="no token"):
        gateway.free(ONE_DAY)
    assert time.monotonic() - began < 3
    stopping.set()
    listener.close()
    thread.join(timeout=5)


@pytest.mark.parametrize("day", [date(1, 1, 1), date(9999, 12, 31), day_after(40)])
def test_trap_11_a_day_that_nobody_asked_for_leaves_its_doctor_out(canned: Canned, day: date) -> None:
    told = stint(DAY, doctor="7001") + stint(DAY, doctor="7002") + stint(day, doctor="7002")
    told = told.replace(f"{day:%Y%m%d}", f"{day:%Y%m%d}".rjust(8, "0"))
    both = grid(DAY, CELLS) + grid(DAY, CELLS, doctor="7002")
    canned.tell(GET_FILIAL_LIST=BRANCH, DOCT_SCHEDULE_FREE=told, SCHEDULE=both)
    found = canned.gateway().free(ONE_DAY)
    assert found.resources == (ANNA,)
    assert found.warnings == (
        "the schedule of doctor 7002 in branch 1: an interval with a day that nobody asked for",
    )


@pytest.mark.parametrize(
    "cells",
    [
        cell("930:0", "10:0"),
        cell("9:0", "9:0"),
        cell("10:0", "9:0"),
        cell("23:0", "0:30"),
        cell("9:0", "10:0").replace("<FREETYPE>1<", "<FREETYPE>да<"),
        cell("9:0", "10:0").replace("<BMIN>0</BMIN>", ""),
        cell("9:0", "24:30"),
    ],
)
def test_trap_11_a_grid_that_can_not_be_read_leaves_its_doctor_out(canned: Canned, cells: str) -> None:
    canned.tell(
        GET_FILIAL_LIST=BRANCH,
        DOCT_SCHEDULE_FREE=stint(DAY) + stint(DAY, doctor="7002"),
        SCHEDULE=grid(DAY, CELLS + cells) + grid(DAY, CELLS, doctor="7002"),
    )
    found = canned.gateway().free(ONE_DAY)
    assert [one.practitioner_id for one in found.resources] == ["7002"]
    assert [warning.startswith("the schedule of doctor 7001") for warning in found.warnings] == [True]
    assert {item.resource.practitioner_id for item in found.items} == {"7002"}


def test_when_nobody_can_be_read_the_answer_is_partial(canned: Canned) -> None:
    canned.tell(GET_FILIAL_LIST=BRANCH, DOCT_SCHEDULE_FREE=stint(DAY), SCHEDULE=grid(DAY, cell("9:0", "9:0")))
    assert canned.gateway().free(ONE_DAY).completeness is Completeness.PARTIAL


def test_cells_that_come_twice_are_offered_once(canned: Canned) -> None:
    canned.tell(
        GET_FILIAL_LIST=BRANCH, DOCT_SCHEDULE_FREE=stint(DAY), SCHEDULE=grid(DAY, CELLS) + grid(DAY, CELLS)
    )
    found = canned.gateway().free(ONE_DAY)
    assert set(hours(found, TimeKind.FREE, ANNA, DAY)) == {(9, 12)}


def test_intervals_of_nobody_are_counted(canned: Canned) -> None:
    canned.tell(
        GET_FILIAL_LIST=BRANCH,
        DOCT_SCHEDULE_FREE=stint(DAY) + stint(DAY, doctor="") + stint(DAY, doctor="' OR 1=1"),
        SCHEDULE=grid(DAY, CELLS),
    )
    assert canned.gateway().free(ONE_DAY).warnings == ("branch 1: 2 intervals name no doctor",)


def test_ten_thousand_doctors_are_read(canned: Canned) -> None:
    numbers = [str(10_000 + number) for number in range(10_000)]
    canned.tell(
        GET_FILIAL_LIST=BRANCH, DOCT_SCHEDULE_FREE="".join(stint(DAY, doctor=number) for number in numbers)
    )

    def part(body: bytes) -> bytes:
        asked = body.split(b"<INDOCTLIST>")[1].split(b"<")[0].decode().split(",")
        return ack("SCHEDULE", "".join(grid(DAY, CELLS, doctor=number) for number in asked))

    canned.says["SCHEDULE"] = part
    found = canned.gateway(doctors_at_once=1000).free(ONE_DAY)
    assert (len(found.resources), len(found.items), len(canned.sent)) == (10_000, 10_000, 12)
