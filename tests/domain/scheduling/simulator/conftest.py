"""One simulator of БИТ.УМЦ and one imported clinic for all tests here; each test takes times of its own."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from django.conf import settings as product
from django.db import connection
from pytest_django.plugin import DjangoDbBlocker

import testbench.bit_umc
from domain.scheduling.exchange.world import take_jobs
from feldsher.domain.directory import selectors as directory
from feldsher.domain.directory.services import import_snapshot, load_overlay
from feldsher.domain.patients.services import publish_first_texts
from feldsher.domain.scheduling import (
    exchange,
    gateways,
    offers,
    queue,
    selectors,
    services,
    sync,
    tending,
    tokens,
)
from feldsher.domain.scheduling.models import Appointment, CallRequest, Exchange
from feldsher.domain.scheduling.ports import RemoteResource
from feldsher.domain.scheduling.types import Confirmation, OpenSlot, PersonInput, SlotFilter, State
from feldsher.integrations.mis.bit_umc import build
from feldsher.kernel import clock
from support.database import empty
from support.egress import known
from testbench.bit_umc.server import start

MIS = "umc"
TIMEOUT = 0.6
OVERLAY = Path(testbench.bit_umc.__file__).parent / "overlay.json"
FINAL = {State.BOOKED, State.REJECTED, State.CANCELLED}
_real_now = clock.now


@dataclass
class Clinic:
    """Site, worker and registry of one clinic. Time runs, and a test may move ours forward."""

    soap: str
    bench: str
    ahead: timedelta = timedelta()
    used: set[tuple[UUID, datetime]] = field(default_factory=set)
    people: int = 0

    def now(self) -> datetime:
        return _real_now() + self.ahead

    def gateway(self, **options: Any) -> Any:
        return build(
            url=known(self.soap), user="demo", password="demo", timeout=TIMEOUT,
            options={"settle_seconds": 1, "bulk_timeout": 30, **options},
        )  # fmt: skip

    @contextmanager
    def bound(self) -> Iterator[None]:
        """Speak with whatever `soap` names for the length of the block."""
        before = gateways.gateway(MIS)
        gateways.bind({MIS: self.gateway()})
        yield
        gateways.bind({MIS: before})

    # The registry.

    def call(self, command: str, /, **values: Any) -> None:
        httpx.post(f"{self.bench}/_bench/{command}", json=values).raise_for_status()

    def fault(self, name: str, operation: str, /, **values: Any) -> None:
        self.call("faults", **{"name": name, "operation": operation, "times": 1} | values)

    def well(self) -> None:
        """Switch every fault off."""
        for fault in httpx.get(f"{self.bench}/_bench/faults").json()["faults"]:
            if fault["name"] != "bare_ok":
                self.call("faults", name=fault["name"], operation=fault["operation"], times=0)

    def bookings(self, slot: OpenSlot) -> list[dict[str, Any]]:
        """Return what the registry has at that time of that doctor, cancelled documents left out."""
        resource = self.resource(slot).practitioner_id
        state = httpx.get(f"{self.bench}/_bench/state").json()
        return [
            item
            for item in state["bookings"]
            if item["resource"] == resource
            and datetime.fromisoformat(item["start"]) < slot.end
            and slot.key.start < datetime.fromisoformat(item["end"])
            and item["status"] != "cancelled"
        ]

    def resource(self, slot: OpenSlot) -> RemoteResource:
        ids = directory.remote_ids(slot.key.practitioner_id, location=slot.key.location_id)
        return RemoteResource(ids.practitioner_id, ids.location_id)

    # The site and the worker.

    def times(self, day: int = 2) -> list[OpenSlot]:
        """Return what is offered of one specialty from that day on, nothing that a test had before."""
        first = (clock.now() + timedelta(days=day)).date()
        slug = directory.specialties()[0].slug
        found = selectors.open_times(SlotFilter(specialty=slug), first=first, days=7)
        return [
            slot
            for one in found.days
            for slot in one.slots
            if (slot.key.practitioner_id, slot.key.start) not in self.used
        ]

    def take(self) -> OpenSlot:
        """Return a time around which no test takes another."""
        slot, *others = self.times()
        self.used |= {
            (other.key.practitioner_id, other.key.start)
            for other in [slot, *others]
            if other.key.practitioner_id == slot.key.practitioner_id
            and abs(other.key.start - slot.key.start) < timedelta(hours=2)
        }
        return slot

    def confirm(self, slot: OpenSlot) -> UUID:
        self.people += 1
        held = services.hold(slot.token, channel="site", device=uuid4().hex)
        person = PersonInput("Пробный", "Пётр", f"+7 900 001-{self.people // 100:02}-{self.people % 100:02}")
        services.confirm(held.id, confirmation=Confirmation(person, ("booking",)))
        return held.id

    def cancel(self, visit: UUID) -> None:
        services.cancel(visit, token=tokens.appointment_token(visit))

    def work(self) -> None:
        for appointment in take_jobs():
            exchange.run(appointment)

    def look(self) -> int:
        """Do the targeted syncs that wait; returns how many."""
        with connection.cursor() as cursor:
            cursor.execute(
                "DELETE FROM procrastinate_jobs WHERE task_name = %s RETURNING args", [queue.SYNC_DAY]
            )
            waiting = [json.loads(row[0]) for row in cursor.fetchall()]
        for args in waiting:
            sync.synchronise_day(
                UUID(args["practitioner"]), location=UUID(args["location"]),
                day=datetime.fromisoformat(args["day"]).date(),
            )  # fmt: skip
        return len(waiting)

    def tick(self) -> None:
        self.ahead += timedelta(seconds=10)
        tending.keep_promises()
        tending.resume_exchanges()
        self.work()

    def quieten(self, visit: UUID) -> State:
        for _ in range(20):
            if self.state(visit) in FINAL and Exchange.objects.get(pk=visit).stage != "release":
                break
            self.tick()
        return self.state(visit)

    def state(self, visit: UUID) -> State:
        return State(Appointment.objects.get(pk=visit).state)

    def calls(self) -> int:
        return CallRequest.objects.count()


def until(happens: Callable[[], bool], *, seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not happens():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.fixture(scope="module")
def imported(
    django_db_setup: None, database_urls: tuple[str, str], django_db_blocker: DjangoDbBlocker
) -> Iterator[Clinic]:
    simulator = start()
    clinic = Clinic(simulator.soap_url, simulator.bench_url)
    bound = {mis: gateways.gateway(mis) for mis in gateways.all_mis()}
    with django_db_blocker.unblock():
        gateways.bind({MIS: clinic.gateway()})
        publish_first_texts()
        import_snapshot(MIS, snapshot=gateways.gateway(MIS).directory())
        load_overlay(MIS, document=json.loads(OVERLAY.read_text(encoding="utf-8")), author="test")
        offers.rebuild()
        assert sync.synchronise(MIS).is_complete
        yield clinic
        empty(database_urls[1])
        publish_first_texts()
    gateways.bind(bound)
    simulator.stop()


@pytest.fixture
def clinic(imported: Clinic, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Clinic]:
    settings.FELDSHER_BOOKING = replace(
        product.FELDSHER_BOOKING, mis_timeout_seconds=TIMEOUT, settle_seconds=1.0
    )
    imported.ahead = timedelta()
    monkeypatch.setattr(clock, "now", imported.now)
    yield imported
    imported.well()
