import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from feldsher.foundation.audit.errors import SinkError
from feldsher.integrations.witness import checkpoint_sink
from support.egress import known

NOTE = "clinic.example/audit\n1\n…\n"


class Witness(BaseHTTPRequestHandler):
    got: list[tuple[str, str, str]]
    status = 201

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        type(self).got.append((self.path, self.headers["Content-Type"], body))
        self.send_response(type(self).status)
        self.send_header("Content-Length", "0")
        self.send_header("Location", "/elsewhere")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def witness() -> Iterator[tuple[type[Witness], str]]:
    handler = type("OneWitness", (Witness,), {"got": []})
    with HTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield handler, known(f"http://127.0.0.1:{server.server_port}/notes?clinic=1")
        server.shutdown()
        thread.join()


def test_a_note_is_posted_as_plain_text(witness: tuple[type[Witness], str]) -> None:
    handler, url = witness
    checkpoint_sink(url).send(NOTE)
    assert handler.got == [("/notes?clinic=1", "text/plain; charset=utf-8", NOTE)]


@pytest.mark.parametrize("status", [302, 404, 500])
def test_what_is_no_yes_means_that_it_was_not_kept(witness: tuple[type[Witness], str], status: int) -> None:
    handler, url = witness
    handler.status = status
    with pytest.raises(SinkError, match=f"http_{status}"):
        checkpoint_sink(url).send(NOTE)
    assert len(handler.got) == 1


def test_nobody_there_is_told_without_the_address() -> None:
    sink = checkpoint_sink(known("http://127.0.0.1:9/secret"))
    with pytest.raises(SinkError, match="ConnectError") as error:
        sink.send(NOTE)
    assert "secret" not in error.value.detail
    assert sink.kept() is None
