"""A request that never left, one whose answer was lost, and the bounds on what comes back."""

import socket
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from feldsher.domain.scheduling.ports import (
    GatewayUnavailableError,
    Indeterminate,
    NotSent,
    Unknown,
    Window,
)
from feldsher.foundation.egress.client import HttpClient, LostError, NotSentError
from feldsher.integrations.mis.bit_umc import build
from integrations.mis.bit_umc.factory import KEYS, PATHS, Clinic, query, request, through, wall
from integrations.mis.bit_umc.factory import slot_of as slot
from integrations.mis.wires import Answer, Wire
from support.egress import known

MakeWire = Callable[[Answer], Wire]
WINDOW = Window(wall("2026-09-07T00:00").day, wall("2026-09-07T00:00").day)
HOLD = "dddddddd-0000-4000-8000-000000000001"


def _says(data: bytes) -> Answer:
    def answer(connection: socket.socket, _: threading.Event) -> None:
        connection.sendall(data)

    return answer


def _drips(head: bytes, drop: bytes) -> Answer:
    def answer(connection: socket.socket, stopping: threading.Event) -> None:
        connection.sendall(head)
        while not stopping.wait(0.05):
            connection.sendall(drop)

    return answer


def _http(status: str, body: bytes, *headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


def _closed_port() -> str:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    return f"http://127.0.0.1:{port}"


def _transport(url: str, *, connections: int = 4, limit: int = 1000) -> HttpClient:
    return HttpClient(known(url), user="u", password="p", connections=connections, limit=limit)


def test_every_write_that_never_left_says_so_and_may_be_repeated(door: str) -> None:
    gateway = through(door, _closed_port())
    outcomes = [
        gateway.hold(slot()),
        gateway.book(request(slot(), hold=HOLD)),
        gateway.book(request(slot())),
        gateway.cancel(HOLD, reason=""),
    ]
    assert outcomes == [NotSent("ConnectError")] * 4
    moved = gateway.move(HOLD, request=request(slot()), old=None)
    assert moved == NotSent("the look for the document to be moved: ConnectError")


def test_a_lookup_that_never_left_concludes_nothing(door: str) -> None:
    outcome = through(door, _closed_port()).find_booking(query(slot(), HOLD))
    assert outcome == Indeterminate("ConnectError")


def test_a_read_that_never_left_did_not_happen(door: str) -> None:
    with pytest.raises(GatewayUnavailableError):
        through(door, _closed_port()).free(WINDOW)
    with pytest.raises(GatewayUnavailableError):
        through(door, _closed_port()).directory()


def test_a_name_that_resolves_to_nothing_is_never_sent() -> None:
    with pytest.raises(NotSentError):
        _transport("http://clinic.invalid/ws").post(b"x", headers={}, seconds=2)


def test_a_server_that_speaks_no_tls_is_never_sent_the_request(wire: MakeWire) -> None:
    url = wire(_says(b"")).url.replace("http:", "https:")
    with pytest.raises(NotSentError):
        _transport(url).post(b"secret", headers={}, seconds=0.5)


def test_a_full_pool_is_never_sent(wire: MakeWire) -> None:
    arrived, leave = threading.Event(), threading.Event()

    def waits(connection: socket.socket, _: threading.Event) -> None:
        arrived.set()
        leave.wait(5)
        connection.sendall(_http("200 OK", b""))

    transport = _transport(wire(waits).url, connections=1)
    with ThreadPoolExecutor(1) as other:
        first = other.submit(transport.post, b"1", headers={}, seconds=5)
        assert arrived.wait(5)
        with pytest.raises(NotSentError, match="PoolTimeout"):
            transport.post(b"2", headers={}, seconds=0.3)
        leave.set()
        assert first.result().status == 200


@pytest.mark.parametrize(
    "told",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nContent-Le",
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf",
        b"not http at all\r\n\r\n",
    ],
)
def test_a_connection_cut_after_the_request_is_lost(wire: MakeWire, told: bytes) -> None:
    with pytest.raises(LostError):
        _transport(wire(_says(told)).url).post(b"x", headers={}, seconds=3)


