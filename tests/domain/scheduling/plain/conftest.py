"""The sample clinic of the small JSON contract, imported, in step, and spoken with by the real adapter."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.conf import settings as product

from domain.scheduling.exchange.world import take_jobs
from feldsher.domain.directory import selectors as directory
from feldsher.domain.directory.services import import_snapshot, set_overlay
from feldsher.domain.directory.types import Kind
from feldsher.domain.patients.services import publish_first_texts
from feldsher.domain.scheduling import (
    changes,
    exchange,
    gateways,
    offers,
    selectors,
    services,
    sync,
    tending,
)
from feldsher.domain.scheduling.models import Appointment
from feldsher.domain.scheduling.types import Confirmation, OpenSlot, PersonInput, SlotFilter, State
from feldsher.integrations.mis.plain import build
from feldsher.kernel import clock
from support.egress import known
from testbench.plain.demo_data import BRANCHES
from testbench.plain.faults import Fault
from testbench.plain.server import SECRET, RunningSimulator, start

MIS = "own"
TIMEOUT = 0.6
FINAL = {State.BOOKED, State.REJECTED, State.CANCELLED}
_real_now = clock.now


@dataclass
class Clinic:
    """Site, worker and registry. Time runs, and a test may move ours forward."""

    simulator: RunningSimulator
    ahead: timedelta = timedelta()
    doctor: UUID = field(default_factory=uuid4)
    north: UUID = field(default_factory=uuid4)

    def now(self) -> datetime:
        return _real_now() + self.ahead

    def times(self, doctor: UUID | None = None) -> list[OpenSlot]:
        first = (clock.now() + timedelta(days=2)).date()
        found = selectors.open_times(SlotFilter(practitioner_id=doctor or self.doctor), first=first, days=5)
        return [slot for day in found.days for slot in day.slots]

    def confirm(self, slot: OpenSlot, *, phone: str = "+7 900 001-00-01") -> UUID:
        held = services.hold(slot.token, channel="site", device=uuid4().hex)
        person = PersonInput("Пробный", "Пётр", phone)
        services.confirm(held.id, confirmation=Confirmation(person, ("booking",)))
        return held.id

    def work(self) -> None:
        for appointment in take_jobs():
            exchange.run(appointment)

    def quieten(self, visit: UUID) -> State:
        for _ in range(20):
            if self.state(visit) in FINAL:
                break
            self.tick()
        return self.state(visit)

    def tick(self) -> None:
        self.ahead += timedelta(seconds=10)
        tending.keep_promises()
        tending.resume_exchanges()
        self.work()

    def state(self, visit: UUID) -> State:
        return State(Appointment.objects.get(pk=visit).state)

    def fault(self, name: str, operation: str, **fields: Any) -> None:
        self.simulator.faults.put(Fault(name, operation, **fields))

    def booked(self) -> list[str | None]:
        """Return the references of the visits that stand in the clinic; None is a registrar's."""
        return [row["reference"] for row in self.simulator.clinic.visits() if row["state"] == "booked"]


@pytest.fixture
def clinic(transactional_db: None, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Clinic]:
    settings.FELDSHER_BOOKING = replace(
        product.FELDSHER_BOOKING, mis_timeout_seconds=TIMEOUT, settle_seconds=1.0
    )
    simulator = start()
    made = Clinic(simulator)
    monkeypatch.setattr(clock, "now", made.now)
    bound = {mis: gateways.gateway(mis) for mis in gateways.all_mis()}
    options = {"settle_seconds": 1}
    gateway = build(url=known(simulator.url), user="", password=SECRET, timeout=TIMEOUT, options=options)
    gateways.bind({MIS: gateway})
    publish_first_texts()
    import_snapshot(MIS, snapshot=gateway.directory())
    index = directory.resolve_remote(MIS, practitioners={"d1"}, locations={one[0] for one in BRANCHES})
    for branch, _, zone in BRANCHES:
        set_overlay(Kind.LOCATION, target=index.locations[branch], field="zone", value=zone, author="test")
    made.doctor, made.north = index.practitioners["d1"], index.locations["north"]
    offers.rebuild()
    changes.follow(MIS)
    assert sync.synchronise(MIS).is_complete
    yield made
    gateways.bind(bound)
    simulator.stop()
