import socket
import threading
from collections.abc import Iterator

import pytest

from feldsher.foundation.audit.errors import SinkError
from feldsher.integrations.witness import line_sink
from support.egress import known


@pytest.fixture
def collector() -> Iterator[tuple[list[bytes], str]]:
    got: list[bytes] = []

    def serve() -> None:
        for _ in range(2):
            peer, _ = server.accept()
            with peer:
                data = b""
                while part := peer.recv(65_536):
                    data += part
                got.append(data)

    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(10)
        thread = threading.Thread(target=serve)
        thread.start()
        yield got, known(f"syslog://127.0.0.1:{server.getsockname()[1]}")
        thread.join()


def messages(data: bytes) -> list[str]:
    """Read RFC 6587 octet counting."""
    found = []
    while data:
        length, _, rest = data.partition(b" ")
        found.append(rest[: int(length)].decode())
        data = rest[int(length) :]
    return found


def test_lines_are_framed_by_their_length_in_bytes(collector: tuple[list[bytes], str]) -> None:
    got, url = collector
    sink = line_sink(url)
    sink.send(['{"leaf":0,"what":"приём"}', '{"leaf":1}'])
    sink.send(['{"leaf":2}'])
    assert [messages(data) for data in got] == [
        [
            '<109>1 - - feldsher - audit - {"leaf":0,"what":"приём"}',
            '<109>1 - - feldsher - audit - {"leaf":1}',
        ],
        ['<109>1 - - feldsher - audit - {"leaf":2}'],
    ]


def test_nobody_there_is_an_error() -> None:
    with pytest.raises(SinkError, match="syslog: ConnectionRefusedError"):
        line_sink(known("syslog://127.0.0.1:9")).send(["{}"])


@pytest.mark.parametrize("url", ["syslog://", "syslog://host/path", "https://host/", "journal.jsonl"])
def test_another_url_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="syslog://host:port"):
        line_sink(url)
