"""A clinic of our own over the simulator of a MIS: its site, its worker, its registry. Time is real and runs.

A MIS is a subclass of `Clinic` in its own folder: how its simulator is started and spoken with, and the
faults by which it shows each scenario of test_conformance.py.
"""

import json
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any, ClassVar
from uuid import UUID, uuid4

import httpx
from django.db import connection
from pytest_django.plugin import DjangoDbBlocker

from domain.scheduling.exchange.world import FINAL, take_jobs
from feldsher.domain.directory import selectors as directory
from feldsher.domain.directory.services import import_snapshot, load_overlay
from feldsher.domain.patients.services import publish_first_texts
from feldsher.domain.scheduling import (
    agreement,
    changes,
    exchange,
    gateways,
    jobs,
    offers,
    queue,
    selectors,
    services,
    sync,
    tending,
    tokens,
)
from feldsher.domain.scheduling.models import (
    Appointment,
    Availability,
    CallRequest,
    Exchange,
    Reconciliation,
    SyncStatus,
)
from feldsher.domain.scheduling.ports import MisGateway, RemoteResource
from feldsher.domain.scheduling.types import Confirmation, OpenSlot, PersonInput, SlotFilter, SlotKey, State
from feldsher.kernel import clock
from support.database import empty
from support.egress import known

TIMEOUT = 0.6
LATE = TIMEOUT + 0.3
"""Seconds of the faults that answer, or write, after we have given up."""
SETTLE = 1
_real_now = clock.now


