"""What these tests are made of: the adapter against a running simulator, and a port that answers as told."""

import base64
import io
import zipfile
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
from feldsher.kernel import clock
from feldsher.kernel.clock import WallTime
from support.egress import known
from testbench.bit_umc.server import RunningSimulator

DOORS = ("soap", "http")
PATHS = {"soap": "/umc/ws/ws1.1cws", "http": "/umc/hs/bwi"}
KEYS: dict[str, dict[str, Any]] = {"soap": {}, "http": {"door": "http", "key": "demo-key"}}
PERSON = Person("Записнов", "Тест", "Примерович", "+70000000011", birth_date=date(1990, 5, 17))


def through(door: str, host: str, *, timeout: float = 5.0, **options: Any) -> BitUmcGateway:
    """Make the adapter that goes to `host` (http://name:port) through a door."""
    return build(
        url=known(host) + PATHS[door],
        user="demo",
        password="demo",
        timeout=timeout,
        options=KEYS[door] | options,
    )


class Clinic:
    """A simulator and the adapter that speaks with it through one of its doors."""

    def __init__(self, simulator: RunningSimulator, http: httpx.Client, door: str) -> None:
        self.simulator = simulator
        self.http = http
        self.door = door
        self.host = simulator.soap_url.removesuffix(PATHS["soap"])
        today = simulator.base.now().date()
        self.window = Window(today, today + timedelta(days=6))

    def gateway(self, *, timeout: float = 5.0, **options: Any) -> BitUmcGateway:
        return through(self.door, self.host, timeout=timeout, **options)

    def fault(self, name: str, **fields: Any) -> None:
        answer = self.http.post(f"{self.simulator.bench_url}/_bench/faults", json={"name": name, **fields})
        assert answer.status_code == 200, answer.text

    def clerk(self, call: str, **fields: Any) -> Any:
        answer = self.http.post(f"{self.simulator.bench_url}/_bench/{call}", json=fields)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def bookings(self) -> list[Any]:
        found: list[Any] = self.http.get(f"{self.simulator.bench_url}/_bench/state").json()["bookings"]
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
        for grid in self.simulator.base.schedule(first, self.window.last):
            for period in grid.free:
                zone, length = grid.clinic.zone, (period.end - period.start) // timedelta(minutes=1)
                if length >= needs and (grid.employee.default_minutes or None) == usual:
                    resource = RemoteResource(grid.employee.uid, grid.clinic.uid)
                    return RemoteSlot(resource, clock.wall(period.start, zone), minutes)
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


def slot_of(begin: str = "2026-09-07T09:00:00", *, length: int = 30) -> RemoteSlot:
    """A time at nobody's: for ports that answer whatever is asked."""
    return RemoteSlot(RemoteResource("doctor", "clinic"), WallTime.parse(begin), length)


def packed(*files: str | bytes, method: int = zipfile.ZIP_DEFLATED) -> str:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", method) as archive:
        for number, content in enumerate(files):
            archive.writestr(f"{number}", content)
    return base64.b64encode(target.getvalue()).decode()
