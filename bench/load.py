"""A cheap HTTP/1.1 client: one thread, kept connections, requests made beforehand, answers checked by status.

`saturate` keeps every connection busy and counts; `pace` sends at a fixed rate and measures each answer from
the moment at which its request was due, so that a stall is not hidden by waiting for it.
"""

import gc
import heapq
import select
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass

_LARGEST = 1 << 20


class LoadError(RuntimeError):
    """An answer that the bench did not expect: the figures would be worth nothing."""


@dataclass(slots=True)
class Peer:
    """One kept connection; `answer` grows until it is whole."""

    socket: socket.socket
    answer: bytes = b""
    due: float = 0.0

    def send(self, request: bytes, *, due: float) -> None:
        self.answer, self.due = b"", due
        self.socket.sendall(request)

    def receive(self, *, wanted: bytes) -> bool:
        """Read what is there; tell whether the answer is whole. Raises LoadError for another status."""
        part = self.socket.recv(_LARGEST)
        self.answer = self.answer + part if self.answer else part
        end = self.answer.find(b"\r\n\r\n")
        if end < 0 and part:
            return False
        if not part or not self.answer.startswith(wanted):
            raise LoadError(self.answer[:1500].decode(errors="replace") or "the connection was closed")
        length = self.answer[: end + 2].lower().partition(b"content-length: ")[2].partition(b"\r")[0]
        return len(self.answer) >= end + 4 + int(length)


class Load:
    """Connections to the site, opened once."""

    def __init__(self, address: tuple[str, int], *, connections: int, wanted: int) -> None:
        self._wanted = b"HTTP/1.1 %d" % wanted
        self._peers: dict[int, Peer] = {}
        self._poll = select.epoll()
        for _ in range(connections):
            connection = socket.create_connection(address, timeout=30)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._peers[connection.fileno()] = Peer(connection)
            self._poll.register(connection, select.EPOLLIN)

    def close(self) -> None:
        for peer in self._peers.values():
            peer.socket.close()
        self._poll.close()

    def saturate(self, requests: Iterator[bytes], *, seconds: float) -> float:
        """Return answers per second with every connection always busy."""
        gc.disable()
        began = time.perf_counter()
        for peer in self._peers.values():
            peer.send(next(requests), due=began)
        count, open_peers = 0, len(self._peers)
        ended = began
        while open_peers:
            for number, _ in self._ready():
                peer = self._peers[number]
                if not peer.receive(wanted=self._wanted):
                    continue
                count += 1
                ended = time.perf_counter()
                if ended - began < seconds:
                    peer.send(next(requests), due=ended)
                else:
                    open_peers -= 1
        gc.enable()
        return count / (ended - began)

    def ask(self, request: bytes) -> float:
        """Return the seconds of one request by itself."""
        peer, *_ = self._peers.values()
        began = time.perf_counter()
        peer.send(request, due=began)
        while not peer.receive(wanted=self._wanted):
            self._ready()
        return time.perf_counter() - began

    @property
    def answer(self) -> bytes:
        """The last answer to `ask`, head and body."""
        peer, *_ = self._peers.values()
        return peer.answer

    def pace(self, requests: Iterator[bytes], *, rate: float, seconds: float) -> list[float]:
        """Return the seconds from when each request was due to its answer, at `rate` requests a second."""
        gc.disable()
        idle = list(self._peers.values())
        waiting: list[float] = []
        took: list[float] = []
        began = time.perf_counter()
        total, sent = int(rate * seconds), 0
        while len(took) < total:
            now = time.perf_counter()
            while sent < total and began + sent / rate <= now:
                heapq.heappush(waiting, began + sent / rate)
                sent += 1
            while waiting and idle:
                idle.pop().send(next(requests), due=heapq.heappop(waiting))
            pause = max(0.0, began + sent / rate - time.perf_counter()) if sent < total else 1.0
            for number, _ in self._poll.poll(pause):
                peer = self._peers[number]
                if peer.receive(wanted=self._wanted):
                    took.append(time.perf_counter() - peer.due)
                    idle.append(peer)
        gc.enable()
        return took

    def _ready(self) -> list[tuple[int, int]]:
        if not (ready := self._poll.poll(30)):
            raise LoadError("no answer within 30 seconds")
        return ready


def percentile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]
