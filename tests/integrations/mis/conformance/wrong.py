"""Gateways that are wrong on purpose, each in one thing, around a right one: what the kit must find."""

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import uuid4

from feldsher.domain.directory.types import Completeness, DirectorySnapshot
from feldsher.domain.scheduling.ports import (
    Absent,
    AlreadyCancelled,
    Booked,
    BookingQuery,
    BookOutcome,
    BookRequest,
    CancelOutcome,
    Capabilities,
    ChangeBatch,
    FindOutcome,
    Found,
    FreeTime,
    GatewayUnavailableError,
    Held,
    HoldOutcome,
    MisGateway,
    PatientOutcome,
    Person,
    Rejected,
    RemoteOffset,
    RemoteResource,
    RemoteSlot,
    Taken,
    TimeItem,
    TimeKind,
    Unknown,
    Window,
)
from feldsher.kernel import clock
from feldsher.kernel.clock import WallTime

HOURS = 3600


class Wrong:
    """Right in everything; a subclass spoils one operation."""

    def __init__(self, right: MisGateway) -> None:
        self.right = right

    def __getattr__(self, name: str) -> Any:
        return getattr(self.right, name)


def free_as(change: Callable[[FreeTime], FreeTime]) -> type[Wrong]:
    """Make a gateway that tells free time otherwise."""

    class WrongFree(Wrong):
        def free(self, window: Window, *, resource: RemoteResource | None = None) -> FreeTime:
            return change(self.right.free(window, resource=resource))

    return WrongFree


def _items(told: FreeTime, change: Callable[[TimeItem], TimeItem]) -> FreeTime:
    return replace(told, items=tuple(map(change, told.items)))


# Reading.

EmptyIsFull = free_as(lambda told: replace(told, completeness=Completeness.FULL))
ShiftedZone = free_as(
    lambda told: _items(
        told, lambda item: replace(item, begin=item.begin.plus(3 * HOURS), end=item.end.plus(3 * HOURS))
    )
)
ShiftedOffset = free_as(
    lambda told: replace(
        told, offsets=tuple(replace(each, minutes=each.minutes + 60) for each in told.offsets)
    )
)
TwoZones = free_as(
    lambda told: replace(
        told, offsets=(*told.offsets, *(RemoteOffset(o.location_id, o.day, 0) for o in told.offsets))
    )
)
BreaksLieInFree = free_as(
    lambda told: replace(
        told,
        items=(
            *told.items,
            *(replace(item, kind=TimeKind.FREE) for item in told.items if item.kind is TimeKind.BREAK),
        ),
    )
)
VisitsLieInFree = free_as(
    lambda told: replace(
        told,
        items=(
            *told.items,
            *(replace(item, kind=TimeKind.FREE) for item in told.items if item.kind is TimeKind.BUSY),
        ),
    )
)
OneTicketForAll = free_as(lambda told: _items(told, lambda item: replace(item, ticket="1")))
NoTicket = free_as(lambda told: _items(told, lambda item: replace(item, ticket="")))
ShortCells = free_as(lambda told: _items(told, lambda item: replace(item, step_minutes=24 * 60)))


class GapIsFree(Wrong):
    """Fills the pause of each day between two and one."""

    def free(self, window: Window, *, resource: RemoteResource | None = None) -> FreeTime:
        told = self.right.free(window, resource=resource)
        kept = {(item.resource, item.begin.day): item for item in told.items if item.kind is TimeKind.FREE}
        gaps = [
            replace(item, begin=WallTime(day, 13 * HOURS), end=WallTime(day, 14 * HOURS), ticket="")
            for (_, day), item in kept.items()
        ]
        return replace(told, items=(*told.items, *gaps))


class OldAnswerIsFresh(Wrong):
    """Answers from memory when the MIS is silent."""

    kept: FreeTime | None = None

    def free(self, window: Window, *, resource: RemoteResource | None = None) -> FreeTime:
        try:
            told = self.right.free(window, resource=resource)
        except GatewayUnavailableError:
            if self.kept is None:
                raise
            return replace(self.kept, as_of=clock.now())
        self.kept = told if told.completeness is Completeness.FULL else self.kept
        return told


class WaitsForEver(Wrong):
    def free(self, window: Window, *, resource: RemoteResource | None = None) -> FreeTime:
        for _ in range(5):
            try:
                return self.right.free(window, resource=resource)
            except GatewayUnavailableError:
                time.sleep(0.2)
        return FreeTime(clock.now(), Completeness.PARTIAL)


class TwoDoctorsOfOneId(Wrong):
    def directory(self) -> DirectorySnapshot:
        told = self.right.directory()
        return replace(told, practitioners=(*told.practitioners, told.practitioners[0]))


class HalfADirectory(Wrong):
    def directory(self) -> DirectorySnapshot:
        return replace(self.right.directory(), completeness=Completeness.PARTIAL)


# Booking.


class RepeatsAfterUnknown(Wrong):
    """Reads a lost answer as a failure, and sends the visit again as a new one."""

    def book(self, request: BookRequest) -> BookOutcome:
        outcome = self.right.book(request)
        if isinstance(outcome, Unknown):
            return self.right.book(replace(request, reference=str(uuid4())))
        return outcome


