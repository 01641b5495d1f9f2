"""Answers that mean harm or are broken: no crash, no hang, nothing believed, the culprit named."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from feldsher.domain.directory.types import Completeness
from feldsher.domain.scheduling.ports import (
    Booked,
    FreeTime,
    GatewayUnavailableError,
    Indeterminate,
    NotSent,
    PatientRef,
    RemoteResource,
    Unknown,
    Window,
)
from feldsher.integrations.mis.n3 import N3Gateway, build
from integrations.mis.harmful import NO_XML
from integrations.mis.n3.factory import (
    BY_HAND,
    LPUS,
    ONE_SPECIALITY,
    PERSON,
    SHOWN,
    Hand,
    answered,
    doctors,
    field,
    history,
    query,
    request,
    ticket,
    tickets,
    visit,
)
from integrations.mis.wires import LAUGHS, XXE, Answer, Wire, raw_ports
from support.egress import known
from testbench.n3.hub import TOKEN

FREE, SET, HISTORY = "GetAvaibleAppointments", "SetAppointment", "GetPatientHistory"
WEEK = Window(date(2026, 9, 1), date(2026, 9, 7))
GOOD, BAD = BY_HAND.resource, RemoteResource("19@1", "1")
OURS = history(visit("000123", "2026-09-01T09:30:00"))
REF = "1/p-1/000123/2026-09-01T09%3A30%3A00/18"


@pytest.fixture
def two_doctors(hand: Hand) -> Hand:
    hand.results = {"GetSpesialityList": ONE_SPECIALITY, "GetDoctorList": doctors("18", "19")}
    return hand


def of_19(hand: Hand, told: str) -> None:
    """Say what the hub answers about doctor 19; doctor 18 has his ticket."""
    hand.results[FREE] = lambda call: answered(call, SHOWN if field(call, "idDoc") == "18" else told)


def at(begin: str, end: str = "2026-09-01T10:00:00", *, number: str = "7") -> str:
    return ticket(number, begin, end)


@pytest.mark.parametrize(
    "rows",
    [
        (at("0001-01-01T09:30:00", "0001-01-01T10:00:00"),),
        (at("9999-12-31T23:30:00", "9999-12-31T23:59:59"),),
        (at("2026-09-31T09:30:00"),),
        (at("завтра"),),
        (at(""),),
        (at("2026-09-01"),),
        (at("2026-09-01T09:30:00+03:00"),),
        (at("2026-09-01T06:30:00Z"),),
        (at("2026-09-01T09:30:00.5000000"),),
        (at("/Date(1756708200000+0300)/"),),
        (at("2026-09-01T25:30:00", "2026-09-01T26:00:00"),),
        (at("2026-09-01T10:00:00"),),
        (at("2026-09-01T11:00:00"),),
        (at("2026-09-01T09:30:00", "2026-09-05T10:00:00"),),
        (at("2026-09-01T09:30:00", number=""),),
        (at("2026-09-01T09:30:00", number="7" * 101),),
        (at("2026-09-01T09:30:00"), at("2026-09-01T09:40:00")),
        (at("2026-09-01T09:30:00"), "<a:Appointment/>"),
    ],
    ids=[
        "year 1", "year 9999", "31 September", "words", "no time", "a bare day", "an offset", "UTC",
        "half a second", "the JSON of another door", "25 hours", "no length", "backwards", "days long",
        "no id", "a long id", "one id at two times", "an empty ticket",
    ],
)  # fmt: skip
def test_a_doctor_whose_tickets_cannot_be_read_whole_is_left_out_and_named(
    two_doctors: Hand, rows: tuple[str, ...]
) -> None:
    of_19(two_doctors, tickets(at("2026-09-02T09:30:00", "2026-09-02T10:00:00", number="8"), *rows))
    found = two_doctors.gateway().free(WEEK)
    assert (found.completeness, found.resources) == (Completeness.FULL, (GOOD,))
    assert {item.resource for item in found.items} == {GOOD}
    (warning,) = found.warnings
    assert warning.startswith("the tickets of doctor 19@1 in LPU 1: can't be read: ")
    with pytest.raises(GatewayUnavailableError):
        two_doctors.gateway().free(WEEK, resource=BAD)


def test_the_same_ticket_twice_is_one(two_doctors: Hand) -> None:
    of_19(two_doctors, tickets(at("2026-09-01T09:30:00"), at("2026-09-01T09:30:00")))
    assert len(two_doctors.gateway().free(WEEK, resource=BAD).items) == 1


def test_rows_without_ids_are_counted_and_stop_nobody_else(two_doctors: Hand) -> None:
    of_19(two_doctors, tickets())
    two_doctors.results["GetDoctorList"] = doctors("18", "")
    found = two_doctors.gateway().free(WEEK)
    assert (found.completeness, found.resources) == (Completeness.FULL, (GOOD,))
    assert found.warnings == ("1 rows of the lists of LPU 1 have no id",)
    assert two_doctors.gateway().directory().completeness is Completeness.PARTIAL


def test_the_longest_ids_make_a_reference_that_an_index_holds(two_doctors: Hand) -> None:
    longest = "ы" * 100
    two_doctors.results |= {
        FREE: tickets(at("2026-09-01T09:30:00", number=longest)),
        "AddNewPatient": f"<a:IdPat>{longest}</a:IdPat>",
    }
    gateway = two_doctors.gateway()
    patient = gateway.ensure_patient(PERSON, location_id="1")
    assert isinstance(patient, PatientRef)
    slot = replace(BY_HAND, ticket=longest, resource=RemoteResource(f"{longest}@1", "1"))
    outcome = gateway.book(request(slot, patient=patient.id))
    assert isinstance(outcome, Booked)
    assert len(outcome.ref) < 2704
    two_doctors.results["AddNewPatient"] = f"<a:IdPat>{longest}ы</a:IdPat>"
    assert isinstance(gateway.ensure_patient(PERSON, location_id="1"), Unknown)


@pytest.mark.parametrize("count", ["", "-1", "много", "1e9", "٣", "9" * 5000])
def test_a_count_that_is_none_is_no_proof(two_doctors: Hand, count: str) -> None:
    of_19(two_doctors, tickets())
    told = doctors("18", "19").replace(">1<", f">{count}<")
    two_doctors.results["GetDoctorList"] = told
    assert two_doctors.gateway().free(WEEK).resources == (GOOD,)


def _wrapped(head: str, text: str = "") -> Callable[[str], str]:
    return lambda call: head + answered(call, f"<a:A>{text}</a:A>")


def read(gateway: N3Gateway) -> FreeTime | None:
    """Return the free time, None where the reading failed; what it says holds nothing of the answer."""
    try:
        return gateway.free(WEEK)
    except GatewayUnavailableError as error:
        if "root:" in str(error):
            raise
        return None


@pytest.mark.parametrize(
    "told",
    [
        _wrapped(XXE, "&x;"),
        _wrapped(LAUGHS, "&b;"),
        _wrapped("<!doctype html>"),
        *((lambda _, body=body: body) for body in NO_XML),
        lambda call: answered(call, "<a:A>Талон</a:A>").encode("windows-1251"),
        lambda call: answered(call, "<a:A>"),
        lambda call: answered(call, "<a:A>" * 50_000 + "</a:A>" * 50_000),
        lambda call: answered(call, "<a:A>" + "x" * 1_100_000 + "</a:A>"),
        lambda call: answered(call, "").replace("SetAppointment", "GetVersion").replace(FREE, "GetVersion"),
        lambda call: answered(call, "").replace("Envelope", "Envelop"),
        lambda _: '<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body/></s:Envelope>',
    ],
    ids=[
        "XXE", "billion laughs", "a document type", "HTML", "nothing", "control characters", "UTF-16",
        "windows-1251", "cut", "very deep", "too large", "another operation", "no envelope", "an empty one",
    ],
)  # fmt: skip
def test_what_is_no_answer_is_lost_for_reads_and_unknown_for_a_visit(two_doctors: Hand, told: Any) -> None:
    gateway = two_doctors.gateway(max_megabytes=1)
    began = time.monotonic()
    two_doctors.results |= {FREE: told, HISTORY: told}
    assert read(gateway) is None
    assert isinstance(gateway.find_booking(query(BY_HAND, ref=REF)), Indeterminate)
    two_doctors.results |= {FREE: SHOWN, SET: told, HISTORY: OURS, "CreateClaimForRefusal": told}
    assert isinstance(gateway.book(request(BY_HAND)), Unknown)
    assert time.monotonic() - began < 8


def test_a_hundred_thousand_doctors_are_a_list_like_any_other(two_doctors: Hand) -> None:
    two_doctors.results["GetDoctorList"] = doctors(*map(str, range(1, 100_001)), count=0).replace(
        "<a:Docs>", "<a:Docs>" + doctors("18").removeprefix("<a:Docs>").removesuffix("</a:Docs>")
    )
    two_doctors.results[FREE] = SHOWN
    gateway = two_doctors.gateway(counts="trusted", max_megabytes=64, bulk_timeout=60)
    found = gateway.free(WEEK)
    assert (len(found.resources), len(found.items)) == (100_000, 1)
    assert len(two_doctors.sent(FREE)) == 1


@pytest.fixture
def raw() -> Iterator[Callable[[Answer], Wire]]:
    with raw_ports() as make:
        yield make


def _drip(connection: socket.socket, stopping: threading.Event) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    while not stopping.wait(0.05):
        connection.sendall(b" ")


def _endless(connection: socket.socket, stopping: threading.Event) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n")
    while not stopping.is_set():
        connection.sendall(b" " * 65_536)


def _moved(connection: socket.socket, _: threading.Event) -> None:
    connection.sendall(b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:9/\r\nContent-Length: 0\r\n\r\n")


@pytest.mark.parametrize(("answer", "kind"), [(_drip, Unknown), (_endless, Unknown), (_moved, NotSent)])
def test_a_drip_and_a_gigabyte_end_in_time_and_no_redirect_is_followed(
    raw: Callable[[Answer], Wire], answer: Answer, kind: type
) -> None:
    wire = raw(answer)
    gateway = build(
        url=known(wire.url), user="", password=TOKEN, timeout=0.4, options={"lpus": LPUS, "max_megabytes": 1}
    )  # fmt: skip
    began = time.monotonic()
    with pytest.raises(GatewayUnavailableError):
        gateway.directory()
    assert isinstance(gateway._visits._sent(SET, ()), kind)
    assert isinstance(gateway.ensure_patient(PERSON, location_id="1"), NotSent)
    assert time.monotonic() - began < 4
