"""One call from its parameters to its answer, with the faults in between, whatever the wire.

Order matters and is the whole point: what strikes before the operation leaves no trace, what strikes after it
has already committed. None as the answer means «cut the connection».
"""

import threading
from typing import Protocol

from testbench.bit_umc.base import NOT_WRITTEN
from testbench.bit_umc.faults import Faults
from testbench.bit_umc.model import Call
from testbench.web import HTML, PLAIN, Answer


class Wire(Protocol):
    """How a call is done and its answers look."""

    garbage: bytes

    def run(self, call: Call) -> Answer:
        """Do the call; never raises."""
        ...

    def empty(self, call: Call) -> Answer:
        """Return a well-formed answer that says nothing."""
        ...


class Service:
    def __init__(self, faults: Faults, *, stopping: threading.Event) -> None:
        self._faults = faults
        self._stopping = stopping

    def handle(self, call: Call, wire: Wire) -> Answer | None:
        """Answer one call; never raises."""
        return self._spoilt_before(call, wire) or self._act(call, wire)

    def _spoilt_before(self, call: Call, wire: Wire) -> Answer | None:
        """Return the answer of a fault that strikes before anything is done."""
        slow = self._faults.draw("slow", call.operation)
        if slow is not None:
            self._stopping.wait(slow.delay)
        if self._faults.draw("http_500", call.operation):
            return Answer(500, HTML, b"<html><body>Internal Server Error</body></html>")
        if self._faults.draw("text_500", call.operation):
            return Answer(500, PLAIN, f"{NOT_WRITTEN}. Внутренняя ошибка.".encode())
        if self._faults.draw("empty_ok", call.operation):
            return wire.empty(call)
        return None

    def _act(self, call: Call, wire: Wire) -> Answer | None:
        late = self._faults.draw("commit_late", call.operation)
        if late is not None:
            if not self._stopping.wait(late.delay):
                wire.run(call)
            return None
        answer = wire.run(call)
        if self._faults.draw("commit_then_drop", call.operation):
            return None
        if self._faults.draw("garbage", call.operation):
            return Answer(200, answer.content_type, wire.garbage)
        return answer
