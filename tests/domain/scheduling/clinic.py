"""The clinic of domain/directory/factory.py, open in two zones, and a MIS that tells its schedule."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from uuid import UUID

from domain.directory import factory as directory
from domain.directory.factory import EYE, FIRST_VISIT, GLASSES, MIS, NORTH, SOUTH, row
from domain.scheduling.factory import NOW, WORK, day_rows, heard, lay
from feldsher.domain.directory.services import import_snapshot, set_overlay
from feldsher.domain.directory.types import Completeness, Kind
from feldsher.domain.scheduling import gateways, offers, services
from feldsher.domain.scheduling.ports import (
    Capabilities,
    FreeTime,
    GatewayUnavailableError,
    RemoteOffset,
    RemoteResource,
    SlotSemantics,
    SlotShape,
    TimeItem,
    TimeKind,
    Window,
)
from feldsher.domain.scheduling.tokens import slot_token
from feldsher.domain.scheduling.types import Confirmation, Hold, PersonInput, SlotKey
from feldsher.kernel import clock
from feldsher.kernel.clock import WallTime

ZONES = {NORTH.id: "Europe/Moscow", SOUTH.id: "Asia/Yekaterinburg"}
EYE_NORTH, EYE_SOUTH = RemoteResource(EYE.id, NORTH.id), RemoteResource(EYE.id, SOUTH.id)


@dataclass(frozen=True)
class Ids:
    """Our rows of the eye doctor, the two branches and the two services."""

    eye: UUID
    north: UUID
    south: UUID
    first_visit: UUID
    glasses: UUID


def open_clinic() -> Ids:
    """Import the directory, name the zones and rebuild the offers."""
    import_snapshot(MIS, snapshot=directory.snapshot(as_of=NOW - timedelta(days=1)))
    for remote_id, zone in ZONES.items():
        target = row(Kind.LOCATION, remote_id)
        set_overlay(Kind.LOCATION, target=target, field="zone", value=zone, author="anna")
    offers.rebuild()
    return Ids(
        eye=row(Kind.PRACTITIONER, EYE.id),
        north=row(Kind.LOCATION, NORTH.id),
        south=row(Kind.LOCATION, SOUTH.id),
        first_visit=row(Kind.SERVICE, FIRST_VISIT.id),
        glasses=row(Kind.SERVICE, GLASSES.id),
    )


def wall(day: date, hour: float) -> WallTime:
    return WallTime(day, 0).plus(int(hour * 3600))


def free(
    day: date, first: float, last: float, *, at: RemoteResource = EYE_NORTH, kind: TimeKind = TimeKind.FREE
) -> TimeItem:
    """Return a stretch of a day by the hours of the wall clock."""
    return TimeItem(at, kind, wall(day, first), wall(day, last))


@dataclass
class Schedule:
    """A MIS that tells `items` of the asked days, as whole as `completeness` says; `down` makes it silent."""

    items: list[TimeItem] = field(default_factory=list)
    completeness: Completeness = Completeness.FULL
    max_window_days: int = 60
    down: bool = False
    resources: tuple[RemoteResource, ...] = (EYE_NORTH, EYE_SOUTH)
    asked: list[tuple[Window, RemoteResource | None]] = field(default_factory=list)
    offsets: tuple[RemoteOffset, ...] = ()

    def bind(self) -> "Schedule":
        gateways.bind({MIS: self})  # type: ignore[dict-item] - only what a sync needs
        return self

    def say(self, *items: TimeItem) -> None:
        self.items = list(items)

    def capabilities(self) -> Capabilities:
        return Capabilities(SlotSemantics(SlotShape.INTERVAL), max_window_days=self.max_window_days)

    def free(self, window: Window, *, resource: RemoteResource | None = None) -> FreeTime:
        self.asked.append((window, resource))
        if self.down:
            raise GatewayUnavailableError("no connection")
        wanted = self.resources if resource is None else (resource,)
        items = tuple(self._of(window, wanted))
        return FreeTime(clock.now(), self.completeness, wanted, items, offsets=self.offsets)

    def _of(self, window: Window, wanted: tuple[RemoteResource, ...]) -> Iterable[TimeItem]:
        for item in self.items:
            if item.resource in wanted and window.first <= item.begin.day <= window.last:
                yield item


def tell_schedule(ids: Ids) -> None:
    """Lay the eye doctor's usual day into the mirror for both branches, heard of just now."""
    for location in (ids.north, ids.south):
        lay(day_rows([WORK], practitioner=ids.eye, location=location), mis=MIS)
    heard(MIS)


def key_at(ids: Ids, start: datetime, *, location: UUID | None = None) -> SlotKey:
    return SlotKey(ids.eye, location or ids.north, ids.first_visit, start)


def held(ids: Ids, start: datetime, *, location: UUID | None = None) -> Hold:
    """Hold the first visit with the eye doctor, as a channel does."""
    return services.hold(slot_token(key_at(ids, start, location=location)), channel="site", device="")


def confirmation(**person: str) -> Confirmation:
    """Return what an invented patient typed, with the consent."""
    typed = {"family": "Вымышленова", "given": "Проба", "phone": "+7 921 000-00-17"} | person
    return Confirmation(PersonInput(**typed), consents=("booking",), wish="Окно у двери", channel="site")
