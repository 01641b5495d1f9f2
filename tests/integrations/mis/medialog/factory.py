"""What these tests are made of: the adapter against a running simulator, and a port that answers as told."""

import dataclasses
import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx

from feldsher.domain.scheduling.ports import (
    BookingQuery,
    BookRequest,
    PatientRef,
    Person,
    RemoteResource,
    RemoteSlot,
    TimeItem,
    Window,
)
from feldsher.integrations.mis.medialog import MedialogGateway, build
from feldsher.kernel.clock import WallTime
from integrations.mis.wires import Asked
from support.egress import known
from testbench.medialog.server import RunningSimulator

CARRIERS = ("soap", "http")
CLINICS = {"C1": "Клиника на Проезжей", "C2": "Клиника на Заводской"}
EVENTS: dict[str, Any] = {
    "cancel_event": "PLANNING_DEL_VISIT",
    "visits_event": "PATIENT_PLANNING_QUERY",
    "patient_event": "PATIENTS_QUERY",
}
PERSON = Person("Записнова", "Алёна", "Примеровна", "+79000000011", birth_date=date(1990, 5, 17))
DOCTOR = RemoteResource("14", "C2")
HEART = RemoteResource("12", "C1")
THERAPY = RemoteResource("11", "C1")
EYES = RemoteResource("13", "C1")


class Clinic:
    """A simulator and the adapter that speaks with it."""

    def __init__(self, simulator: RunningSimulator, http: httpx.Client, carrier: str = "soap") -> None:
        self.simulator = simulator
        self.http = http
        self.carrier = carrier
        today = simulator.base.now().date()
        self.window = Window(today, today + timedelta(days=9))

    def gateway(self, *, timeout: float = 5.0, **options: Any) -> MedialogGateway:
        is_soap = self.carrier == "soap"
        url = self.simulator.soap_url if is_soap else self.simulator.http_url
        given = {"clinics": CLINICS, "carrier": self.carrier, **EVENTS, **options}
        return build(url=known(url), user="demo", password="demo", timeout=timeout, options=given)

    def fault(self, name: str, **fields: Any) -> None:
        self.clerk("faults", name=name, **fields)

    def clerk(self, call: str, **fields: Any) -> Any:
        answer = self.http.post(f"{self.simulator.bench_url}/_bench/{call}", json=fields)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def state(self) -> Any:
        return self.http.get(f"{self.simulator.bench_url}/_bench/state").json()

    def site_visits(self) -> list[Any]:
        """Return the active visits that the site wrote."""
        return [
            row for row in self.state()["bookings"] if row["source"] == "site" and row["status"] == "booked"
        ]

    def cards(self) -> list[Any]:
        """Return the cards of the person of these tests."""
        return [row for row in self.state()["patients"] if row["phone"] == "79000000011"]

    def items(self, resource: RemoteResource, **options: Any) -> list[TimeItem]:
        found = self.gateway(**options).free(self.window, resource=resource)
        return sorted(found.items, key=lambda item: item.begin)

    def slot(
        self,
        resource: RemoteResource = DOCTOR,
        *,
        minutes: int = 30,
        service: str | None = "703",
        days: int = 2,
    ) -> RemoteSlot:
        """Return a time from that day on at which the cells leave no gap for so long."""
        items = [
            item
            for item in self.items(resource)
            if item.begin.day >= self.window.first + timedelta(days=days)
        ]
        for item in items:
            end, at = item.begin.plus(minutes * 60), item.begin
            for other in items:
                if other.begin == at and other.room == item.room:
                    at = other.end
            if at >= end:
                return RemoteSlot(resource, item.begin, minutes, service)
        raise AssertionError("no such free time")

    def clerk_books(self, slot: RemoteSlot, *, minutes: int = 30, after: int = 0, force: bool = False) -> Any:
        zones = {row["id"]: row["zone"] for row in self.state()["locations"]}
        start = instant(slot.begin.plus(after * 60), zones[slot.resource.location_id])
        return self.clerk(
            "book", resource=slot.resource.practitioner_id, location=slot.resource.location_id,
            start=start, minutes=minutes, force=force,
        )  # fmt: skip


def instant(wall: WallTime, zone: str) -> str:
    return wall.at(ZoneInfo(zone)).isoformat()


def request(slot: RemoteSlot, *, patient: str | None = None, reference: str = "ref-1") -> BookRequest:
    ref = None if patient is None else PatientRef(patient)
    return BookRequest(slot=slot, person=PERSON, reference=reference, patient=ref, comment="звонить после 10")


def query(slot: RemoteSlot, *, reference: str = "ref-1") -> BookingQuery:
    return BookingQuery(slot=slot, reference=reference, person=PERSON)


def length(row: Any) -> int:
    minutes = datetime.fromisoformat(row["end"]) - datetime.fromisoformat(row["start"])
    return minutes // timedelta(minutes=1)


def field(message: str, name: str) -> str:
    """Return the text of a field of a message."""
    found = re.search(f"<{name}>([^<]*)</{name}>", message)
    return found[1] if found else ""


def event_of(message: str) -> str:
    found = re.search(r"<([A-Z_]+)><MESSAGE_INFO>", message)
    assert found, message
    return found[1]


def answered(message: str, result: str, *, code: str = "AA", comment: str = "") -> str:
    """Return an answer in the contract's own form to a message."""
    event, number = event_of(message), field(message, "MESSAGE_ID")
    return (
        f"<{event}><ACK_INFO><MESSAGE_ID>{number}</MESSAGE_ID><CODE>{code}</CODE><COMMENT>{comment}</COMMENT>"
        f"</ACK_INFO><QUERY_INFO/>{result}</{event}>"
    )


@dataclass
class Hand:
    """A МЕДИАЛОГ by plain HTTP whose answers a test writes by hand, event by event.

    A result is what stands in the answer after QUERY_INFO, or a function of the message that returns the
    whole answer: text, or bytes as they go. `asked` are the messages as they came.
    """

    url: str = ""
    status: int = 200
    results: dict[str, Any] = dataclasses.field(default_factory=dict)
    asked: list[str] = dataclasses.field(default_factory=list)

    def answer(self, asked: Asked) -> tuple[int, bytes]:
        message = asked.body.decode()
        self.asked.append(message)
        told = self.results.get(event_of(message), "<QUERY_RESULT/>")
        whole = told(message) if callable(told) else answered(message, told)
        return self.status, whole if isinstance(whole, bytes) else whole.encode()

    def gateway(self, **options: Any) -> MedialogGateway:
        given = {"clinics": {"C1": CLINICS["C1"]}, "carrier": "http", **EVENTS, **options}
        return build(url=known(self.url), user="", password="", timeout=3, options=given)

    def sent(self, event: str) -> list[str]:
        return [message for message in self.asked if event_of(message) == event]
