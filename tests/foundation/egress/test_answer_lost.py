"""An answer that is lost on purpose: the request left whole, and the client says no more than it knows."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from feldsher.foundation.egress.client import HttpClient, LostError, answer_lost
from integrations.mis.wires import Asked, http_port
from support.egress import known


@dataclass
class Remote:
    url: str = ""
    bodies: list[bytes] = field(default_factory=list)

    def answer(self, asked: Asked) -> tuple[int, bytes]:
        self.bodies.append(asked.body)
        return 200, b"done"

    def post(self, body: bytes) -> bytes:
        client = HttpClient(known(self.url), connections=1, limit=100)
        return client.post(body, headers={}, seconds=5).body


@pytest.fixture
def remote() -> Iterator[Remote]:
    made = Remote()
    with http_port(made.answer) as made.url:
        yield made


def test_the_request_that_is_named_arrives_whole_and_its_answer_is_lost(remote: Remote) -> None:
    with answer_lost(2, waits=True) as cut:
        assert remote.post(b"first") == b"done"
        assert not cut.has_struck
        with pytest.raises(LostError):
            remote.post(b"second")
        assert cut.has_struck
        assert remote.post(b"third") == b"done"
    assert remote.bodies == [b"first", b"second", b"third"]


def test_without_waiting_the_answer_is_lost_all_the_same(remote: Remote) -> None:
    with answer_lost(1, waits=False), pytest.raises(LostError):
        remote.post(b"first")


def test_outside_of_its_block_nothing_is_lost(remote: Remote) -> None:
    with answer_lost(1, waits=True):
        pass
    assert remote.post(b"first") == b"done"
