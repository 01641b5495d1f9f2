"""A MIS in memory: a list of records, a script of what goes wrong at each call, and a test's clock.

It stands in for the process on the other side, so that a crash of ours (`Killed`) leaves it as it is.
"""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from feldsher.domain.directory.types import DirectorySnapshot
from feldsher.domain.scheduling.ports import (
    Absent,
    AlreadyCancelled,
    Ambiguous,
    Booked,
    BookingQuery,
    BookOutcome,
    BookRequest,
    Cancelled,
    CancelOutcome,
    Capabilities,
    ChangeBatch,
    ChangeKind,
    FindOutcome,
    Found,
    FreeTime,
    GatewayUnavailableError,
    Gone,
    Held,
    HoldGone,
    HoldOutcome,
    Indeterminate,
    MoveOutcome,
    NotFound,
    NotSent,
    PatientOutcome,
    PatientRef,
    Person,
    Rejected,
    RemoteChange,
    RemoteResource,
    RemoteSlot,
    RemoteVisit,
    Reported,
    ReportOutcome,
    SlotSemantics,
    SlotShape,
    Taken,
    Unknown,
    VisitEnd,
    Window,
)
from feldsher.kernel.clock import WallTime


class Killed(BaseException):
    """The process died here: nothing of it runs any more, what is committed stays."""


class Fault(StrEnum):
    """What happens to one call."""

    OK = "ok"
    NOT_SENT = "not_sent"
    DROPPED = "dropped"  # nothing is written, the answer is lost
    COMMIT_THEN_DROP = "commit_then_drop"
    COMMIT_LATE = "commit_late"  # the answer is lost now, the write happens LATE later
    KILLED_BEFORE = "killed_before"
    KILLED_AFTER = "killed_after"
    CLERK_RACE = "clerk_race"  # a registrar takes the time just before
    REFUSED = "refused"
    UNAVAILABLE = "unavailable"  # as an adapter says that a read did not happen
    BUG = "bug"  # the adapter itself breaks, after the write
    AMBIGUOUS = "ambiguous"


LATE: Final = timedelta(seconds=30)
_LOST: Final = frozenset({Fault.DROPPED, Fault.COMMIT_THEN_DROP, Fault.COMMIT_LATE})
_INTERVALS: Final = SlotSemantics(shape=SlotShape.INTERVAL)

# What MISes can do: 1С with its reserves, a caller's own reference, a search by patient, nothing at all.
KINDS: Final[dict[str, Capabilities]] = {
    "reserves": Capabilities(_INTERVALS, holds=True, hold_minutes=15, book_repeatable=True),
    "reference": Capabilities(_INTERVALS, has_reference=True, change_feed=True),
    "patients": Capabilities(_INTERVALS, needs_patient=True, can_find_by_patient=True),
    "blind": Capabilities(_INTERVALS),
}

# MISes that move a record themselves: 1С edits its document and can't say when it stands, ИНФОКЛИНИКА gives a
# record another time and tells of it, N3 takes another ticket in place of the first.
MOVERS: Final[dict[str, Capabilities]] = {
    "document": replace(KINDS["reserves"], can_move=True, move_keeps_ref=True),
    "record": replace(KINDS["reference"], can_move=True, move_keeps_ref=True),
    "ticket": replace(KINDS["patients"], can_move=True),
}


@dataclass
class Record:
    ref: str
    state: str
    slot: RemoteSlot
    owner: str
    reference: str = ""
    until: datetime | None = None

    def overlaps(self, slot: RemoteSlot) -> bool:
        return (
            self.state in {"reserved", "booked"}
            and self.slot.resource.practitioner_id == slot.resource.practitioner_id
            and self.slot.begin < slot.begin.plus(slot.minutes * 60)
            and slot.begin < self.slot.begin.plus(self.slot.minutes * 60)
        )


