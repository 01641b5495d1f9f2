"""What these tests are made of: the mapping of the docs, the adapter over the stand-in, a port by hand."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import httpx

import feldsher
from feldsher.domain.scheduling.ports import (
    BookingQuery,
    BookRequest,
    Person,
    RemoteResource,
    RemoteSlot,
    Window,
)
from feldsher.integrations.mis.odata_1c import ODataGateway, build
from feldsher.kernel import clock
from feldsher.kernel.clock import WallTime
from integrations.mis.wires import Asked
from support.egress import known
from testbench.odata_1c.faults import Fault
from testbench.odata_1c.model import DOCTORS, NORTH, SERVICES, URAL
from testbench.odata_1c.server import RunningSimulator

DOCS = Path(feldsher.__file__).parents[2] / "docs" / "integrations" / "1c.md"
BLOCKS = [
    json.loads(block)
    for block in re.findall(
        r"^```json\n(.*?)^```", DOCS.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
    )
]
INTERVALS: dict[str, Any] = BLOCKS[0][0]["options"]
CELLS: dict[str, Any] = INTERVALS | BLOCKS[1]
WORK, VISITS = "InformationRegister_ГрафикРаботыВрачей", "Document_ЗаписьНаПрием"
OLDER: dict[str, Any] = BLOCKS[2]["booking"]
FIRST = RemoteResource(DOCTORS[0].id, NORTH.id)
EYES = RemoteResource(DOCTORS[3].id, URAL.id)
PERSON = Person("Записнов", "Тест", "Примерович", "+70000000011", birth_date=date(1990, 5, 17), email="a@b.c")
REFERENCE = "0f8fad5b-d9cb-469f-a165-70867728950e"


def through(url: str, *, timeout: float = 5.0, **options: Any) -> ODataGateway:
    return build(url=known(url), user="demo", password="demo", timeout=timeout, options=INTERVALS | options)


@dataclass
class Clinic:
    """The stand-in, its registry, and the adapter that speaks with it."""

    simulator: RunningSimulator
    http: httpx.Client

    def gateway(self, **options: Any) -> ODataGateway:
        return through(self.simulator.url, **options)

    def fault(self, name: str, operation: str, **fields: Any) -> None:
        self.simulator.faults.put(Fault(name, operation, **fields))

    def window(self, days: int = 9) -> Window:
        today = clock.now().date()
        return Window(today, today + timedelta(days=days))

    def clerk(self, call: str, **fields: Any) -> Any:
        answer = self.http.post(f"{self.simulator.bench_url}/_bench/{call}", json=fields)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def site_visits(self) -> list[Any]:
        """Return the active visits that the site wrote."""
        told = self.http.get(f"{self.simulator.bench_url}/_bench/state").json()["bookings"]
        return [row for row in told if row["source"] == "site" and row["status"] == "booked"]

    def slot(self, resource: RemoteResource = FIRST, *, minutes: int = 30) -> RemoteSlot:
        """Return a time from the day after tomorrow on at which the doctor is free for so long."""
        found = self.gateway(time=CELLS["time"]).free(self.window(), resource=resource).items
        for one in sorted((one for one in found if one.kind == "free"), key=lambda one: one.begin):
            long_enough = one.begin.plus(minutes * 60) <= one.end
            if one.begin.day >= self.window().first + timedelta(days=2) and long_enough:
                return RemoteSlot(resource, one.begin, minutes, SERVICES[0].id)
        raise AssertionError("no such free time")

    def reads(self) -> list[tuple[str, dict[str, str]]]:
        """Return the readings as they were asked: the entity and the options."""
        return [read(path) for path in self.simulator.asked]


def read(path: str) -> tuple[str, dict[str, str]]:
    address = urlsplit(path)
    return unquote(address.path).partition("standard.odata/")[2], dict(parse_qsl(address.query))


def request(slot: RemoteSlot, *, reference: str = REFERENCE, person: Person = PERSON) -> BookRequest:
    return BookRequest(slot=slot, person=person, reference=reference, comment="звонить после 10")


def query(slot: RemoteSlot, *, reference: str = REFERENCE) -> BookingQuery:
    return BookingQuery(slot=slot, reference=reference, person=PERSON)


def slot_of(begin: str = "2026-12-01T09:30", *, minutes: int = 30) -> RemoteSlot:
    return RemoteSlot(FIRST, WallTime.parse(begin), minutes, SERVICES[0].id)


def work(day: str, begin: str, end: str, *, resource: RemoteResource = FIRST, kind: str = "Прием") -> Any:
    """Return a row of the register of working time, as 1С has it."""
    return {
        "Дата": f"{day}T00:00:00", "Врач_Key": resource.practitioner_id, "Филиал_Key": resource.location_id,
        "ВремяНачала": f"0001-01-01T{begin}", "ВремяОкончания": f"0001-01-01T{end}", "ВидВремени": kind,
    }  # fmt: skip


def visit(begin: str, end: str, *, number: str, resource: RemoteResource = FIRST, **fields: Any) -> Any:
    """Return a document of a visit, as 1С has it."""
    return {
        "Ref_Key": number, "DeletionMark": False, "Врач_Key": resource.practitioner_id,
        "Филиал_Key": resource.location_id, "ДатаНачала": begin, "ДатаОкончания": end, "Статус": "Записан",
        "Врач@navigationLinkUrl": f"Document_ЗаписьНаПрием(guid'{number}')/Врач", **fields,
    }  # fmt: skip


@dataclass
class Hand:
    """A base whose answers a test writes by hand: rows by entity set, or a function of the options asked.

    Such a function returns the rows, or the whole answer as a dict or bytes. `service` answers the service.
    """

    host: str = ""
    status: int = 200
    tables: dict[str, Any] = field(default_factory=dict)
    service: Callable[[Asked], tuple[int, Any]] = lambda _: (404, {})
    asked: list[Asked] = field(default_factory=list)

    def answer(self, asked: Asked) -> tuple[int, bytes]:
        self.asked.append(asked)
        if "standard.odata" not in asked.path:
            status, told = self.service(asked)
            return status, told if isinstance(told, bytes) else json.dumps(told, ensure_ascii=False).encode()
        entity, options = read(asked.path)
        told = self.tables.get(entity.partition("/")[0], [])
        told = told(options) if callable(told) else told
        if isinstance(told, list):
            told = {"odata.metadata": f"$metadata#{entity}", "odata.count": str(len(told)), "value": told}
        return self.status, told if isinstance(told, bytes) else json.dumps(told, ensure_ascii=False).encode()

    def gateway(self, **options: Any) -> ODataGateway:
        return through(f"{self.host}/polyclinic", **options)
