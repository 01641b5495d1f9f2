"""HTTP as all simulators speak it: a server of threads, one write per answer, a limit on bodies."""

import base64
import hmac
import json
import sys
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

MAX_BODY = 1_000_000
HTML = "text/html; charset=utf-8"
CSS = "text/css; charset=utf-8"
JSON = "application/json; charset=utf-8"
PLAIN = "text/plain; charset=utf-8"
XML = "text/xml; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    content_type: str
    body: bytes


def as_json(value: object, *, status: int = 200) -> Answer:
    return Answer(status, JSON, json.dumps(value, ensure_ascii=False).encode())


def basic_login(user: str, password: str) -> bytes:
    """Return what Authorization must say (HTTP Basic)."""
    return b"Basic " + base64.b64encode(f"{user}:{password}".encode())


class Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 256

    def handle_error(self, request: object, client_address: object) -> None:
        """Stay silent about clients that gave up; anything else goes to stderr as usual."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]  # typeshed narrows it

    def url(self, scheme: str = "http") -> str:
        host, port = self.server_address[:2]
        return f"{scheme}://{host!s}:{port}"


class Handler(BaseHTTPRequestHandler):
    """`respond` writes one answer, or cuts the connection where there is none."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # headers and body leave together
    timeout = 120
    server_version = "testbench"
    sys_version = ""

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the base class's
        """Log nothing: requests carry names and phones."""

    @property
    def route(self) -> str:
        return urlsplit(self.path).path

    @property
    def query(self) -> str:
        return urlsplit(self.path).query

    def has_login(self, login: bytes) -> bool:
        """Say whether the caller gives this log-in (one of `basic_login`)."""
        given = self.headers.get("Authorization", "").encode("utf-8", "replace")
        return hmac.compare_digest(given, login)

    def body(self) -> bytes | None:
        """Return the request's body; None after having refused it (too long, or of unknown length)."""
        length = self.headers.get("Content-Length", "")
        if not length.isascii() or not length.isdigit():
            self.close_connection = True
            self.respond(Answer(411, PLAIN, b"Length Required"))
            return None
        if int(length) > MAX_BODY:
            self.close_connection = True
            self.respond(Answer(413, PLAIN, b"Payload Too Large"))
            return None
        return self.rfile.read(int(length))

    def respond(self, answer: Answer | None, **headers: str) -> None:
        if answer is None:
            self.close_connection = True
            return
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.content_type)
        self.send_header("Content-Length", str(len(answer.body)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(answer.body)
