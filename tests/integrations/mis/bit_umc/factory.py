"""What these tests are made of: the adapter against a running simulator, and a port that answers as told."""

import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import httpx

from feldsher.domain.scheduling.ports import (
    BookingQuery,
    BookRequest,
    Held,
    Person,
    RemoteResource,
    RemoteSlot,
    TimeItem,
    TimeKind,
    Window,
)
from feldsher.integrations.mis.bit_umc import BitUmcGateway, build
from feldsher.kernel.clock import WallTime
from testbench.bit_umc.server import RunningSimulator

PERSON = Person("Записнов", "Тест", "Примерович", "+70000000011", birth_date=date(1990, 5, 17))


class Clinic:
    """A simulator and the adapter that speaks with it."""

    def __init__(self, simulator: RunningSimulator) -> None:
        self.simulator = simulator
        self.http = httpx.Client(base_url=simulator.bench_url, timeout=10, trust_env=False)
        today = simulator.base.now().date()
        self.window = Window(today, today + timedelta(days=13))

    def gateway(self, *, timeout: float = 5.0, **options: Any) -> BitUmcGateway:
        return build(
            url=self.simulator.soap_url, user="demo", password="demo", timeout=timeout, options=options
        )

    def fault(self, name: str, **fields: Any) -> None:
        answer = self.http.post("/_bench/faults", json={"name": name, **fields})
        assert answer.status_code == 200, answer.text

    def clerk(self, call: str, **fields: Any) -> Any:
        answer = self.http.post(f"/_bench/{call}", json=fields)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def bookings(self) -> list[Any]:
        found: list[Any] = self.http.get("/_bench/state").json()["bookings"]
        return found

    def booking(self, uid: str) -> Any:
        return next(row for row in self.bookings() if row["id"] == uid)

    def at(self, slot: RemoteSlot) -> list[Any]:
        """Return the active documents that begin with the slot."""
        return [
            row
            for row in self.bookings()
            if row["resource"] == slot.resource.practitioner_id
            and row["start"].startswith(slot.begin.iso())
            and row["status"] != "cancelled"
        ]

    def slot(
        self, *, minutes: int = 30, needs: int = 60, usual: int | None = None, days: int = 2
    ) -> RemoteSlot:
        """Return the begin of a free stretch of at least `needs` minutes, `days` from now or later."""
        first = self.window.first + timedelta(days=days)
        for item in self.gateway().free(self.window).items:
            long_enough = item.end.seconds - item.begin.seconds >= needs * 60
            fits = item.kind is TimeKind.FREE and item.usual_minutes == usual
            if fits and item.begin.day >= first and long_enough:
                return RemoteSlot(item.resource, item.begin, minutes)
        raise AssertionError("no such free time in the demo network")

    def clerk_books(self, slot: RemoteSlot, *, after: int = 0, minutes: int = 30) -> Any:
        zone = next(
            row.zone for row in self.simulator.base.network.clinics if row.uid == slot.resource.location_id
        )
        begin = slot.begin.plus(after * 60).at(zone)
        return self.clerk(
            "book",
            resource=slot.resource.practitioner_id,
            location=slot.resource.location_id,
            start=begin.isoformat(),
            minutes=minutes,
        )


def held(outcome: object) -> str:
    assert isinstance(outcome, Held), outcome
    return outcome.ref


def request(slot: RemoteSlot, *, hold: str | None = None, comment: str = "") -> BookRequest:
    return BookRequest(slot=slot, person=PERSON, reference="ref-1", hold=hold, comment=comment)


def query(slot: RemoteSlot, ref: str | None) -> BookingQuery:
    return BookingQuery(slot=slot, reference="ref-1", ref=ref)


def minutes(row: Any) -> int:
    length = datetime.fromisoformat(row["end"]) - datetime.fromisoformat(row["start"])
    return length // timedelta(minutes=1)


def wall(text: str) -> WallTime:
    return WallTime.parse(text)


def counts(items: Any) -> dict[TimeKind, int]:
    found = dict.fromkeys(TimeKind, 0)
    item: TimeItem
    for item in items:
        found[item.kind] += 1
    return found


@dataclass
class Wire:
    """A port that runs `answer` on each connection, after the whole request has come."""

    url: str
    requests: list[bytes]


Answer = Callable[[socket.socket, threading.Event], None]


def slot_of(begin: str = "2026-09-07T09:00:00", *, length: int = 30) -> RemoteSlot:
    """A time at nobody's: for ports that answer whatever is asked."""
    return RemoteSlot(RemoteResource("doctor", "clinic"), WallTime.parse(begin), length)
