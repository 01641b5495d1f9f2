"""The port of scheduling on one БИТ.УМЦ: reads here, writes in `visits`."""

from collections.abc import Mapping
from math import ceil
from typing import Any

from feldsher.domain.directory.types import Completeness, DirectorySnapshot
from feldsher.domain.scheduling.ports import (
    BookingQuery,
    BookOutcome,
    BookRequest,
    CancelOutcome,
    Capabilities,
    FindOutcome,
    FreeTime,
    HoldOutcome,
    MoveOutcome,
    RemoteResource,
    RemoteSlot,
    SlotSemantics,
    SlotShape,
    Window,
)
from feldsher.foundation.egress.client import HttpClient
from feldsher.foundation.egress.register import parsed_address
from feldsher.integrations.mis.bit_umc import schedule
from feldsher.integrations.mis.bit_umc.directory import read_directory
from feldsher.integrations.mis.bit_umc.door import Door, RefusedError
from feldsher.integrations.mis.bit_umc.http_door import HttpDoor
from feldsher.integrations.mis.bit_umc.memory import Memory
from feldsher.integrations.mis.bit_umc.profile import Profile, read_profile
from feldsher.integrations.mis.bit_umc.soap_door import SoapDoor
from feldsher.integrations.mis.bit_umc.visits import LOOKS, Visits
from feldsher.integrations.mis.gateways import Lacking, check_timeout, read


def build(
    *, url: str, user: str, password: str, timeout: float, options: Mapping[str, Any]
) -> "BitUmcGateway":
    """Make the gateway of one clinic's base; `timeout` is the budget of one request in seconds.

    Raises ValueError with one sentence when the address or an option can't be used.
    """
    profile = read_profile(options)
    check_timeout(timeout)
    transport = HttpClient(
        _checked(url, door=profile.door),
        user=user,
        password=password,
        connections=profile.connections,
        limit=profile.max_bytes,
    )
    door = HttpDoor if profile.door == "http" else SoapDoor
    return BitUmcGateway(door(transport, profile=profile, seconds=timeout), profile, seconds=timeout)


def _checked(url: str, *, door: str) -> str:
    parsed = parsed_address(url)
    if parsed.query or parsed.fragment:
        raise ValueError("give the address without ?wsdl")
    here, other = ("/hs/", "/ws/") if door == "http" else ("/ws/", "/hs/")
    if other in parsed.path and here not in parsed.path:
        raise ValueError(f"the address is of the other door: the door {door} has {here} in its address")
    return url.rstrip("/")


class BitUmcGateway(Lacking):
    """Implements `MisGateway`. Thread-safe."""

    def __init__(self, door: Door, profile: Profile, *, seconds: float) -> None:
        self._door = door
        self._seconds = seconds
        self._profile = profile
        self._visits = Visits(door, profile)
        self._memory = Memory()

    def capabilities(self) -> Capabilities:
        return Capabilities(
            semantics=SlotSemantics(shape=SlotShape.INTERVAL),
            holds=True,
            hold_minutes=self._profile.hold_minutes,
            can_move=True,
            move_keeps_ref=True,
            book_repeatable=True,
            reports_busy=True,
            max_window_days=self._profile.max_window_days,
            settle_seconds=self._profile.settle_seconds + ceil(LOOKS * self._seconds),
        )

    def directory(self) -> DirectorySnapshot:
        """Read clinics, employees and each clinic's nomenclature: 3 requests and one per clinic."""
        return read(lambda: read_directory(self._door, self._profile), RefusedError)

    def free(self, window: Window, *, resource: RemoteResource | None = None) -> FreeTime:
        """Read the schedule of one doctor in one clinic, or of everybody."""
        seconds = self._profile.bulk_timeout if resource is None else None
        found = read(
            lambda: schedule.ask(self._door, self._profile, window, resource=resource, seconds=seconds),
            RefusedError,
        )
        if not found.resources:
            empty = Completeness.PARTIAL if found.warnings else Completeness.SUSPICIOUS_EMPTY
            return FreeTime(found.as_of, empty, warnings=tuple(found.warnings))
        doubts = self._memory.judge(
            found.items, window=window, resource=resource, damaged=frozenset(found.damaged)
        )
        return FreeTime(
            as_of=found.as_of,
            completeness=Completeness.PARTIAL if doubts else Completeness.FULL,
            resources=tuple(found.resources),
            items=tuple(found.items),
            warnings=(*found.warnings, *doubts),
        )

    def hold(self, slot: RemoteSlot) -> HoldOutcome:
        return self._visits.hold(slot)

    def book(self, request: BookRequest) -> BookOutcome:
        return self._visits.book(request)

    def find_booking(self, query: BookingQuery) -> FindOutcome:
        return self._visits.find(query)

    def move(self, ref: str, *, request: BookRequest, old: RemoteSlot | None) -> MoveOutcome:
        return self._visits.move(ref, request=request, old=old)

    def cancel(self, ref: str, *, reason: str) -> CancelOutcome:
        return self._visits.cancel(ref, reason=reason)
