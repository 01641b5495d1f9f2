"""Simulators and bare ports of one test; all are stopped at its end."""

import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from integrations.mis.bit_umc.factory import Answer, Clinic, Wire
from testbench.bit_umc.server import start


@pytest.fixture
def simulate() -> Iterator[Callable[..., Clinic]]:
    """Start simulators with any options; all are stopped at the end."""
    clinics: list[Clinic] = []

    def make(**options: Any) -> Clinic:
        clinics.append(Clinic(start(**options)))
        return clinics[-1]

    yield make
    for clinic in clinics:
        clinic.http.close()
        clinic.simulator.stop()


@pytest.fixture
def clinic(simulate: Callable[..., Clinic]) -> Clinic:
    return simulate()


@pytest.fixture
def wire() -> Iterator[Callable[[Answer], Wire]]:
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
                seen.append(_whole(connection))
                try:
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
        return Wire(f"http://127.0.0.1:{listener.getsockname()[1]}/umc/ws/ws1.1cws", seen)

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
        data += connection.recv(65536)
    head, _, body = data.partition(b"\r\n\r\n")
    length = next(
        int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")
    )
    while len(body) < length:
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body