@dataclass
class Clinic(ABC):
    """Each test of one clinic takes times of its own; a test may move our clock forward by `ahead`.

    The faults are names of the simulator's own, by what must come of them:
    `refused`: nothing of ours is written, and the MIS says so, with the reason that is kept;
    `lost`: whatever was written, the visit stands there once in the end;
    `lost_search`: the same where the answer of the read-back (`search`) is lost too;
    `lost_cancel`: the visit is gone in the end;
    `not_whole`: an answer of the schedule (`schedule`) that must not be believed;
    `silent`: no answer of the schedule at all.
    `strays` are the branches that `go_astray` makes the MIS take for another zone, by its ids, and the zone.
    """

    simulator: Any
    timeout: float = TIMEOUT
    ahead: timedelta = timedelta()
    used: set[tuple[UUID, datetime]] = field(default_factory=set)
    people: int = 0
    bench_client: httpx.Client = field(default_factory=httpx.Client)

    mis: ClassVar[str]
    start: ClassVar[Callable[..., Any]]
    build: ClassVar[Callable[..., Any]]
    login: ClassVar[tuple[str, str]] = ("demo", "demo")
    options: ClassVar[dict[str, Any]] = {}
    birth_date: ClassVar[date | None] = None

    refused: ClassVar[dict[str, str]]
    lost: ClassVar[tuple[str, ...]]
    lost_search: ClassVar[tuple[str, ...]]
    lost_cancel: ClassVar[tuple[str, ...]]
    not_whole: ClassVar[tuple[str, ...]]
    silent: ClassVar[tuple[str, ...]]
    search: ClassVar[str] = "status"
    schedule: ClassVar[str] = "schedule"
    strays: ClassVar[dict[str, str]] = {}

    # What is the MIS's own.

    @property
    @abstractmethod
    def address(self) -> str:
        """Where the adapter goes."""

    @property
    def bench(self) -> str:
        """Where the simulator lets a test look into the registry."""
        url: str = self.simulator.bench_url
        return url

    @abstractmethod
    def overlay(self) -> dict[str, Any]:
        """What the clinic adds to the directory of the MIS."""

    def wanted(self) -> SlotFilter:
        return SlotFilter(specialty=directory.specialties()[0].slug)

    def go_astray(self) -> None:
        raise NotImplementedError(f"the schedule of {self.mis} names no zone")

    # The adapter.

    def gateway(self, *, url: str = "", **options: Any) -> MisGateway:
        user, password = self.login
        given = self.options | {"settle_seconds": SETTLE, "bulk_timeout": 30} | options
        made: MisGateway = type(self).build(
            url=known(url or self.address), user=user, password=password, timeout=self.timeout, options=given
        )
        return made

    @contextmanager
    def bound(self, **changed: Any) -> Iterator[None]:
        """Speak with another address, or by another profile, for the length of the block."""
        before = gateways.gateway(self.mis)
        gateways.bind({self.mis: self.gateway(**changed)})
        try:
            yield
        finally:
            gateways.bind({self.mis: before})

    # The registry.

    def call(self, command: str, /, **values: Any) -> Any:
        answer = self.bench_client.post(f"{self.bench}/_bench/{command}", json=values)
        assert answer.is_success, answer.text
        return answer.json()

    def fault(self, name: str, operation: str, /, **values: Any) -> None:
        late = {"delay": LATE} if name in {"slow", "commit_late"} else {}
        self.call("faults", **{"name": name, "operation": operation, "times": 1} | late | values)

    def well(self) -> None:
        """Switch off every fault that a test has switched on."""
        for fault in self.bench_client.get(f"{self.bench}/_bench/faults").json()["faults"]:
            if fault["operation"] is not None:
                self.call("faults", name=fault["name"], operation=fault["operation"], times=0)

    def registry(self) -> list[dict[str, Any]]:
        """Return all visits of the MIS; `source` is "site" for ours, `client_ref` our reference if kept."""
        state = self.bench_client.get(f"{self.bench}/_bench/state").json()
        found: list[dict[str, Any]] = state["bookings"]
        return found

    def bookings(self, slot: OpenSlot) -> list[dict[str, Any]]:
        """Return what the registry has at that time of that doctor, cancelled visits left out."""
        resource = self.resource(slot).practitioner_id
        return [
            item
            for item in self.registry()
            if item["status"] != "cancelled"
            and item["resource"] == resource
            and datetime.fromisoformat(item["start"]) < slot.end
            and slot.key.start < datetime.fromisoformat(item["end"])
        ]

    def ours(self, slot: OpenSlot) -> list[dict[str, Any]]:
        return [item for item in self.bookings(slot) if item["source"] == "site"]

    def by_phone(self, slot: OpenSlot, *, of: UUID | None = None) -> None:
        """Let a registrar take the time, for a stranger or for the patient of a visit of ours."""
        resource = self.resource(slot)
        known = {} if of is None else {"client": str(self.card_of(of))}
        self.call(
            "book",
            resource=resource.practitioner_id,
            location=resource.location_id,
            start=slot.key.start.isoformat(),
            minutes=(slot.end - slot.key.start) // timedelta(minutes=1),
            **known,
        )

    def card_of(self, visit: UUID) -> str:
        """Return the number of the card on which a visit of ours stands in the registry."""
        row = Appointment.objects.get(pk=visit)
        (found,) = [
            item
            for item in self.registry()
            if item["source"] == "site" and datetime.fromisoformat(item["start"]) == row.visit.lower
        ]
        return str(found["client"])

    def registrar_cancels(self, slot: OpenSlot) -> None:
        """Let a registrar cancel the one visit that stands at that time."""
        (visit,) = self.bookings(slot)
        self.cancel_there(visit)

    def cancel_there(self, visit: dict[str, Any]) -> None:
        """Let a registrar cancel one of `registry`."""
        self.call("cancel", id=visit["id"])

    def resource(self, slot: OpenSlot) -> RemoteResource:
        ids = directory.remote_ids(slot.key.practitioner_id, location=slot.key.location_id)
        return RemoteResource(ids.practitioner_id, ids.location_id)

    # The site.

    def now(self) -> datetime:
        return _real_now() + self.ahead

    def offered(self) -> dict[SlotKey, OpenSlot]:
        """Return what the site offers of the wanted doctors from the day after tomorrow on."""
        first = (clock.now() + timedelta(days=2)).date()
        found = selectors.open_times(self.wanted(), first=first, days=11)
        return {slot.key: slot for day in found.days for slot in day.slots}

    def is_offered(self, slot: OpenSlot) -> bool:
        """Say whether the doctor's time is offered, in whatever branch and for whatever service."""
        wanted = (slot.key.practitioner_id, slot.key.start)
        return wanted in {(key.practitioner_id, key.start) for key in self.offered()}

    def times(self) -> list[OpenSlot]:
        """Return what is offered, without the times that tests have taken, whatever became of them."""
        return [
            slot
            for slot in self.offered().values()
            if (slot.key.practitioner_id, slot.key.start) not in self.used
        ]

    def take(self, *, location: UUID | None = None, like: OpenSlot | None = None) -> OpenSlot:
        """Return a time around which no test takes another: in the branch, or to move `like` to, if given."""
        others = self.times()
        slot = next(
            each
            for each in others
            if location in {None, each.key.location_id}
            and (like is None or each.key == replace(like.key, start=each.key.start))
        )
        self.used |= {
            (other.key.practitioner_id, other.key.start)
            for other in others
            if other.key.practitioner_id == slot.key.practitioner_id
            and abs(other.key.start - slot.key.start) < timedelta(hours=2)
        }
        return slot

    def confirm(self, slot: OpenSlot) -> UUID:
        self.people += 1
        held = services.hold(slot.token, channel="site", device=uuid4().hex)
        phone = f"+7 900 001-{self.people // 100:02}-{self.people % 100:02}"
        born = self.birth_date.replace(year=1990 - self.people % 60).isoformat() if self.birth_date else ""
        person = PersonInput("Пробный", "Пётр", phone, birth_date=born)
        services.confirm(held.id, confirmation=Confirmation(person, ("booking",)))
        return held.id

    def booked(self, slot: OpenSlot) -> UUID:
        """Confirm the time and let the worker book it."""
        visit = self.confirm(slot)
        self.work()
        assert self.state(visit) is State.BOOKED
        return visit

    def cancel(self, visit: UUID) -> State:
        return services.cancel(visit, token=tokens.appointment_token(visit)).state

    def move(self, visit: UUID, slot: OpenSlot) -> UUID:
        token = tokens.appointment_token(visit)
        return services.move(visit, token=token, slot=slot.token, device=uuid4().hex).appointment_id

    def state(self, visit: UUID) -> State:
        return State(Appointment.objects.get(pk=visit).state)

    def reason(self, visit: UUID) -> str:
        return Appointment.objects.get(pk=visit).reason

    def calls(self) -> int:
        return CallRequest.objects.count()

    # The worker.

    def work(self) -> None:
        for appointment in take_jobs():
            exchange.run(appointment)

    def tick(self) -> None:
        self.ahead += timedelta(seconds=10)
        tending.keep_promises()
        tending.resume_exchanges()
        self.work()

    def quieten(self, visit: UUID, *, is_released: bool = True) -> State:
        """Let time pass until the visit is decided and, unless a test says no, what was held is released."""
        for _ in range(20):
            if self.state(visit) in FINAL and not (is_released and self._releases(visit)):
                break
            self.tick()
        return self.state(visit)

    def _releases(self, visit: UUID) -> bool:
        return Exchange.objects.get(pk=visit).stage == "release"

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

    def synchronise(self) -> sync.SyncReport:
        return sync.synchronise(self.mis)

    def follow(self) -> int:
        return changes.follow(self.mis)

    def rounds(self, count: int) -> None:
        """Synchronise every two minutes, the feed left out, and ask about what each makes doubtful."""
        for _ in range(count):
            self.ahead += timedelta(minutes=2)
            assert self.synchronise().is_complete
            jobs.agree(self.mis)
            self.look()

    def compare(self) -> Reconciliation:
        """Ask about every visit to come, as at night."""
        agreement.begin(self.mis)
        while agreement.go_on(self.mis):
            pass
        return Reconciliation.objects.latest("id")

    def heard(self) -> tuple[datetime | None, int]:
        """Return of when the newest whole answer is, and how many syncs have failed since."""
        row = SyncStatus.objects.get(mis=self.mis)
        return row.as_of, row.failures

    def mirror(self) -> list[tuple[object, ...]]:
        rows = Availability.objects.order_by("practitioner", "day", "location", "room")
        return list(rows.values_list("practitioner", "day", "location", "room", "digest"))


