"""The SOAP service: what each operation's answer looks like in `m:return` (contract §3.1)."""

from collections.abc import Callable

from testbench.bit_umc import reply, soap
from testbench.bit_umc.model import Call
from testbench.bit_umc.operations import BadParameterError, Operations, clinic_of
from testbench.refusal import Refusal
from testbench.soap import fault
from testbench.web import Answer

OK = "Ok"
GARBAGE = b'<?xml version="1.0"?>\n<soap:Envelope><soap:Body><m:return>\xff\xfe\x00 <![CDATA[<\xd0'
EMPTY = {
    "GetListClinic": '<?xml version="1.0"?>\n<СписокКлиник xmlns="S1"/>',
    "GetListEmployees": '<?xml version="1.0"?>\n<Сотрудники xmlns="S2"/>',
    "GetNomenclatureAndPrices": '<?xml version="1.0"?>\n<Каталоги xmlns="S2"/>',
    "GetEnlargementSchedule": '<?xml version="1.0"?>\n<ГрафикиДляСайта xmlns="S1"/>',
    "GetSchedule": '<?xml version="1.0"?>\n<ГрафикиДляСайта xmlns="S1"/>',
}


class SoapWire:
    """One call in one version of SOAP. Implements `service.Wire`."""

    garbage = GARBAGE

    def __init__(self, operations: Operations, version: str) -> None:
        self._operations = operations
        self._version = version
        self._table: dict[str, Callable[[Call], str]] = {
            "GetListClinic": self._clinics,
            "GetListEmployees": self._employees,
            "GetNomenclatureAndPrices": self._catalogue,
            "GetEnlargementSchedule": self._schedule,
            "GetSchedule": self._schedule,
            "GetSchedule20": self._schedule,
            "GetReserve": self._reserve,
            "Reservation": self._reserve,
            "BookAnAppointment": self._book,
            "BookAnAppointmentWithParams": self._book,
            "BookAnAppointmentWithClient": self._book,
            "FastBookAnAppointment": self._waiting,
            "CancelBookAnAppointment": self._cancel,
            "GetAppointmentStatus": self._status,
        }

    def run(self, call: Call) -> Answer:
        operation = self._table.get(call.operation)
        if operation is None:
            return fault(self._version, f"Операция не найдена: {call.operation}")
        try:
            return soap.result(self._version, call, operation(call))
        except BadParameterError as error:
            return fault(self._version, f"Ошибка преобразования данных XDTO: параметр {error.name}")

    def empty(self, call: Call) -> Answer:
        return soap.result(self._version, call, EMPTY.get(call.operation, ""))

    def _clinics(self, _: Call) -> str:
        return reply.as_xml(reply.clinics(self._operations.clinics()))

    def _employees(self, _: Call) -> str:
        return reply.as_xml(reply.employees(self._operations.employees()), reply.S2)

    def _catalogue(self, call: Call) -> str:
        try:
            items = self._operations.catalogue(call.values.get("GUID", "") or clinic_of(call.values))
        except Refusal as refusal:
            return reply.outcome(ok=False, error=refusal.text)
        return reply.as_xml(reply.catalogue(items), reply.S2)

    def _schedule(self, call: Call) -> str:
        filters = call.params if call.operation == "GetSchedule20" else {}
        kind = filters.get("Format", "")
        if kind not in reply.FORMATS:
            raise BadParameterError("Format")
        shown = self._operations.schedule(call, filters=filters)
        tree = reply.schedule(shown.grids, only_free=shown.only_free, hours=shown.hours)
        return reply.render(tree, kind)

    def _reserve(self, call: Call) -> str:
        try:
            uid = self._operations.reserve(call, explicit=call.operation == "Reservation")
        except Refusal as refusal:
            return reply.outcome(ok=False, error=refusal.text)
        return reply.outcome(ok=True, uid=uid)

    def _book(self, call: Call) -> str:
        try:
            uid = self._operations.book(call, explicit=call.operation != "BookAnAppointment")
        except Refusal as refusal:
            if call.operation == "BookAnAppointment":
                return refusal.text
            return reply.outcome(ok=False, error=refusal.text)
        return OK if self._operations.answers_ok(call) else reply.outcome(ok=True, uid=uid)

    def _waiting(self, call: Call) -> str:
        try:
            uid = self._operations.put_on_waiting_list(call)
        except Refusal as refusal:
            return reply.outcome(ok=False, error=refusal.text)
        return reply.outcome(ok=True, uid=uid)

    def _cancel(self, call: Call) -> str:
        try:
            self._operations.cancel(call)
        except Refusal as refusal:
            return reply.done(ok=False, error=refusal.text)
        return reply.done(ok=True)

    def _status(self, call: Call) -> str:
        try:
            return reply.status(*self._operations.status(call))
        except Refusal as refusal:
            return refusal.text