@dataclass
class ScriptedMis:
    """Implements `MisGateway`. `script[operation]` is eaten call by call; what is not scripted goes well."""

    kind: Capabilities
    now: Callable[[], datetime]
    records: list[Record] = field(default_factory=list)
    script: dict[str, list[Fault]] = field(default_factory=lambda: defaultdict(list))
    always: dict[str, Fault] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    feed: list[RemoteChange] = field(default_factory=list)
    acked: list[str] = field(default_factory=list)
    reports: list[tuple[str, VisitEnd, WallTime]] = field(default_factory=list)
    refusal: BookOutcome = field(default_factory=lambda: Rejected("closed"))
    late: list[tuple[datetime, Callable[[], Any]]] = field(default_factory=list)
    on_call: Callable[[str], None] = lambda _: None
    takes_references: bool = True  # a record that is moved bears the reference of the move from then on

    def capabilities(self) -> Capabilities:
        return self.kind

    def directory(self) -> DirectorySnapshot:
        raise NotImplementedError

    def free(self, window: Window, *, resource: RemoteResource | None = None) -> FreeTime:
        del window, resource
        raise GatewayUnavailableError("not scripted")

    def ensure_patient(self, person: Person, *, location_id: str) -> PatientOutcome:
        assert location_id
        fault = self._fault("ensure_patient")
        if fault is Fault.AMBIGUOUS:
            return Ambiguous(2)
        outcome: PatientOutcome = self._do(fault, lambda: PatientRef(person.phone))
        return outcome

    def hold(self, slot: RemoteSlot) -> HoldOutcome:
        outcome: HoldOutcome = self._do(self._fault("hold"), lambda: self._reserve(slot), slot)
        return outcome

    def book(self, request: BookRequest) -> BookOutcome:
        outcome: BookOutcome = self._do(self._fault("book"), lambda: self._book(request), request.slot)
        return outcome

    def find_booking(self, query: BookingQuery) -> FindOutcome:
        fault = self._fault("find")
        if fault is Fault.UNAVAILABLE:
            raise GatewayUnavailableError("no answer")
        if fault in _LOST:
            return Indeterminate("no answer")
        outcome: FindOutcome = self._do(fault, lambda: self._find(query))
        return outcome

    def move(self, ref: str, *, request: BookRequest, old: RemoteSlot | None) -> MoveOutcome:
        outcome: MoveOutcome = self._do(
            self._fault("move"), lambda: self._move(ref, request, old), request.slot
        )
        return outcome

    def cancel(self, ref: str, *, reason: str) -> CancelOutcome:
        assert reason
        outcome: CancelOutcome = self._do(self._fault("cancel"), lambda: self._cancel(ref))
        return outcome

    def visits_of(self, patient: PatientRef, *, location_id: str) -> tuple[RemoteVisit, ...]:
        return tuple(
            RemoteVisit(
                record.ref,
                record.slot.resource,
                record.slot.begin,
                record.slot.minutes,
                is_cancelled=record.state == "cancelled",
            )
            for record in self.records
            if record.owner == patient.id and record.slot.resource.location_id == location_id
        )

    def report(self, ref: str, *, end: VisitEnd, at: WallTime) -> ReportOutcome:
        fault = self._fault("report")
        if fault is Fault.REFUSED:
            return Rejected("no")
        if fault is Fault.DROPPED:
            return Unknown("no answer")
        self.reports.append((ref, end, at))
        return Reported()

    def changes(self, cursor: str) -> ChangeBatch:
        first = int(cursor or 0)
        self.on_call("changes")
        return ChangeBatch(tuple(self.feed[first:]), str(len(self.feed)), f"to {len(self.feed)}")

    def ack(self, token: str) -> None:
        self.on_call("ack")
        self.acked.append(token)

    # The registrar's side.

    def clerk_books(self, slot: RemoteSlot) -> Record | None:
        """Take a time by phone; None when it is not free."""
        self.settle()
        if any(record.overlaps(slot) for record in self.records):
            return None
        return self._add(slot, state="booked", owner="clerk")

    def clerk_cancels(self, ref: str) -> None:
        self.settle()
        self._cancel(ref)

    def clerk_restores(self, ref: str) -> None:
        """Let a registrar take a cancel back, whoever cancelled."""
        next(record for record in self.records if record.ref == ref).state = "booked"

    def clerk_moves(self, ref: str, slot: RemoteSlot) -> None:
        """Let a registrar give a record another time."""
        self.settle()
        record = next(record for record in self.records if record.ref == ref)
        record.slot = slot
        self.tell(ChangeKind.MOVED, record)

    def settle(self) -> None:
        """Do what is due by the clock: late writes, and the clean-up of old reserves."""
        due = [item for item in self.late if item[0] <= self.now()]
        self.late = [item for item in self.late if item[0] > self.now()]
        for _, act in due:
            act()
        for record in self.records:
            if record.state == "reserved" and record.until is not None and record.until <= self.now():
                record.state = "cancelled"

    def booked(self, owner: str = "site") -> list[Record]:
        self.settle()
        return [record for record in self.records if record.state == "booked" and record.owner == owner]

    # What a call does.

    def _fault(self, operation: str) -> Fault:
        self.settle()
        self.calls.append(operation)
        self.on_call(operation)
        if self.script[operation]:
            return self.script[operation].pop(0)
        return self.always.get(operation, Fault.OK)

    def _do(self, fault: Fault, act: Callable[[], Any], slot: RemoteSlot | None = None) -> Any:
        if fault is Fault.KILLED_BEFORE:
            raise Killed
        if fault is Fault.NOT_SENT:
            return NotSent("no connection")
        if fault is Fault.UNAVAILABLE:
            raise GatewayUnavailableError("no answer")
        if fault is Fault.REFUSED:
            return self.refusal
        if fault is Fault.CLERK_RACE and slot is not None:
            self._clerk_race(slot)
        if fault is Fault.COMMIT_LATE:
            self.late.append((self.now() + LATE, act))
        if fault in {Fault.COMMIT_LATE, Fault.DROPPED}:
            return Unknown("no answer")
        outcome = act()
        if fault is Fault.KILLED_AFTER:
            raise Killed
        if fault is Fault.BUG:
            raise RuntimeError("the adapter is broken")
        return Unknown("no answer") if fault is Fault.COMMIT_THEN_DROP else outcome

    def _clerk_race(self, slot: RemoteSlot) -> None:
        for record in self.records:
            if record.overlaps(slot) and record.state == "reserved":
                record.state = "cancelled"
        self.clerk_books(slot)

    def _add(self, slot: RemoteSlot, **values: Any) -> Record:
        record = Record(f"r{len(self.records) + 1}", slot=slot, **values)
        self.records.append(record)
        if record.state == "booked":
            self.tell(ChangeKind.BOOKED, record)
        return record

    def tell(self, kind: ChangeKind, record: Record) -> None:
        """Put a change into the feed."""
        self.feed.append(
            RemoteChange(
                kind=kind,
                ref=record.ref,
                resource=record.slot.resource,
                begin=record.slot.begin,
                minutes=record.slot.minutes,
                reference=record.reference,
            )
        )

    def _reserve(self, slot: RemoteSlot) -> HoldOutcome:
        if any(record.overlaps(slot) for record in self.records):
            return Taken()
        until = self.now() + timedelta(minutes=self.kind.hold_minutes)
        return Held(self._add(slot, state="reserved", owner="site", until=until).ref)

    def _book(self, request: BookRequest) -> BookOutcome:
        if request.hold is not None:
            record = next(record for record in self.records if record.ref == request.hold)
            if record.state == "cancelled":
                busy = any(other.overlaps(request.slot) for other in self.records)
                return Taken() if busy else HoldGone()
            record.state = "booked"
            return Booked(record.ref)
        if any(record.overlaps(request.slot) for record in self.records):
            return Taken()
        reference = request.reference if self.kind.has_reference else ""
        slot = replace(request.slot)
        return Booked(self._add(slot, state="booked", owner="site", reference=reference).ref)

    def _move(self, ref: str, request: BookRequest, old: RemoteSlot | None) -> MoveOutcome:
        record = next((record for record in self.records if record.ref == ref), None)
        if record is None or record.state == "cancelled":
            return Gone()
        if old and record.slot.begin != old.begin:
            return Gone(is_sure=not self._is_silent)
        if any(other.overlaps(request.slot) for other in self.records if other is not record):
            return Taken()
        if not self.kind.move_keeps_ref:
            record.state = "cancelled"
            return Booked(self._add(request.slot, state="booked", owner=record.owner).ref)
        record.slot = request.slot
        if self.kind.has_reference and self.takes_references:
            record.reference = request.reference
        self.tell(ChangeKind.MOVED, record)
        return Booked(ref)

    def _find(self, query: BookingQuery) -> FindOutcome:
        if query.ref:
            matches = [record for record in self.records if record.ref == query.ref]
        elif self.kind.has_reference:
            matches = [record for record in self.records if record.reference == query.reference]
        elif self.kind.can_find_by_patient:
            site = [record for record in self.records if record.owner == "site"]
            # Two visits of one patient are told apart by their time; a single one may have been moved.
            matches = [each for each in site if len(site) == 1 or each.slot.begin == query.slot.begin]
        else:
            return Indeterminate("there is no search")
        if not matches:
            return Absent()
        found = matches[-1]
        if not self._is_silent:
            return Found(found.ref, found.state, found.slot.begin)
        if found.state == "booked" and not any(record.overlaps(query.slot) for record in self.records):
            return Indeterminate("booked, and its time is free")
        return Found(found.ref, found.state)

    @property
    def _is_silent(self) -> bool:
        """Whether it is like 1С, whose status says no time, and whose schedule does not say how old it is."""
        return self.kind.holds and self.kind.can_move

    def _cancel(self, ref: str) -> CancelOutcome:
        record = next((record for record in self.records if record.ref == ref), None)
        if record is None:
            return NotFound()
        if record.state == "cancelled":
            return AlreadyCancelled()
        record.state = "cancelled"
        self.tell(ChangeKind.CANCELLED, record)
        return Cancelled()
