"""C36: nothing leaves but to the register, at the address that was examined, within time and size."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from feldsher.foundation.egress import addresses, register
from feldsher.foundation.egress.addresses import ForbiddenAddressError, may_call, resolve
from feldsher.foundation.egress.client import HttpClient, LostError, NotSentError, client_identity
from feldsher.foundation.egress.register import Host, host_at
from feldsher.foundation.privacy.data_class import DataClass
from support.certificates import self_signed

Say = Callable[[socket.socket, threading.Event], None]
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
PUBLIC = "8.8.8.8"


@pytest.fixture(autouse=True)
def _own_register() -> Iterator[None]:
    before = register.hosts()
    register.bind(())
    yield
    register.bind(before)


class Server:
    """A port of this machine that says to each caller what it is told to, and counts them."""

    def __init__(self, say: Say) -> None:
        self.callers = 0
        self.heard: list[bytes] = []
        self._say = say
        self._stop = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.callers += 1
            with connection, suppress(OSError):
                connection.settimeout(5)
                self.heard.append(connection.recv(65_536))
                self._say(connection, self._stop)

    def stop(self) -> None:
        self._stop.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(timeout=5)


@pytest.fixture
def serve() -> Iterator[Callable[[Say], Server]]:
    started: list[Server] = []

    def start(say: Say) -> Server:
        started.append(Server(say))
        return started[-1]

    yield start
    for server in started:
        server.stop()


def says(data: bytes) -> Say:
    return lambda connection, _: connection.sendall(data)


def allow(url: str, *, is_internal: bool = False) -> Host:
    host = host_at(url, country="RU", purpose="a test", classes=(DataClass.PERSONAL,))
    host = replace(host, is_internal=host.is_internal or is_internal)
    register.bind((*register.hosts(), host))
    return host


def call(url: str, *, seconds: float = 3, limit: int = 1000) -> int:
    return HttpClient(url, connections=2, limit=limit).post(b"x", headers={}, seconds=seconds).status


def resolver(monkeypatch: pytest.MonkeyPatch, *answers: tuple[str, ...]) -> list[str]:
    """Let DNS give one answer after another, the last one for ever; returns the names that are asked."""
    asked: list[str] = []

    real = socket.getaddrinfo

    def look_up(name: str, port: int, *more: Any, **words: Any) -> list[Any]:
        if name[0].isdigit() or ":" in name:
            return list(real(name, port, *more, **words))
        asked.append(name)
        found = answers[min(len(asked), len(answers)) - 1]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in found]

    monkeypatch.setattr(addresses.socket, "getaddrinfo", look_up)
    return asked


def test_c36_a_host_of_the_register_is_called(serve: Any) -> None:
    server = serve(says(OK))
    allow(f"http://127.0.0.1:{server.port}")
    assert call(f"http://127.0.0.1:{server.port}/x") == 200


def test_c36_a_call_has_the_method_and_the_query_that_it_was_given(serve: Any) -> None:
    server = serve(says(OK))
    allow(f"http://127.0.0.1:{server.port}")
    client = HttpClient(f"http://127.0.0.1:{server.port}/x", connections=2, limit=1000)
    for method, body, path in (("GET", b"", "/a?b=1"), ("PUT", b"{}", "/c"), ("DELETE", b"", "/c")):
        assert client.send(method, body, headers={}, seconds=3, path=path).status == 200
        line, *headers = server.heard[-1].decode().lower().split("\r\n")
        assert line == f"{method} /x{path} HTTP/1.1".lower()
        assert ("content-length: 2" in headers) == bool(body)


def test_c36_a_stranger_is_not_called(serve: Any) -> None:
    server, neighbour = serve(says(OK)), serve(says(OK))
    allow(f"http://127.0.0.1:{server.port}")
    for url in (
        f"http://127.0.0.1:{neighbour.port}",
        f"http://localhost:{server.port}",
        "https://example.com",
    ):
        with pytest.raises(NotSentError, match="RefusedHostError"):
            call(url)
    assert (server.callers, neighbour.callers) == (0, 0)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0",  # noqa: S104 - nothing is bound
        "100.100.100.200", "224.0.0.1", "240.0.0.1", "255.255.255.255", "198.18.0.1",
        "::1", "::", "fe80::1", "fc00::1", "fd00:ec2::254", "ff02::1",
        "::ffff:127.0.0.1", "::ffff:169.254.169.254", "::ffff:10.0.0.1",
        "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "2002:7f00:1::", "2002:a9fe:a9fe::",
        "2001:0:4136:e378:8000:63bf:80ff:fffe", "fec0::1", "feff::1",
        "192.88.99.1", "::ffff:192.88.99.1", "64:ff9b::c058:6301",
    ],
)  # fmt: skip
def test_c36_no_name_of_the_outside_may_lead_inside(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    host = allow("https://sms.example")
    resolver(monkeypatch, (address,))
    with pytest.raises(ForbiddenAddressError):
        resolve(host)
    with pytest.raises(NotSentError, match="RefusedHostError"):
        call("https://sms.example")


@pytest.mark.parametrize("address", [PUBLIC, "2a02:6b8::1", "::ffff:8.8.8.8", "64:ff9b::808:808"])
def test_c36_an_address_of_the_outside_may_be_called(address: str) -> None:
    assert may_call(ip_address(address), is_internal=False)


@pytest.mark.parametrize(
    "address", ["10.1.2.3", "192.168.1.1", "127.0.0.1", "fd12::1", "fec0::1", "100.64.0.1"]
)
def test_c36_a_mis_of_the_clinics_network_may_have_a_private_address(
    monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    resolver(monkeypatch, (address,))
    assert resolve(allow("http://mis.clinic.local", is_internal=True)) == (address,)


@pytest.mark.parametrize(
    "address", ["169.254.169.254", "fe80::1", "::", "224.0.0.1", "100.100.100.200", "192.88.99.1"]
)
def test_c36_not_even_an_internal_host_may_be_the_metadata_of_a_cloud(
    monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    resolver(monkeypatch, (address,))
    with pytest.raises(ForbiddenAddressError):
        resolve(allow("http://mis.clinic.local", is_internal=True))


def test_c36_one_private_address_among_public_ones_refuses_the_name(monkeypatch: pytest.MonkeyPatch) -> None:
    resolver(monkeypatch, (PUBLIC, "10.0.0.1"))
    with pytest.raises(ForbiddenAddressError):
        resolve(allow("https://sms.example"))


def test_c36_a_name_that_is_turned_after_the_look_is_not_followed(
    serve: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = serve(says(OK))
    allow(f"http://sms.example:{server.port}")
    asked = resolver(monkeypatch, (PUBLIC,), ("127.0.0.1",))
    reached: list[str] = []

    def connect(address: tuple[str, int], *_: Any, **__: Any) -> socket.socket:
        reached.append(address[0])
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "create_connection", connect)
    with pytest.raises(NotSentError, match="ConnectError"):
        call(f"http://sms.example:{server.port}")
    assert (asked, reached) == (["sms.example"], [PUBLIC])
    with pytest.raises(NotSentError, match="RefusedHostError"):
        call(f"http://sms.example:{server.port}")
    assert (reached, server.callers) == ([PUBLIC], 0)


def test_c36_the_next_address_of_a_name_is_tried(serve: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    server = serve(says(OK))
    allow(f"http://mis.clinic.local:{server.port}", is_internal=True)
    resolver(monkeypatch, ("127.0.0.9", "127.0.0.1"))
    assert call(f"http://mis.clinic.local:{server.port}") == 200


@pytest.mark.parametrize("number", ["2130706433", "0x7f000001", "017700000001", "127.1"])
def test_c36_an_address_in_odd_digits_is_this_machine_still(serve: Any, number: str) -> None:
    server = serve(says(OK))
    url = f"http://{number}:{server.port}"
    with pytest.raises(NotSentError, match="RefusedHostError"):
        call(url)
    assert allow(url).is_internal is False
    with pytest.raises(NotSentError, match="RefusedHostError"):
        call(url)
    assert server.callers == 0


@pytest.mark.parametrize(
    "place", ["http://xn--\u00e9.example/", "/" + "a" * 66_000], ids=["no name", "too long"]
)
def test_a_redirect_to_what_is_no_address_is_a_lost_answer(serve: Any, place: str) -> None:
    head = f"HTTP/1.1 302 Found\r\nLocation: {place}\r\nContent-Length: 0\r\n\r\n"
    server = serve(says(head.encode()))
    allow(f"http://127.0.0.1:{server.port}")
    with pytest.raises(LostError, match=r"^RemoteProtocolError$"):
        call(f"http://127.0.0.1:{server.port}")
    assert server.callers == 1


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_c36_no_redirect_is_followed(serve: Any, status: int) -> None:
    other = serve(says(OK))
    places = (
        f"http://127.0.0.1:{other.port}/",
        "http://169.254.169.254/latest/meta-data/",
        "file:///etc/passwd",
    )
    for place in places:
        head = f"HTTP/1.1 {status} Moved\r\nLocation: {place}\r\nContent-Length: 0\r\n\r\n"
        server = serve(says(head.encode()))
        allow(f"http://127.0.0.1:{server.port}")
        assert call(f"http://127.0.0.1:{server.port}") == status
        assert server.callers == 1
    assert other.callers == 0


def test_c36_a_gigabyte_is_not_read(serve: Any) -> None:
    sent = 0

    def pour(connection: socket.socket, _: threading.Event) -> None:
        nonlocal sent
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\n")
        part = b"x" * 65_536
        for _ in range(16_384):
            connection.sendall(part)
            sent += len(part)

    server = serve(pour)
    allow(f"http://127.0.0.1:{server.port}")
    before = time.monotonic()
    with pytest.raises(LostError, match="over the limit"):
        call(f"http://127.0.0.1:{server.port}", seconds=20, limit=100_000)
    assert time.monotonic() - before < 5
    assert sent < 50_000_000


def test_c36_a_slow_drip_ends_with_the_call(serve: Any) -> None:
    def drip(connection: socket.socket, stopping: threading.Event) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n")
        while not stopping.wait(0.05):
            connection.sendall(b"a")

    server = serve(drip)
    allow(f"http://127.0.0.1:{server.port}")
    before = time.monotonic()
    with pytest.raises(LostError, match="ReadTimeout"):
        call(f"http://127.0.0.1:{server.port}", seconds=0.5)
    assert time.monotonic() - before < 3


def test_c36_no_proxy_of_the_environment_is_asked(serve: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    proxy, server = serve(says(OK)), serve(says(OK))
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
    allow(f"http://127.0.0.1:{server.port}")
    assert call(f"http://127.0.0.1:{server.port}") == 200
    assert (proxy.callers, server.callers) == (0, 1)


@pytest.mark.parametrize(
    "url", ["ftp://a", "file:///etc/passwd", "gopher://a", "//a", "a", "http://", "http://u:p@a"]
)
def test_c36_only_plain_addresses_of_http_are_taken(url: str) -> None:
    with pytest.raises(ValueError, match="address"):
        HttpClient(url, connections=1, limit=1)
    with pytest.raises(ValueError, match="address"):
        allow(url)


def test_c36_a_name_is_known_by_its_punycode_and_its_port() -> None:
    host = allow("https://Клиника.рф/umc")
    assert (host.name, host.port, host.is_internal) == ("xn--80apagcdp.xn--p1ai", 443, False)
    assert register.entry_of("XN--80APAGCDP.xn--p1ai", 443) is host
    assert register.entry_of(host.name, 80) is None
    assert allow("http://192.168.1.5/").is_internal is True
    assert allow("http://[::1]:8080/").name == "::1"


@pytest.fixture
def impostor(tmp_path: Path) -> Iterator[int]:
    """A port that speaks TLS with a certificate that it has made itself."""
    trust = self_signed(tmp_path)
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with suppress(OSError):
            connection, _ = listener.accept()
            with connection, trust.wrap_socket(connection, server_side=True) as wrapped:
                wrapped.recv(65_536)
                wrapped.sendall(OK)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield listener.getsockname()[1]
    listener.close()
    thread.join(timeout=5)


def test_c36_a_certificate_of_nobodys_is_refused_and_said_to_be(impostor: int) -> None:
    allow(f"https://127.0.0.1:{impostor}")
    with pytest.raises(
        NotSentError, match=r"^the server's certificate is not trusted: self.signed certificate"
    ):
        call(f"https://127.0.0.1:{impostor}")


def test_c36_a_plain_connection_goes_by_the_register_too(serve: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    server = serve(says(b"heard"))
    with pytest.raises(ForbiddenAddressError):
        addresses.connect("127.0.0.1", server.port, seconds=2)
    allow(f"syslog://127.0.0.1:{server.port}")
    with addresses.connect("127.0.0.1", server.port, seconds=2) as connection:
        connection.sendall(b"line")
        assert connection.recv(10) == b"heard"
    allow("syslog://collector.example")
    resolver(monkeypatch, ("127.0.0.1",))
    with pytest.raises(ForbiddenAddressError):
        addresses.connect("collector.example", 601, seconds=2)
    assert server.callers == 1


@pytest.mark.parametrize(
    ("header", "told"),
    [
        (b"Date: Thu, 26 Nov 2026 09:00:00 GMT\r\n", datetime(2026, 11, 26, 9, tzinfo=UTC)),
        (b"Date: Thu, 26 Nov 2026 12:00:00 +0300\r\n", datetime(2026, 11, 26, 9, tzinfo=UTC)),
        (b"Date: yesterday\r\n", None),
        (b"Date: Fri, 31 Dec 9999 23:00:00 -1200\r\n", None),
        (b"Date: Fri, 31 Dec " + b"9" * 20 + b" 23:00:00 GMT\r\n", None),
        (b"Date: Fri, 31 Dec " + b"9" * 5000 + b" 23:00:00 GMT\r\n", None),
        (b"Date: Thu, 26 Nov 2026 09:00:00 -0000\r\n", None),
        (b"", None),
    ],
)
def test_an_answer_tells_what_the_servers_clock_showed(serve: Any, header: bytes, told: datetime) -> None:
    server = serve(says(b"HTTP/1.1 200 OK\r\n" + header + b"Content-Length: 2\r\n\r\nok"))
    url = f"http://127.0.0.1:{server.port}"
    allow(url)
    reply = HttpClient(url, connections=2, limit=1000).post(b"x", headers={}, seconds=3)
    assert (reply.clock, reply.body) == (told, b"ok")


def test_a_clients_certificate_that_is_no_pair_is_refused_in_one_sentence(tmp_path: Path) -> None:
    pems = []
    for number in (1, 2):
        key = ec.generate_private_key(ec.SECP256R1())
        pems.append(tmp_path / f"{number}.pem")
        pems[-1].write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    for certificate, key_file in ((pems[0], pems[1]), (tmp_path / "none.pem", pems[0])):
        with pytest.raises(ValueError, match="certificate and key can't be read, or don't fit"):
            client_identity(str(certificate), key=str(key_file))
    with pytest.raises(ValueError, match="file of authorities"):
        client_identity(str(pems[0]), key=str(pems[0]), authorities=str(tmp_path / "none.pem"))
