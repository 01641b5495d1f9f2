"""The HTTP service `/hs/bwi/`: JSON in, JSON or plain text out (contract §3.1).

Every call carries the key of an exchange setting. The setting decides whose schedules are seen and which
branch's price list is given. JSON keeps the traps of the live service: nothing is an empty string, one is an
object and not a list, `Результат` is a string. A document that isn't written is HTTP 500 with plain text.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from testbench.bit_umc import reply
from testbench.bit_umc.model import Call
from testbench.bit_umc.operations import BadParameterError, Operations
from testbench.bit_umc.reply import Node
from testbench.refusal import Refusal
from testbench.web import JSON, PLAIN, Answer

NO_KEY = "Не обнаружена настройка обмена с сайтом с указанным ключом API!"
GARBAGE = b'{"\xd0\x9e\xd1\x82\xd0\xb2\xd0\xb5\xd1\x82": {"\xff\xfe\x00'
NOT_WRITTEN = frozenset({"taken", "not_working", "marked_deleted"})
DATES = frozenset({"StartDate", "FinishDate", "Date", "TimeBegin", "Duration", "Birthday"})
_DAYS = tuple(day.replace("-", mark) for mark in "-./" for day in ("%Y-%m-%d", "%d-%m-%Y"))
SPELLINGS = (
    *(f"{day}{clock}" for day in _DAYS for clock in ("", " %H:%M:%S", "T%H:%M:%S", " %H:%M", "T%H:%M")),
    "%H:%M:%S",
    "%H:%M",
)
# Last part of the address -> the Methods that it has (or the one operation that it is), and their operations.
METHODS: dict[str, dict[str, str]] = {
    "Schedule": {
        "": "GetSchedule20",
        "GetSchedule20": "GetSchedule20",
        "GetSchedule": "GetSchedule",
        "GetEnlargmenetSchedule": "GetEnlargementSchedule",  # so misspelt in the service itself
    },
    "DictionaryData": {
        name: name for name in ("GetListClinic", "GetListEmployees", "GetNomenclatureAndPrices")
    },
    "AppointmentCreate": {
        "BookAnAppointment": "BookAnAppointment",
        "BookAnAppointmentWithParams": "BookAnAppointmentWithParams",
        "BookAnAppointmentWithClient": "BookAnAppointmentWithClient",
        "FastBookAnAppointment": "FastBookAnAppointment",
        "FastBookAnAppointmentWithClient": "FastBookAnAppointment",
    },
    "Reservation": {"": "Reservation"},
    "AppointmentStatus": {"": "GetAppointmentStatus"},
    "AppointmentCancel": {"": "CancelBookAnAppointment"},
}
LISTS = {
    "GetListClinic": "Клиники",
    "GetListEmployees": "Сотрудники",
    "GetNomenclatureAndPrices": "Номенклатура",
}


@dataclass(frozen=True, slots=True)
class Exchange:
    """A «настройка обмена с сайтом».

    `clinic` is the branch of its price list, empty for the first one; `employees` are those that it shows,
    none for all.
    """

    key: str
    clinic: str = ""
    employees: frozenset[str] = frozenset()

    def shows(self, employee: str) -> bool:
        return not self.employees or employee in self.employees


class BrokenRequestError(Exception):
    """What came is not a call of this service."""

    def __init__(self, text: str, status: int = 400) -> None:
        super().__init__(text)
        self.answer = Answer(status, PLAIN, text.encode())


def parse(place: str, body: bytes, exchanges: Sequence[Exchange]) -> tuple[Exchange, Call]:
    """Return the setting of the key and the call; raises BrokenRequestError."""
    fields = _fields(body)
    key = fields.pop("Key", "")
    exchange = next((row for row in exchanges if row.key == key), None)
    if exchange is None:
        raise BrokenRequestError(NO_KEY, 500)
    methods = METHODS[place]
    method = fields.pop("Method", "") if len(methods) > 1 else ""
    if method not in methods:
        raise BrokenRequestError("Не задан или не поддерживается параметр Method")
    return exchange, Call(methods[method], fields, fields)


def _fields(body: bytes) -> dict[str, str]:
    """Return the fields as text, times as ISO 8601; a field that isn't a plain value is refused."""
    try:
        told = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise BrokenRequestError("Ошибка чтения JSON") from error
    if not isinstance(told, dict) or any(isinstance(value, dict | list) for value in told.values()):
        raise BrokenRequestError("Ожидался объект JSON с простыми значениями")
    fields = {
        name: "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
        for name, value in told.items()
    }
    for name in DATES & fields.keys():
        if fields[name]:
            fields[name] = _iso(name, fields[name].strip())
    return fields


def _iso(name: str, text: str) -> str:
    for spelling in SPELLINGS:
        try:
            moment = datetime.strptime(text, spelling).replace(tzinfo=UTC)
        except ValueError:
            continue
        return moment.isoformat()[:19]
    raise BrokenRequestError(f"Некорректное значение параметра {name}")


