"""One SOAP call from its envelope to its answer, with the faults of the wire in between.

Order matters and is the whole point: what strikes before the operation leaves no trace, what strikes after it
has already committed. None as the answer means «cut the connection».
"""

import threading

from testbench.bit_umc import soap
from testbench.bit_umc.base import NOT_WRITTEN
from testbench.bit_umc.faults import Faults
from testbench.bit_umc.operations import BadParameterError, Operations
from testbench.bit_umc.soap import Answer, Call

GARBAGE = b'<?xml version="1.0"?>\n<soap:Envelope><soap:Body><m:return>\xff\xfe\x00 <![CDATA[<\xd0'
EMPTY = {
    "GetListClinic": '<?xml version="1.0"?>\n<СписокКлиник xmlns="S1"/>',
    "GetListEmployees": '<?xml version="1.0"?>\n<Сотрудники xmlns="S2"/>',
    "GetNomenclatureAndPrices": '<?xml version="1.0"?>\n<Каталоги xmlns="S2"/>',
    "GetEnlargementSchedule": '<?xml version="1.0"?>\n<ГрафикиДляСайта xmlns="S1"/>',
    "GetSchedule": '<?xml version="1.0"?>\n<ГрафикиДляСайта xmlns="S1"/>',
}


class Service:
    def __init__(self, operations: Operations, faults: Faults, *, stopping: threading.Event) -> None:
        self._operations = operations
        self._faults = faults
        self._stopping = stopping

    def handle(self, body: bytes) -> Answer | None:
        """Answer one request body; never raises."""
        try:
            call = soap.parse(body)
        except soap.BrokenEnvelopeError as error:
            return soap.fault(error.version, error.text)
        return self._spoilt_before(call) or self._act(call)

    def _spoilt_before(self, call: Call) -> Answer | None:
        """Return the answer of a fault that strikes before anything is done."""
        slow = self._faults.draw("slow", call.operation)
        if slow is not None:
            self._stopping.wait(slow.delay)
        if self._faults.draw("http_500", call.operation):
            return Answer(500, "text/html; charset=utf-8", b"<html><body>Internal Server Error</body></html>")
        if self._faults.draw("text_500", call.operation):
            return Answer(500, "text/plain; charset=utf-8", f"{NOT_WRITTEN}. Внутренняя ошибка.".encode())
        if self._faults.draw("empty_ok", call.operation):
            return soap.result(call, EMPTY.get(call.operation, ""))
        return None

    def _act(self, call: Call) -> Answer | None:
        late = self._faults.draw("commit_late", call.operation)
        if late is not None:
            if not self._stopping.wait(late.delay):
                self._run(call)
            return None
        answer = self._run(call)
        if self._faults.draw("commit_then_drop", call.operation):
            return None
        if self._faults.draw("garbage", call.operation):
            return Answer(200, answer.content_type, GARBAGE)
        return answer

    def _run(self, call: Call) -> Answer:
        operation = self._operations.find(call.operation)
        if operation is None:
            return soap.fault(call.version, f"Операция не найдена: {call.operation}")
        try:
            return soap.result(call, operation(call))
        except BadParameterError as error:
            return soap.fault(call.version, error.text)
