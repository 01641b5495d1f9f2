"""Answers that mean harm or are broken: no crash, no hang, nothing believed, the culprit named."""

import threading
import time
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from feldsher.domain.directory.types import Completeness
from feldsher.domain.scheduling.ports import (
    FreeTime,
    GatewayUnavailableError,
    RemoteResource,
    RemoteSlot,
    Unknown,
    Window,
)
from feldsher.integrations.mis.medialog import MedialogGateway, build
from feldsher.kernel.clock import WallTime
from integrations.mis.harmful import NO_XML
from integrations.mis.medialog.factory import CLINICS, EVENTS, Hand, answered, field, request
from integrations.mis.wires import LAUGHS, XXE
from support.egress import known
from testbench.web import Answer, Handler, Server

SLOTS = "PLANNING_SUBJ_SLOTS_QUERY"
ADD = "PLANNING_ADD_VISIT"
WEEK = Window(date(2026, 9, 1), date(2026, 9, 7))
GOOD, BAD = RemoteResource("11", "C1"), RemoteResource("12", "C1")


def slot(subject: str, at: str, **more: str) -> str:
    fields = {"PL_SUBJ_ID": subject, "DATE_VISIT": at, "DUREE": "30", **more}
    return "<R>" + "".join(f"<{name}>{value}</{name}>" for name, value in fields.items()) + "</R>"


@pytest.fixture
def two_doctors(hand: Hand) -> Hand:
    """Doctor 11 with the schedule 1, whose answer is good; `bad` is what doctor 12's says."""
    hand.results = {
        "PLANNING_PARAMS_QUERY": "<QUERY_RESULT><R><PL_PARAM_ID>1</PL_PARAM_ID></R></QUERY_RESULT>",
        "PLANNING_SUBJ_QUERY": (
            "<QUERY_RESULT><R><PL_SUBJ_ID>1</PL_SUBJ_ID><MEDECINS_ID>11</MEDECINS_ID></R>"
            "<R><PL_SUBJ_ID>2</PL_SUBJ_ID><MEDECINS_ID>12</MEDECINS_ID></R></QUERY_RESULT>"
        ),
        "PLANNING_EXAMS_QUERY": (
            "<QUERY_RESULT><R><PL_EXAM_ID>7</PL_EXAM_ID><DUREE>30</DUREE></R></QUERY_RESULT>"
        ),
    }
    return hand


def with_bad(hand: Hand, *told: str) -> None:
    def slots(message: str) -> str:
        is_good = field(message, "PL_SUBJ_ID") == "1"
        rows = slot("1", "20260901093000") if is_good else "".join(told)
        return answered(message, f"<QUERY_RESULT>{rows}</QUERY_RESULT>")

    hand.results[SLOTS] = slots


@pytest.mark.parametrize(
    "told",
    [
        (slot("2", "00010101093000"),),
        (slot("2", "99991231093000"),),
        (slot("2", "20260901093000"), slot("2", "20260931093000")),
        (slot("2", "20260901093000"), slot("2", "сегодня")),
        (slot("2", "20260901093000+0300"),),
        (slot("2", "20260901093000"), slot("2", "20260901093000", DUREE="60")),
        (slot("2", "20260901093000", DUREE="-30"),),
        (slot("2", "20260901093000", DUREE="99999"),),
        (slot("2", "20260901093000", DUREE="0"),),
        (slot("1", "20260901093000"),),
        ("<R><PL_SUBJ_ID>2</PL_SUBJ_ID></R>",),
    ],
    ids=[
        "year 1", "year 9999", "31 September", "words", "an offset", "two lengths", "a negative length",
        "a length of weeks", "no length", "another schedule", "no time",
    ],
)  # fmt: skip
def test_a_schedule_that_cannot_be_read_whole_is_left_out_and_named(
    two_doctors: Hand, told: tuple[str, ...]
) -> None:
    with_bad(two_doctors, *told)
    found = two_doctors.gateway().free(WEEK)
    assert (found.completeness, found.resources) == (Completeness.FULL, (GOOD,))
    assert {item.resource for item in found.items} == {GOOD}
    (warning,) = found.warnings
    assert warning.startswith("the schedule 2 in C1 can't be read: ")


def test_the_same_slot_twice_is_one(two_doctors: Hand) -> None:
    with_bad(two_doctors, slot("2", "20260901093000"), slot("2", "20260901093000"))
    assert len(two_doctors.gateway().free(WEEK, resource=BAD).items) == 1


def test_a_schedule_and_a_kind_that_are_listed_twice_are_one(two_doctors: Hand) -> None:
    for event in ("PLANNING_SUBJ_QUERY", "PLANNING_EXAMS_QUERY", "PLANNING_PARAMS_QUERY"):
        told = two_doctors.results[event]
        inside = told.removeprefix("<QUERY_RESULT>").removesuffix("</QUERY_RESULT>")
        two_doctors.results[event] = f"<QUERY_RESULT>{inside}{inside}</QUERY_RESULT>"
    found = two_doctors.gateway().directory()
    assert [one.id for one in found.practitioners] == ["11", "12"]
    assert [one.id for one in found.services] == ["7"]


