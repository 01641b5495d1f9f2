"""When a site counts as up: its home page is shown under a name that it knows, and nothing else will do."""

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from feldsher.conf.demo.folder import Address
from feldsher.conf.demo.running import answers, responds
from feldsher.conf.supervisor import SupervisorError

READERS = "clinic.example"


class Site(BaseHTTPRequestHandler):
    known: frozenset[str] = frozenset()
    code = 200

    def do_GET(self) -> None:
        host = self.headers["Host"].partition(":")[0]
        self.send_response(self.code if host in self.known else 400)
        self.end_headers()

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def address(monkeypatch: pytest.MonkeyPatch) -> Iterator[Address]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Site) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield Address("127.0.0.1", server.server_port)
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("name", [READERS, "127.0.0.1"])
def test_a_site_that_knows_one_of_its_names_answers(
    name: str, address: Address, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Site, "known", frozenset({name}))
    assert answers(address, readers_host=READERS)
    assert responds(address.url) is (name != READERS)
    monkeypatch.setattr(Site, "code", 503)
    assert not answers(address, readers_host=READERS)


def test_a_site_that_knows_no_name_of_its_own_is_told_at_once(address: Address) -> None:
    with pytest.raises(SupervisorError, match=f"refuses its own name {READERS}: .*FELDSHER_HOSTS") as caught:
        answers(address, readers_host=READERS)
    assert caught.value.code == "host_refused"


def test_who_is_not_there_has_not_answered_yet() -> None:
    assert not answers(Address("127.0.0.1", 1), readers_host=READERS)