@pytest.mark.parametrize(
    ("head", "drop"),
    [
        (b"HTTP/1.1 200 OK\r\nX-Slow: ", b"a"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n", b"a"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\na\r\n"),
    ],
)
def test_a_drip_ends_at_the_deadline_of_the_whole_exchange(wire: MakeWire, head: bytes, drop: bytes) -> None:
    before = time.monotonic()
    with pytest.raises(LostError, match="ReadTimeout"):
        _transport(wire(_drips(head, drop)).url).post(b"x", headers={}, seconds=0.5)
    assert time.monotonic() - before < 4


def test_a_body_over_the_limit_is_not_read_to_its_end(wire: MakeWire) -> None:
    endless = _drips(b"HTTP/1.1 200 OK\r\n\r\n", b"a" * 600)
    with pytest.raises(LostError, match="over the limit"):
        _transport(wire(endless).url).post(b"x", headers={}, seconds=5)


def test_a_body_at_the_limit_is_read(wire: MakeWire) -> None:
    reply = _transport(wire(_says(_http("200 OK", b"a" * 1000))).url).post(b"x", headers={}, seconds=5)
    assert (reply.status, len(reply.body)) == (200, 1000)


def test_a_compressed_body_is_refused_unread(wire: MakeWire) -> None:
    port = wire(_says(_http("200 OK", b"\x1f\x8b", "Content-Encoding: gzip")))
    with pytest.raises(LostError, match="compressed"):
        _transport(port.url).post(b"x", headers={}, seconds=5)
    assert b"accept-encoding: identity" in port.requests[0].lower()


def test_each_call_has_a_connection_of_its_own(wire: MakeWire) -> None:
    port = wire(_says(_http("200 OK", b"")))
    transport = _transport(port.url)
    for _ in range(3):
        transport.post(b"x", headers={}, seconds=5)
    assert len(port.requests) == 3


def test_the_environment_sets_no_proxy(wire: MakeWire, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", _closed_port())
    assert _transport(wire(_says(_http("200 OK", b""))).url).post(b"x", headers={}, seconds=5).status == 200


@pytest.mark.parametrize("status", [301, 302, 307, 308, 401, 403, 404, 405, 411, 413, 415, 429])
def test_a_request_stopped_at_the_door_never_reached_1c_and_no_redirect_is_followed(
    wire: MakeWire, door: str, status: int
) -> None:
    port = wire(_says(_http(f"{status} No", b"<html/>", "Location: http://127.0.0.1:1/")))
    assert through(door, port.url).book(request(slot(), hold=HOLD)) == NotSent(f"HTTP {status}")
    assert len(port.requests) == 1


@pytest.mark.parametrize("status", [202, 204, 400, 409, 418, 500, 502, 503, 504])
def test_any_other_status_is_unknown(wire: MakeWire, door: str, status: int) -> None:
    body = b"" if status == 204 else "<html>Не удалось записать документ</html>".encode()
    port = wire(_says(_http(f"{status} Odd", body)))
    assert isinstance(through(door, port.url).book(request(slot(), hold=HOLD)), Unknown)


def test_plain_text_that_is_not_the_refusal_to_write_is_unknown_under_500(wire: MakeWire, door: str) -> None:
    port = wire(_says(_http("500 Oops", "Ошибка при выполнении обработчика".encode())))
    assert isinstance(through(door, port.url).book(request(slot(), hold=HOLD)), Unknown)


@pytest.mark.parametrize("status", [401, 503])
def test_a_read_with_a_bad_status_did_not_happen(wire: MakeWire, door: str, status: int) -> None:
    port = wire(_says(_http(f"{status} No", b"")))
    with pytest.raises(GatewayUnavailableError):
        through(door, port.url).free(WINDOW)


def test_a_wrong_password_never_reaches_1c(clinic: Clinic) -> None:
    url, options = clinic.host + PATHS[clinic.door], KEYS[clinic.door]
    gateway = build(url=known(url), user="demo", password="no", timeout=5, options=options)
    assert gateway.hold(clinic.slot()) == NotSent("HTTP 401")


def test_nothing_about_the_patient_is_in_errors_or_logs(
    wire: MakeWire, door: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    gateway = through(door, wire(_says(b"")).url)
    outcome = gateway.book(request(slot(), hold=HOLD))
    unsent = through(door, _closed_port()).book(request(slot(), hold=HOLD))
    told = f"{outcome!r} {unsent!r} {caplog.text}"
    for secret in ("Записнов", "+70000000011", "1990", "ref-1", "demo-key"):
        assert secret not in told
