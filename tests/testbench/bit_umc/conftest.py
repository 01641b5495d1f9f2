"""A simulator per test, called with raw envelopes over real HTTP."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from xml.sax.saxutils import escape

import httpx
import pytest
from lxml import etree

from testbench.bit_umc.server import RunningSimulator, start

SOAP_11 = "http://schemas.xmlsoap.org/soap/envelope/"
SOAP_12 = "http://www.w3.org/2003/05/soap-envelope"
MONDAY = datetime(2026, 9, 7, 5, 0, tzinfo=UTC)


@dataclass
class MovableClock:
    moment: datetime = MONDAY

    def __call__(self) -> datetime:
        return self.moment

    def forward(self, **parts: float) -> None:
        self.moment += timedelta(**parts)


@dataclass(frozen=True)
class Row:
    """One doctor of a schedule reply; periods are (start, end, kind) as the wire spells them."""

    clinic: str
    employee: str
    free: list[tuple[str, str, str]]
    busy: list[tuple[str, str, str]]
    default: str


class Wire:
    """A caller of both ports."""

    def __init__(self, simulator: RunningSimulator) -> None:
        self.simulator = simulator
        self.http = httpx.Client(timeout=10, auth=("demo", "demo"))
        self.clinics = [clinic.uid for clinic in simulator.base.network.clinics]
        self.today = f"{simulator.base.now():%Y-%m-%d}"

    def envelope(
        self, operation: str, *, params: dict[str, str] | None = None, version: str = SOAP_12, **values: str
    ) -> bytes:
        inner = "".join(f"<m:{name}>{escape(value)}</m:{name}>" for name, value in values.items())
        if params is not None:
            inner += '<m:Params xmlns:v8="http://v8.1c.ru/8.1/data/core">'
            for name, value in params.items():
                inner += f'<v8:Property name="{name}"><v8:Value>{escape(value)}</v8:Value></v8:Property>'
            inner += "</m:Params>"
        return (
            f'<?xml version="1.0" encoding="UTF-8"?><s:Envelope xmlns:s="{version}" xmlns:m="ru.umc"><s:Body>'
            f"<m:{operation}>{inner}</m:{operation}></s:Body></s:Envelope>"
        ).encode()

    def post(self, body: bytes, **kwargs: Any) -> httpx.Response:
        return self.http.post(self.simulator.soap_url, content=body, **kwargs)

    def call(self, operation: str, **kwargs: Any) -> str:
        """Return the string that the operation returned."""
        answer = self.post(self.envelope(operation, **kwargs))
        assert answer.status_code == 200, answer.text
        root = etree.fromstring(answer.content)
        found = root.find(f".//{{ru.umc}}{operation}Response/{{ru.umc}}return")
        assert found is not None
        return found.text or ""

    def xml(self, operation: str, **kwargs: Any) -> Any:
        return etree.fromstring(self.call(operation, **kwargs).encode())

    def schedule(self, *, days: int = 13, params: dict[str, str] | None = None) -> list[Row]:
        last = date.fromisoformat(self.today) + timedelta(days=days)
        root = self.xml(
            "GetSchedule20",
            StartDate=f"{self.today}T00:00:00",
            FinishDate=f"{last}T00:00:00",
            params=params or {},
        )
        return [_row(node) for node in root]

    def target(self, *, minutes: int = 60, default: str = "00:00", day: int = 1) -> dict[str, str]:
        """Return a free time of at least that length, from that day on, as the fields of a booking."""
        first = f"{date.fromisoformat(self.today) + timedelta(days=day)}"
        for row in self.schedule():
            for begin, end, _ in row.free:
                length = datetime.fromisoformat(end) - datetime.fromisoformat(begin)
                if row.default == default and begin >= first and length >= timedelta(minutes=minutes):
                    return {
                        "EmployeeID": row.employee,
                        "Clinic": row.clinic,
                        "Date": f"{begin[:10]}T00:00:00",
                        "TimeBegin": f"0001-01-01T{begin[11:]}",
                    }
        raise AssertionError("no such free time in the demo network")

    def state(self) -> Any:
        return self.http.get(self.simulator.bench_url + "/_bench/state").json()

    def booking(self, uid: str) -> Any:
        return next(row for row in self.state()["bookings"] if row["id"] == uid)

    def at(self, target: dict[str, str]) -> list[Any]:
        """Return the active bookings of the target's doctor that begin at the target's time."""
        start = target["Date"][:11] + target["TimeBegin"][11:]
        return [
            row
            for row in self.state()["bookings"]
            if row["resource"] == target["EmployeeID"]
            and row["start"].startswith(start)
            and row["status"] != "cancelled"
        ]

    def bench(self, call: str, **fields: Any) -> httpx.Response:
        return self.http.post(f"{self.simulator.bench_url}/_bench/{call}", json=fields)

    def fault(self, name: str, **fields: Any) -> None:
        assert self.bench("faults", name=name, **fields).status_code == 200


def _row(node: Any) -> Row:
    def text(part: Any, name: str) -> str:
        return part.findtext(f"{{S1}}{name}") or ""

    def periods(name: str) -> list[tuple[str, str, str]]:
        return [
            (text(row, "ВремяНачала"), text(row, "ВремяОкончания"), text(row, "ВидВремени"))
            for row in node.iterfind(f"{{S1}}ПериодыГрафика/{{S1}}{name}/{{S1}}ПериодГрафика")
        ]

    return Row(
        clinic=text(node, "Клиника"),
        employee=text(node, "СотрудникID"),
        free=periods("СвободноеВремя"),
        busy=periods("ЗанятоеВремя"),
        default=text(node, "ДлительностьПриема")[11:16],
    )


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock()


@pytest.fixture
def simulate(clock: MovableClock) -> Iterator[Callable[..., Wire]]:
    """Start simulators with any options; all are stopped at the end."""
    wires: list[Wire] = []

    def make(**options: Any) -> Wire:
        wire = Wire(start(**{"clock": clock, **options}))
        wires.append(wire)
        return wire

    yield make
    for wire in wires:
        wire.http.close()
        wire.simulator.stop()


@pytest.fixture
def wire(simulate: Callable[..., Wire]) -> Wire:
    return simulate()