def until(happens: Callable[[], bool], *, seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not happens():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def overlay_of(testbench: ModuleType) -> dict[str, Any]:
    """Return the overlay that a simulator's package brings for its invented clinic."""
    assert testbench.__file__
    text = (Path(testbench.__file__).parent / "overlay.json").read_text(encoding="utf-8")
    read: dict[str, Any] = json.loads(text)
    return read


@contextmanager
def imported_clinic(kind: type[Clinic], *, timeout: float = TIMEOUT, **options: Any) -> Iterator[Clinic]:
    """Start a simulator, import its clinic and lay its times into the mirror; the rows are the caller's."""
    simulator = kind.start(**options)
    clinic = kind(simulator, timeout)
    bound = {mis: gateways.gateway(mis) for mis in gateways.all_mis()}
    try:
        gateways.bind({kind.mis: clinic.gateway()})
        publish_first_texts()
        import_snapshot(kind.mis, snapshot=clinic.gateway().directory())
        load_overlay(kind.mis, document=clinic.overlay(), author="test")
        offers.rebuild()
        if clinic.gateway().capabilities().change_feed:
            clinic.follow()
        assert clinic.synchronise().is_complete
        yield clinic
    finally:
        gateways.bind(bound)
        clinic.bench_client.close()
        simulator.stop()


@contextmanager
def lasting_clinic(kind: type[Clinic], *, owner: str, blocker: DjangoDbBlocker) -> Iterator[Clinic]:
    """The same for many tests; the database of `owner` is emptied behind them."""
    with blocker.unblock():
        with imported_clinic(kind) as clinic:
            yield clinic
        empty(owner)
        publish_first_texts()