def test_two_ids_for_one_visit_are_not_believed(two_doctors: Hand) -> None:
    with_bad(two_doctors)
    rows = "<R><PLANNING_ID>1</PLANNING_ID></R><R><PLANNING_ID>2</PLANNING_ID></R>"
    two_doctors.results[ADD] = f"<QUERY_RESULT>{rows}</QUERY_RESULT>"
    asked = request(RemoteSlot(GOOD, WallTime.parse("2026-09-01T09:30"), 30, "7"))
    assert isinstance(two_doctors.gateway().book(asked), Unknown)
    two_doctors.results[ADD] = "<QUERY_RESULT><R><PLANNING_ID>0</PLANNING_ID></R></QUERY_RESULT>"
    assert isinstance(two_doctors.gateway().book(asked), Unknown)


def read(gateway: MedialogGateway) -> FreeTime | None:
    """Return the free time, None where the reading failed; what it says holds nothing of the answer."""
    try:
        return gateway.free(WEEK)
    except GatewayUnavailableError as error:
        if "root:" in str(error):
            raise
        return None


def _wrapped(head: str, text: str = "") -> Callable[[str], str]:
    return lambda message: head + answered(message, f"<QUERY_RESULT><R><A>{text}</A></R></QUERY_RESULT>")


@pytest.mark.parametrize(
    "told",
    [
        _wrapped(XXE, "&x;"),
        _wrapped(LAUGHS, "&b;"),
        _wrapped("<!doctype html>"),
        *((lambda _, body=body: body) for body in NO_XML),
        lambda message: answered(message, "<QUERY_RESULT><R>"),
        lambda message: answered(message, "<a>" * 50_000 + "</a>" * 50_000),
        lambda message: answered(message, "<QUERY_RESULT>" + "x" * 1_100_000 + "</QUERY_RESULT>"),
    ],
    ids=[
        "XXE", "billion laughs", "a document type", "HTML", "nothing", "control characters", "UTF-16",
        "cut", "very deep", "too large",
    ],
)  # fmt: skip
def test_what_is_no_answer_is_lost_for_reads_and_unknown_for_a_visit(two_doctors: Hand, told: Any) -> None:
    gateway = two_doctors.gateway(max_megabytes=1)
    with_bad(two_doctors)
    good = two_doctors.results[SLOTS]
    two_doctors.results[SLOTS] = told
    began = time.monotonic()
    found = read(gateway)
    assert found is None or (found.completeness, found.resources) == (Completeness.SUSPICIOUS_EMPTY, ())
    two_doctors.results |= {SLOTS: good, ADD: told}
    asked = request(RemoteSlot(GOOD, WallTime.parse("2026-09-01T09:30"), 30, "7"))
    assert isinstance(gateway.book(asked), Unknown)
    assert time.monotonic() - began < 5


def test_a_hundred_thousand_doctors_are_a_list_like_any_other(two_doctors: Hand) -> None:
    rows = "".join(
        f"<R><PL_SUBJ_ID>{number}</PL_SUBJ_ID><MEDECINS_ID>{number}</MEDECINS_ID></R>"
        for number in range(1, 100_001)
    )
    two_doctors.results["PLANNING_SUBJ_QUERY"] = f"<QUERY_RESULT>{rows}</QUERY_RESULT>"
    slots = "".join(slot(str(number), "20260901093000") for number in range(1, 30_001))
    two_doctors.results[SLOTS] = f"<QUERY_RESULT>{slots}</QUERY_RESULT>"
    gateway = two_doctors.gateway(slots_scope="clinic", max_megabytes=64, bulk_timeout=60)
    found = gateway.free(WEEK)
    assert (len(found.resources), len(found.items)) == (30_000, 30_000)


class Drip(Handler):
    """Answers a byte at a time, for ever."""

    stopping = threading.Event()

    def do_POST(self) -> None:  # noqa: N802 - named by http.server
        self.body()
        self.close_connection = True
        self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        while not self.stopping.wait(0.05):
            self.wfile.write(b" ")


class Moved(Handler):
    """Sends the caller elsewhere."""

    def do_POST(self) -> None:  # noqa: N802 - named by http.server
        self.body()
        self.respond(Answer(302, "text/plain", b""), Location="http://127.0.0.1:9/")


@pytest.mark.parametrize("handler", [Drip, Moved])
def test_a_drip_ends_at_the_timeout_and_no_redirect_is_followed(handler: type[Handler]) -> None:
    server = Server(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        gateway = build(
            url=known(server.url()), user="", password="", timeout=0.4,
            options={"clinics": CLINICS, "carrier": "http", **EVENTS},
        )  # fmt: skip
        began = time.monotonic()
        with pytest.raises(GatewayUnavailableError):
            gateway.directory()
        assert gateway.cancel("1@C1", reason="").__class__.__name__ == (
            "Unknown" if handler is Drip else "NotSent"
        )
        assert time.monotonic() - began < 3
    finally:
        Drip.stopping.set()
        server.shutdown()
        server.server_close()
        thread.join(timeout=5)
