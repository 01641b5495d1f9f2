"""Ports on this machine that answer an adapter as a test tells them."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler

from testbench.web import Server

XXE = '<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
"""Before a document in which &x; stands: a file of this machine."""
LAUGHS = '<!DOCTYPE r [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'
"""Before a document in which &b; stands: a text that grows."""


@dataclass(frozen=True)
class Asked:
    """A request as it came."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@contextmanager
def http_port(answer: Callable[[Asked], tuple[int, bytes]]) -> Iterator[str]:
    """Answer each request with a status and a body; gives the address (http://name:port)."""

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            status, told = answer(Asked(self.command, self.path, dict(self.headers.items()), body))
            self.send_response(status)
            self.send_header("Content-Length", str(len(told)))
            self.end_headers()
            self.wfile.write(told)

        do_GET = do_POST = do_PUT = do_DELETE = _answer  # noqa: N815 - named by http.server

        def log_message(self, *args: object) -> None:
            """Log nothing."""

    server = Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=5)


Answer = Callable[[socket.socket, threading.Event], None]
"""Writes what it likes to a connection; the event is set when the test ends."""


@dataclass
class Wire:
    """A port that runs an `Answer` on each connection, after the whole request has come."""

    url: str
    requests: list[bytes]


@contextmanager
def raw_ports() -> Iterator[Callable[[Answer], Wire]]:
    """Give a function that opens such ports; all are closed at the end."""
    stopping = threading.Event()
    listeners: list[socket.socket] = []
    threads: list[threading.Thread] = []

    def serve(listener: socket.socket, answer: Answer, seen: list[bytes]) -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                connection.settimeout(5)
                try:
                    seen.append(_whole(connection))
                    answer(connection, stopping)
                except OSError:
                    continue

    def make(answer: Answer) -> Wire:
        listener = socket.create_server(("127.0.0.1", 0))
        seen: list[bytes] = []
        thread = threading.Thread(target=serve, args=(listener, answer, seen), daemon=True)
        thread.start()
        listeners.append(listener)
        threads.append(thread)
        return Wire(f"http://127.0.0.1:{listener.getsockname()[1]}", seen)

    yield make
    stopping.set()
    for listener in listeners:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
    for thread in threads:
        thread.join(timeout=5)


def _whole(connection: socket.socket) -> bytes:
    data = b""
    while b"\r\n\r\n" not in data:
        chunk = connection.recv(65536)
        if not chunk:
            return data  # the caller gave up, or doesn't speak HTTP
        data += chunk
    head, _, body = data.partition(b"\r\n\r\n")
    told = (line for line in head.split(b"\r\n") if line.lower().startswith(b"content-length"))
    length = int(next(told, b":0").split(b":")[1])
    while len(body) < length:
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body