class LostIsRejected(Wrong):
    def book(self, request: BookRequest) -> BookOutcome:
        outcome = self.right.book(request)
        return Rejected("timeout") if isinstance(outcome, Unknown) else outcome


class OneLookIsEnough(Wrong):
    """Looks for a lost visit at once, and believes that it is absent."""

    def book(self, request: BookRequest) -> BookOutcome:
        outcome = self.right.book(request)
        if not isinstance(outcome, Unknown):
            return outcome
        found = self.right.find_booking(
            BookingQuery(request.slot, request.reference, request.hold, request.person)
        )
        is_there = isinstance(found, Found) and found.state == "booked"
        return Booked(found.ref) if is_there and isinstance(found, Found) else Rejected("absent")


class TakenIsBooked(Wrong):
    """Says that a visit is booked without looking at what the MIS said."""

    def book(self, request: BookRequest) -> BookOutcome:
        outcome = self.right.book(request)
        return Booked(request.reference) if isinstance(outcome, Taken) else outcome


class OverlapsAreBooked(Wrong):
    """A MIS of visits of a quarter of an hour that looks at their begins alone: they may overlap."""

    def __init__(self, right: MisGateway) -> None:
        super().__init__(right)
        self.begins: set[WallTime] = set()

    def directory(self) -> DirectorySnapshot:
        told = self.right.directory()
        short = [
            replace(doctor, services=tuple(replace(each, minutes=15) for each in doctor.services))
            for doctor in told.practitioners
        ]
        return replace(told, practitioners=tuple(short))

    def book(self, request: BookRequest) -> BookOutcome:
        outcome, begin = self.right.book(request), request.slot.begin
        if isinstance(outcome, Taken) and begin not in self.begins:
            return Booked(request.reference)
        self.begins.add(begin)
        return outcome


class BooksNothing(Wrong):
    def book(self, request: BookRequest) -> BookOutcome:
        return Booked(request.reference)


class BooksHalf(Wrong):
    def book(self, request: BookRequest) -> BookOutcome:
        slot = replace(request.slot, minutes=request.slot.minutes // 2)
        return self.right.book(replace(request, slot=slot))


class KeepsNoReserve(Wrong):
    def hold(self, slot: RemoteSlot) -> HoldOutcome:
        del slot
        return Held(str(uuid4()))


class ReservesTwice(Wrong):
    def hold(self, slot: RemoteSlot) -> HoldOutcome:
        outcome = self.right.hold(slot)
        return Held(str(uuid4())) if isinstance(outcome, Taken) else outcome


class MovesByBookingAnew(Wrong):
    """Leaves the old visit where it stands."""

    def move(self, ref: str, *, request: BookRequest, old: RemoteSlot | None) -> BookOutcome:
        del ref, old
        return self.right.book(replace(request, reference=str(uuid4())))


class SaysItKeepsPauses(Wrong):
    def capabilities(self) -> Capabilities:
        told = self.right.capabilities()
        return replace(told, semantics=replace(told.semantics, buffers_applied=True))


# Reading back, cancelling.


class AlwaysAbsent(Wrong):
    def find_booking(self, query: BookingQuery) -> FindOutcome:
        del query
        return Absent()


class FindsEverything(Wrong):
    def find_booking(self, query: BookingQuery) -> FindOutcome:
        return Found("any", "booked", query.slot.begin)


class CancelsAnother(Wrong):
    """Cancels whatever was booked before."""

    def __init__(self, right: MisGateway) -> None:
        super().__init__(right)
        self.booked: list[str] = []

    def book(self, request: BookRequest) -> BookOutcome:
        outcome = self.right.book(request)
        if isinstance(outcome, Booked):
            self.booked.append(outcome.ref)
        return outcome

    def cancel(self, ref: str, *, reason: str) -> CancelOutcome:
        others = [each for each in self.booked if each != ref]
        chosen = others[-1] if others else ref
        self.booked = [each for each in self.booked if each != chosen]
        return self.right.cancel(chosen, reason=reason)


class CancelledIsRefused(Wrong):
    def cancel(self, ref: str, *, reason: str) -> CancelOutcome:
        outcome = self.right.cancel(ref, reason=reason)
        return Rejected("no_such_visit") if isinstance(outcome, AlreadyCancelled) else outcome


# Patients, changes.


class ANewCardEachTime(Wrong):
    made = 0

    def ensure_patient(self, person: Person, *, location_id: str) -> PatientOutcome:
        self.made += 1
        somebody = replace(person, birth_date=date(1950, 1, 1 + self.made))
        return self.right.ensure_patient(somebody, location_id=location_id)


class AcknowledgesUnasked(Wrong):
    def changes(self, cursor: str) -> ChangeBatch:
        batch = self.right.changes(cursor)
        if batch.ack_token is not None:
            self.right.ack(batch.ack_token)
        return batch


class TellsNoChanges(Wrong):
    def changes(self, cursor: str) -> ChangeBatch:
        return replace(self.right.changes(cursor), changes=())


class Breaks(Wrong):
    """Raises where the port has outcomes."""

    def directory(self) -> DirectorySnapshot:
        raise KeyError("ГрафикДляСайта")
