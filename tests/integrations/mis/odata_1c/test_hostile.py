"""Answers that mean harm: no crash, no hang past the timeout, nothing believed, the culprit named."""

import socket
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from feldsher.domain.directory.types import Completeness
from feldsher.domain.scheduling.ports import (
    GatewayUnavailableError,
    Indeterminate,
    RemoteResource,
    Unknown,
)
from integrations.mis.harmful import HARMFUL
from integrations.mis.odata_1c.factory import (
    FIRST,
    REFERENCE,
    VISITS,
    WORK,
    Hand,
    query,
    request,
    slot_of,
    through,
    visit,
    work,
)
from integrations.mis.odata_1c.test_schedule import NUMBER, WEEK
from integrations.mis.wires import Answer, Wire, raw_ports

ASKED = request(slot_of())
HARM = HARMFUL | {
    "windows-1251": '{"odata.count": "1", "value": [{"Статус": "Записан"}]}'.encode("cp1251"),
    "a deep row": b'{"value": [' + b'{"a":[' * 50_000 + b"]}" * 50_000 + b"]}",
    "a field twice": b'{"value": [{"Ref_Key": "1", "Ref_Key": "2"}]}',
    "a huge exponent": b'{"odata.count": 1e999999999, "value": []}',
}


@pytest.mark.parametrize("body", HARM.values(), ids=list(HARM))
def test_a_harmful_body_is_no_answer(hand: Hand, body: bytes) -> None:
    hand.service = lambda _: (200, body)
    hand.tables = dict.fromkeys((WORK, VISITS, "Catalog_Филиалы"), body)
    gateway = hand.gateway()
    begun = time.monotonic()
    assert isinstance(gateway.book(ASKED), Unknown)
    assert isinstance(gateway.cancel(REFERENCE, reason=""), Unknown)
    assert isinstance(gateway.find_booking(query(ASKED.slot)), Indeterminate)
    for read in (gateway.directory, lambda: gateway.free(WEEK), lambda: gateway.free(WEEK, resource=FIRST)):
        with pytest.raises(GatewayUnavailableError) as failure:
            read()
        assert "root:" not in str(failure.value)
    assert time.monotonic() - begun < 15


def test_a_page_of_a_web_server_is_told_by_its_status_alone(hand: Hand) -> None:
    hand.status, hand.tables = 502, {WORK: b"<html>Bad Gateway</html>"}
    with pytest.raises(GatewayUnavailableError, match=r"^HTTP 502$"):
        hand.gateway().free(WEEK)


def test_what_1c_says_of_an_error_is_shortened(hand: Hand) -> None:
    hand.status = 500
    hand.tables = {WORK: {"odata.error": {"code": "-1", "message": {"lang": "ru", "value": "я " * 10_000}}}}
    with pytest.raises(GatewayUnavailableError) as failure:
        hand.gateway().free(WEEK)
    assert len(str(failure.value)) < 230


def test_a_hundred_thousand_doctors_are_read_in_bounded_time(hand: Hand) -> None:
    rows = [
        work("2026-12-01", "09:00:00", "13:00:00") | {"Врач_Key": f"22222222-0000-4000-8000-{n:012}"}
        for n in range(100_000)
    ]
    first = RemoteResource(rows[0]["Врач_Key"], FIRST.location_id)
    one = visit("2026-12-01T09:30:00", "2026-12-01T10:00:00", number=NUMBER, resource=first)
    hand.tables = {WORK: rows, VISITS: [one]}
    begun = time.monotonic()
    found = hand.gateway(max_megabytes=64).free(WEEK)
    assert (found.completeness, len(found.resources)) == (Completeness.FULL, 100_000)
    assert time.monotonic() - begun < 30


def _says(data: bytes, drop: bytes) -> Answer:
    def answer(connection: socket.socket, stopping: threading.Event) -> None:
        connection.sendall(data)
        while not stopping.wait(0.0 if len(drop) > 1 else 0.05):
            connection.sendall(drop)

    return answer


@pytest.fixture
def wire() -> Iterator[Callable[[Answer], Wire]]:
    with raw_ports() as make:
        yield make


@pytest.mark.parametrize(
    ("head", "drop", "why"),
    [
        (b"HTTP/1.1 200 OK\r\n\r\n{", b" ", "ReadTimeout"),
        (b"HTTP/1.1 2", b"0", "ReadTimeout|ProtocolError"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n", b" " * 65536, "a body over the limit"),
        (b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n", b" ", "a compressed body"),
    ],
    ids=["a drip", "a drip of the head", "a gigabyte", "a bomb"],
)
def test_what_does_not_end_is_ended(
    wire: Callable[[Answer], Wire], head: bytes, drop: bytes, why: str
) -> None:
    url = wire(_says(head, drop)).url
    gateway = through(url, timeout=0.5, bulk_timeout=1, max_megabytes=1)
    begun = time.monotonic()
    assert isinstance(gateway.book(ASKED), Unknown)
    with pytest.raises(GatewayUnavailableError, match=why):
        gateway.free(WEEK, resource=FIRST)
    with pytest.raises(GatewayUnavailableError, match=why):
        gateway.directory()
    assert time.monotonic() - begun < 4
