"""What these tests are made of: the adapter against the stand-in, and a port that answers as told."""

import json
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

from feldsher.domain.scheduling.ports import (
    BookingQuery,
    BookRequest,
    Person,
    RemoteResource,
    RemoteSlot,
    Window,
)
from feldsher.integrations.mis.plain import PlainGateway, build
from feldsher.kernel import clock
from feldsher.kernel.clock import WallTime
from integrations.mis.wires import Asked
from support.egress import known
from testbench.plain.faults import Fault
from testbench.plain.server import SECRET, RunningSimulator

PERSON = Person(
    "Записнов", "Тест", "Примерович", "+70000000011", birth_date=date(1990, 5, 17), email="a@b.example"
)
REFERENCE = "0f8fad5b-d9cb-469f-a165-70867728950e"


def through(url: str, *, timeout: float = 5.0, secret: str = SECRET, **options: Any) -> PlainGateway:
    return build(url=known(url), user="", password=secret, timeout=timeout, options=options)


@dataclass
class Desk:
    """The stand-in, its registry, and the adapter that speaks with it."""

    simulator: RunningSimulator
    used: int = 0

    def gateway(self, **options: Any) -> PlainGateway:
        return through(self.simulator.url, **options)

    def fault(self, name: str, operation: str, **fields: Any) -> None:
        self.simulator.faults.put(Fault(name, operation, **fields))

    def slot(
        self, *, doctor: str = "d1", branch: str = "north", hour: str = "10:00", days: int = 3
    ) -> RemoteSlot:
        return slot_of(f"{self.day(days)}T{hour}", doctor=doctor, branch=branch)

    @staticmethod
    def day(days: int = 3) -> date:
        return clock.now().date() + timedelta(days=days)

    def window(self) -> Window:
        return Window(self.day(0), self.day(7))

    def booked(self) -> list[dict[str, Any]]:
        return [row for row in self.simulator.clinic.visits() if row["state"] == "booked"]


def slot_of(
    begin: str = "2026-12-01T09:30", *, doctor: str = "d1", branch: str = "north", minutes: int = 30
) -> RemoteSlot:
    return RemoteSlot(RemoteResource(doctor, branch), WallTime.parse(begin), minutes, service_id="s1")


def request(
    slot: RemoteSlot, *, reference: str = "", person: Person = PERSON, comment: str = ""
) -> BookRequest:
    return BookRequest(slot=slot, person=person, reference=reference or str(uuid4()), comment=comment)


def query(asked: BookRequest, *, ref: str | None = None) -> BookingQuery:
    return BookingQuery(slot=asked.slot, reference=asked.reference, ref=ref)


@dataclass
class Scripted:
    """A port that gives each caller the same status and body, and keeps what it was sent."""

    status: int = 200
    body: bytes = b"{}"
    seen: list[Asked] = field(default_factory=list)
    host: str = ""

    @property
    def url(self) -> str:
        return f"{self.host}/site/v1"

    def answer(self, asked: Asked) -> tuple[int, bytes]:
        self.seen.append(asked)
        return self.status, self.body

    def says(self, value: object, *, status: int = 200) -> "Scripted":
        self.status = status
        self.body = value if isinstance(value, bytes) else json.dumps(value, ensure_ascii=False).encode()
        return self
