"""The clinics whose bookings are checked: one over the simulator of each MIS, and one that has none."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import chain, zip_longest
from typing import Any, Final, Protocol
from uuid import UUID

from domain.roster.factory import EVERY_DAY, STAFF, TODAY, own_clinic
from domain.roster.factory import doctor as own_doctor
from domain.scheduling.infoclinica.clinic import InfoclinicaClinic
from domain.scheduling.medialog.clinic import MedialogClinic
from domain.scheduling.n3.clinic import N3Clinic, N3OfMoves
from domain.scheduling.odata_1c.clinic import CellsClinic, ShiftsClinic
from domain.scheduling.over_simulator import Clinic, imported_clinic
from domain.scheduling.plain.clinic import PlainClinic
from domain.scheduling.simulator.clinic import BitUmcClinic
from feldsher.domain.directory import selectors as directory
from feldsher.domain.directory import services as records
from feldsher.domain.directory.types import Kind
from feldsher.domain.directory.types.own import OWN_SCHEDULE
from feldsher.domain.patients.services import publish_first_texts
from feldsher.domain.roster import services as roster
from feldsher.domain.roster.types import Workplace
from feldsher.domain.scheduling import gateways, selectors, services, sync
from feldsher.domain.scheduling.models import Offer
from feldsher.domain.scheduling.ports import MisGateway
from feldsher.domain.scheduling.types import OpenSlot, SlotFilter
from feldsher.integrations.mis.own import OwnGateway
from feldsher.kernel import clock
from soak.timeline import LONGEST, Timeline

PATIENCE: Final = 15.0
"""Seconds of a real clock: nothing here waits for them, a simulator that is late hangs up at once."""
SETTLE: Final = int(LONGEST.total_seconds())
STARTS: Final = 4
"""How many different beginnings a doctor has at least in the two hours that are fought for."""
Booking = dict[str, Any]


class Place(Protocol):
    """A clinic to book in. `birth_date` is set where its MIS asks for one."""

    mis: str
    address: str
    birth_date: date | None
    faults: list[tuple[str, str]]
    has_registry: bool

    def gateway(self) -> MisGateway: ...
    def registry(self) -> list[Booking]: ...
    def by_phone(self, slot: OpenSlot) -> None: ...
    def cancel(self, booking: Booking) -> None: ...
    def strike(self, name: str, operation: str, delay: float) -> None: ...
    def well(self) -> None: ...
    def reset(self) -> None: ...
    def wanted(self) -> SlotFilter: ...


@dataclass
class MisPlace:
    """A clinic over a simulator in this process."""

    clinic: Clinic
    faults: list[tuple[str, str]] = field(init=False)
    has_registry: bool = True

    def __post_init__(self) -> None:
        self.mis, self.birth_date = self.clinic.mis, self.clinic.birth_date
        self.address = self.clinic.address
        self.faults = [
            (name, operation)
            for name, kind in self.clinic.simulator.faults._kinds.items()
            for operation in sorted(kind.possible - {"job", "directory"})
        ]
        self._gateway = self.clinic.gateway(settle_seconds=SETTLE)

    def gateway(self) -> MisGateway:
        """Return the one adapter of all histories, which knows by now what adapters keep in mind."""
        return self._gateway

    def registry(self) -> list[Booking]:
        return self.clinic.registry()

    def by_phone(self, slot: OpenSlot) -> None:
        self.clinic.by_phone(slot)

    def cancel(self, booking: Booking) -> None:
        self.clinic.cancel_there(booking)

    def strike(self, name: str, operation: str, delay: float) -> None:
        faults = self.clinic.simulator.faults
        faults.put(faults.make(name=name, operation=operation, times=1, delay=delay))

    def well(self) -> None:
        self.clinic.well()

    def reset(self) -> None:
        self.clinic.call("reset", seed=1)

    def wanted(self) -> SlotFilter:
        return self.clinic.wanted()


@dataclass
class OwnPlace:
    """A clinic without a MIS: nobody else books there, and nothing can be lost."""

    mis: str = OWN_SCHEDULE
    address: str = ""
    birth_date: date | None = None
    faults: list[tuple[str, str]] = field(default_factory=list)
    has_registry: bool = False

    def gateway(self) -> MisGateway:
        return OwnGateway()

    def registry(self) -> list[Booking]:
        return []

    def by_phone(self, slot: OpenSlot) -> None:
        raise NotImplementedError

    def cancel(self, booking: Booking) -> None:
        raise NotImplementedError

    def strike(self, name: str, operation: str, delay: float) -> None:
        raise NotImplementedError

    def well(self) -> None:
        """Nothing is ever wrong."""

    def reset(self) -> None:
        """Nothing is kept."""

    def wanted(self) -> SlotFilter:
        (eye,) = directory.specialties()
        return SlotFilter(specialty=eye.slug)


@contextmanager
def _own() -> Iterator[OwnPlace]:
    """Two doctors who work every day; each gives a visit of half an hour and one of an hour."""
    bound = {mis: gateways.gateway(mis) for mis in gateways.all_mis()}
    gateways.bind({OWN_SCHEDULE: OwnGateway()})
    made = own_clinic()
    other = own_doctor("Зрячева")
    records.add_workplace(other, location=made.north, specialty="Офтальмология", author=STAFF)
    values = {"name": "Приём с подбором очков", "minutes": 60}
    longer = records.add_record(Kind.SERVICE, values=values, author=STAFF)
    for person, service in ((made.eye, longer), (other, made.visit), (other, longer)):
        records.give_service(person, service=service, minutes=None, author=STAFF)
    for person in (made.eye, other):
        roster.set_week(Workplace(person, made.north), days=EVERY_DAY, since=TODAY, author=STAFF)
    publish_first_texts()
    services.rebuild_offers()
    sync.synchronise(OWN_SCHEDULE)
    try:
        yield OwnPlace()
    finally:
        gateways.bind(bound)


KINDS: Final[dict[str, type[Clinic]]] = {
    "bit_umc": BitUmcClinic,
    "medialog": MedialogClinic,
    "infoclinica": InfoclinicaClinic,
    "n3": N3Clinic,
    "n3_moves": N3OfMoves,
    "odata_1c": ShiftsClinic,
    "odata_1c_cells": CellsClinic,
    "plain": PlainClinic,
}
OWN: Final = "own"
NAMELESS: Final = ("n3", "n3_moves")
"""Whose registry does not say which visit of ours a booking is: of two at one time nobody could tell."""
NAMES: Final = (*KINDS, OWN)


def worker_gateway(name: str, address: str) -> tuple[str, MisGateway]:
    """Return the MIS of a clinic, and the adapter by which another process speaks with its simulator."""
    if name == OWN:
        return OWN_SCHEDULE, OwnGateway()
    kind = KINDS[name]
    return kind.mis, kind(None, PATIENCE).gateway(url=address, settle_seconds=SETTLE)


@contextmanager
def opened(name: str, timeline: Timeline) -> Iterator[Place]:
    """Open the clinic of that name (one of NAMES) in the database at hand."""
    if name == OWN:
        with _own() as own:
            yield own
    else:
        with imported_clinic(KINDS[name], timeout=PATIENCE, clock=timeline.now) as clinic:
            place = MisPlace(clinic)
            gateways.bind({clinic.mis: place.gateway()})
            clinic.synchronise()
            yield place


def contested(wanted: SlotFilter) -> list[OpenSlot]:
    """Return times of two hours that get in each other's way: of a doctor, of longer visits, of a colleague.

    The doctor is one of those `wanted` where that can be, and the colleague too. Who asks something of a
    patient before times are shown is left out, and groups.
    """
    first = (clock.now() + timedelta(days=1)).date()
    welcome = {slot.key.practitioner_id for slot in _open(wanted, first)}
    offers = Offer.objects.filter(asks=0, capacity=1).exclude(mode="remote")
    found: dict[UUID, dict[tuple[UUID, Any], OpenSlot]] = defaultdict(dict)
    for practitioner, service in sorted(set(offers.values_list("practitioner", "service"))):
        for slot in _open(SlotFilter(practitioner_id=practitioner, service_id=service), first):
            found[practitioner][service, slot.key.start] = slot
    for doctor in sorted(found, key=lambda each: (each not in welcome, each)):
        for begin in sorted(slot.key.start for slot in found[doctor].values()):
            own = _within(found[doctor].values(), begin)
            for other in sorted(found.keys() - {doctor}, key=lambda each: (each not in welcome, each)):
                others = _within(found[other].values(), begin)
                if len({slot.key.start for slot in own}) >= STARTS and len(others) > 1:
                    return [*_mixed(own, 7), *_mixed(others, 3)]
    raise LookupError("no two doctors work at the same time")


def with_group(times: list[OpenSlot]) -> None:
    """Make a group of two of the longest visit of the first doctor who gives more than one, if any does."""
    kinds: dict[UUID, dict[UUID, timedelta]] = defaultdict(dict)
    for slot in times:
        kinds[slot.key.practitioner_id][slot.key.service_id] = slot.end - slot.key.start
    for doctor, lengths in kinds.items():
        if len(lengths) > 1:
            longest = max(lengths, key=lambda service: (lengths[service], service))
            Offer.objects.filter(practitioner=doctor, service=longest).update(capacity=2)
            return


def _open(wanted: SlotFilter, first: date) -> list[OpenSlot]:
    return [slot for day in selectors.open_times(wanted, first=first, days=3).days for slot in day.slots]


def _within(slots: Iterable[OpenSlot], begin: datetime) -> list[OpenSlot]:
    inside = [slot for slot in slots if begin <= slot.key.start and slot.end <= begin + timedelta(hours=2)]
    return sorted(inside, key=lambda slot: (slot.key.start, slot.end, str(slot.key.service_id)))


def _mixed(slots: list[OpenSlot], count: int) -> list[OpenSlot]:
    """Return so many of them, of different lengths where there are such."""
    lengths = sorted({slot.end - slot.key.start for slot in slots})
    by_length = [[slot for slot in slots if slot.end - slot.key.start == length] for length in lengths]
    return [slot for slot in chain.from_iterable(zip_longest(*by_length)) if slot is not None][:count]