class HttpWire:
    """One call under one exchange setting. Implements `service.Wire`."""

    garbage = GARBAGE

    def __init__(self, operations: Operations, exchange: Exchange) -> None:
        self._operations = operations
        self._exchange = exchange
        self._table: dict[str, Callable[[Call], Answer]] = {
            "GetListClinic": self._clinics,
            "GetListEmployees": self._employees,
            "GetNomenclatureAndPrices": self._catalogue,
            "GetEnlargementSchedule": self._schedule,
            "GetSchedule": self._schedule,
            "GetSchedule20": self._schedule,
            "Reservation": lambda call: _done(self._operations.reserve(call, explicit=True)),
            "BookAnAppointment": self._book,
            "BookAnAppointmentWithParams": self._book,
            "BookAnAppointmentWithClient": self._book,
            "FastBookAnAppointment": lambda call: _done(self._operations.put_on_waiting_list(call)),
            "CancelBookAnAppointment": self._cancel,
            "GetAppointmentStatus": self._status,
        }

    def run(self, call: Call) -> Answer:
        try:
            return self._table[call.operation](call)
        except BadParameterError as error:
            return Answer(400, PLAIN, f"Некорректное значение параметра {error.name}".encode())
        except Refusal as refusal:
            if refusal.code in NOT_WRITTEN:
                return Answer(500, PLAIN, refusal.text.encode())
            return _answer(_root(error=refusal.text.strip()))

    def empty(self, call: Call) -> Answer:
        if call.operation in LISTS:
            return _answer(_listed(call.operation, ()))
        if call.operation.endswith(("Schedule", "Schedule20")):
            return _answer(Node("Ответ"))
        return Answer(200, JSON, b"")

    def _clinics(self, call: Call) -> Answer:
        rows = ({"Наименование": row.name, "УИД": row.uid} for row in self._operations.clinics())
        return _answer(_listed(call.operation, tuple(rows)))

    def _employees(self, call: Call) -> Answer:
        rows = (
            {"Наименование": row.full_name, "УИД": row.uid, "Специализация": row.specialty}
            for row in self._operations.employees()
            if self._exchange.shows(row.uid) and call.values.get("SearchName", "") in row.full_name
        )
        return _answer(_listed(call.operation, tuple(rows)))

    def _catalogue(self, call: Call) -> Answer:
        """Give the price list of the setting: the call can't name another branch."""
        clinic = self._exchange.clinic or self._operations.clinics()[0].uid
        rows = (
            {"Наименование": row.name, "УИД": row.uid, "Цена": reply.price(row)}
            for row in self._operations.catalogue(clinic)
            if not row.folder and call.values.get("SearchName", "") in row.name
        )
        return _answer(_listed(call.operation, tuple(rows)))

    def _schedule(self, call: Call) -> Answer:
        kind = call.values.get("Format", "") or "JSON"
        if kind not in {"JSON", "ZipXML", "ZipJSON"}:
            raise BadParameterError("Format")
        filters = dict(call.values)
        if call.operation == "GetSchedule":
            filters = {name: filters[name] for name in ("OnlyFreeTime",) if name in filters}
        shown = self._operations.schedule(call, filters=filters)
        tree = reply.schedule(
            (grid for grid in shown.grids if self._exchange.shows(grid.employee.uid)),
            only_free=shown.only_free and call.operation != "GetEnlargementSchedule",
            hours=shown.hours,
        )
        if kind == "JSON":
            tree.name = "Ответ"
            return _answer(tree)
        return Answer(200, PLAIN, reply.render(tree, kind).encode())

    def _book(self, call: Call) -> Answer:
        return _done(self._operations.book(call, explicit=True))

    def _cancel(self, call: Call) -> Answer:
        self._operations.cancel(call)
        return _answer(_root())

    def _status(self, call: Call) -> Answer:
        code, title = self._operations.status(call)
        root = _root()
        root.add("Статус", str(code))
        root.add("ОписаниеСтатуса", title)
        return _answer(root)


def _root(*, error: str = "") -> Node:
    root = Node("Ответ")
    root.add("Результат", "false" if error else "true")
    root.add("ОписаниеОшибки", error)
    return root


def _done(uid: str) -> Answer:
    root = _root()
    root.add("УИД", uid)
    return _answer(root)


def _listed(operation: str, rows: Sequence[Mapping[str, str]]) -> Node:
    """Put rows under the member of the operation, which is an empty string when there are none."""
    root = _root()
    for row in rows:
        node = root.add(LISTS[operation])
        for name, value in row.items():
            node.add(name, value)
    if not rows:
        root.add(LISTS[operation])
    return root


def _answer(root: Node) -> Answer:
    return Answer(200, JSON, reply.as_json(root).encode())
