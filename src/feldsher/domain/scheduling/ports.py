"""The one door to every MIS, and the words in which scheduling speaks with them.

No MIS contract has idempotency keys, and each means something else by "free slot" (see
docs/modules/scheduling.md). The port therefore makes three things explicit: what an adapter's free
time means (`SlotSemantics`), how far an answer may be believed (`Completeness`, `as_of`), and that
not knowing is an outcome of its own (`Unknown`), never a failure.

Adapters raise nothing for what a MIS answers; they return outcomes. `GatewayUnavailableError` is for reads
that did not happen. Identifiers here are the MIS's own strings; times are `WallTime`, because a MIS
sends the clock on its wall; scheduling alone knows the zones.
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol

from feldsher.domain.directory.types import Completeness, DirectorySnapshot
from feldsher.kernel.clock import WallTime
from feldsher.kernel.errors import DomainError


class GatewayUnavailableError(DomainError):
    """A read from the MIS did not happen: no connection, no time, or an answer that is not one."""

    code = "mis_unavailable"
    status = 503
    sentence = (
        "Расписание клиники сейчас не отвечает. Оставьте телефон, мы перезвоним, или попробуйте через минуту."
    )
    retryable = True


class SlotShape(StrEnum):
    """The three shapes of free time: atomic tickets, free stretches that we cut, cells of a step."""

    TICKET = "ticket"
    INTERVAL = "interval"
    GRID = "grid"


@dataclass(frozen=True, slots=True)
class SlotSemantics:
    """What this MIS means by "free".

    `zone_on_wire`: the MIS sends an offset of its own (`FreeTime.offsets`) that is held against the
    Location's zone; a branch where they differ is not offered.
    """

    shape: SlotShape
    breaks_removed: bool = True
    bookings_removed: bool = True
    buffers_applied: bool = False
    duration_applied: bool = False
    zone_on_wire: bool = False


class VisitEnd(StrEnum):
    """What became of a visit of ours: its patient cancelled it, it took place, its patient did not come."""

    CANCELLED = "cancelled"
    HAPPENED = "happened"
    NO_SHOW = "no_show"


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What the MIS behind an adapter can do. Scheduling branches on these, never on a MIS's name.

    `can_move`: a record can be given another time of its doctor in one step (`move`). `move_keeps_ref`: it
    keeps its id through that, so that the id alone tells what became of it, and a cancel by it cancels both.
    `book_repeatable`: a `book` with the same hold may be sent again and edits the same record; a `move` too.
    `frees_by_reference`: `cancel` takes our own reference too, and closes it, so that a booking under it
    that is still on its way is never written.
    `reports_busy`: the schedule tells taken time apart from time that is not worked.
    `settle_seconds`: how long after a lost answer a MIS may still commit.
    `overbooks`: a visit may be written over one that stands at its time: the MIS leaves that to us.
    `keeps_visits`: it has visits of its own that may come to differ from ours.
    `lists_visits`: it tells the visits on a patient's card (`visits_of`).
    `reports`: the ends of visits that the MIS is to be told of (`report`).
    """

    semantics: SlotSemantics
    holds: bool = False
    hold_minutes: int = 0
    change_feed: bool = False
    needs_patient: bool = False
    free_per_patient: bool = False
    can_move: bool = False
    move_keeps_ref: bool = False
    can_find_by_patient: bool = False
    has_reference: bool = False
    book_repeatable: bool = False
    frees_by_reference: bool = False
    reports_busy: bool = False
    overbooks: bool = False
    keeps_visits: bool = True
    lists_visits: bool = False
    needs_birth_date: bool = False
    max_window_days: int = 31
    settle_seconds: int = 60
    reports: frozenset[VisitEnd] = frozenset()


@dataclass(frozen=True, slots=True)
class Window:
    """Days of the clinic's wall calendar, both included."""

    first: date
    last: date


@dataclass(frozen=True, slots=True)
class RemoteResource:
    """A doctor in a branch, by the MIS's ids."""

    practitioner_id: str
    location_id: str


class TimeKind(StrEnum):
    FREE = "free"
    BUSY = "busy"
    BREAK = "break"


@dataclass(frozen=True, slots=True)
class TimeItem:
    """One stretch of a doctor's day as the MIS tells it.

    `ticket` is the slot's id (shape TICKET only). `step_minutes` is the cell of a grid. `usual_minutes` is
    the length that the MIS calls the doctor's usual one, None for unknown (00:00).
    """

    resource: RemoteResource
    kind: TimeKind
    begin: WallTime
    end: WallTime
    room: str = ""
    ticket: str = ""
    step_minutes: int | None = None
    usual_minutes: int | None = None
    capacity: int = 1


@dataclass(frozen=True, slots=True)
class RemoteOffset:
    """What the MIS takes a branch's wall clock for on a day: whole minutes east of UTC."""

    location_id: str
    day: date
    minutes: int


@dataclass(frozen=True, slots=True)
class FreeTime:
    """The MIS's schedule for a window.

    `as_of` is the instant before the request was sent. `resources` names every doctor and branch that the
    answer speaks of, also those without a single item: only for them may an absent item mean "not free".
    `offsets` are all that the MIS claimed (where `zone_on_wire`): several for a branch that contradicts
    itself.
    """

    as_of: datetime
    completeness: Completeness
    resources: tuple[RemoteResource, ...] = ()
    items: tuple[TimeItem, ...] = ()
    warnings: tuple[str, ...] = ()
    offsets: tuple[RemoteOffset, ...] = ()


@dataclass(frozen=True, slots=True)
class Person:
    """The patient as the MIS must know one; phone is E.164. Never logged."""

    family: str = field(repr=False)
    given: str = field(repr=False)
    middle: str = field(repr=False)
    phone: str = field(repr=False)
    birth_date: date | None = field(default=None, repr=False)
    email: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class RemoteSlot:
    """The time that is asked for, in the MIS's words. `minutes` is the length of the visit."""

    resource: RemoteResource
    begin: WallTime
    minutes: int
    service_id: str | None = None
    specialty: str = ""
    room: str = ""
    ticket: str = ""


@dataclass(frozen=True, slots=True)
class PatientRef:
    """The MIS's id of a patient."""

    id: str


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """Several records fit, or none and none may be made (`count` 0): a person must choose or make one."""

    count: int


@dataclass(frozen=True, slots=True)
class Held:
    """The MIS keeps the time under `ref` for about `capabilities().hold_minutes`."""

    ref: str


@dataclass(frozen=True, slots=True)
class Booked:
    """The visit exists in the MIS under `ref`."""

    ref: str


@dataclass(frozen=True, slots=True)
class Taken:
    """Somebody else has the time; nothing was written."""

    text: str = ""


@dataclass(frozen=True, slots=True)
class PatientConflict:
    """The patient has another visit that clashes; nothing was written."""

    text: str = ""


@dataclass(frozen=True, slots=True)
class NeedsReferral:
    text: str = ""


@dataclass(frozen=True, slots=True)
class AgeLimit:
    text: str = ""


@dataclass(frozen=True, slots=True)
class NotForPatient:
    """Others may have this time, this patient may not (attachment, profile); nothing was written."""

    text: str = ""


@dataclass(frozen=True, slots=True)
class Rejected:
    """The MIS definitely refused and wrote nothing. `text` is its own words, shortened, for staff."""

    code: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class Unknown:
    """The request left and no answer that can be believed came back: it may or may not be written."""

    reason: str


@dataclass(frozen=True, slots=True)
class HoldGone:
    """The reserve that was to be booked exists no longer; nothing was written, and a new one may be made."""


@dataclass(frozen=True, slots=True)
class Gone:
    """What was to be moved stands there no longer: cancelled, or moved by others. Nothing was written.

    Not `is_sure`: by something that may be stale, so that it takes a second look past the settle time.
    """

    is_sure: bool = True


@dataclass(frozen=True, slots=True)
class NotSent:
    """The request certainly never reached the MIS: nothing is written, and it may be sent again.

    `is_answered`: the MIS answered a look before it, so that the way to it works.
    """

    reason: str
    is_answered: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """A record of ours in the MIS: `state` is reserved, booked or cancelled."""

    ref: str
    state: str
    begin: WallTime | None = None


@dataclass(frozen=True, slots=True)
class Absent:
    """The MIS was asked in a way that would have shown the record, and it is not there."""


@dataclass(frozen=True, slots=True)
class Indeterminate:
    """The MIS can't be asked about this, or did not answer."""

    reason: str


@dataclass(frozen=True, slots=True)
class Cancelled:
    pass


@dataclass(frozen=True, slots=True)
class AlreadyCancelled:
    pass


@dataclass(frozen=True, slots=True)
class NotFound:
    pass


@dataclass(frozen=True, slots=True)
class Reported:
    """The MIS has heard what became of the visit."""


HoldOutcome = Held | Taken | PatientConflict | Rejected | NotSent | Unknown
BookOutcome = (
    Booked
    | Taken
    | PatientConflict
    | NeedsReferral
    | AgeLimit
    | NotForPatient
    | HoldGone
    | Rejected
    | NotSent
    | Unknown
)
MoveOutcome = BookOutcome | Gone
FindOutcome = Found | Absent | Indeterminate
CancelOutcome = Cancelled | AlreadyCancelled | NotFound | Rejected | NotSent | Unknown
PatientOutcome = PatientRef | Ambiguous | NotSent | Unknown
ReportOutcome = Reported | Rejected | NotSent | Unknown


@dataclass(frozen=True, slots=True)
class BookRequest:
    """One visit to be written. `reference` is our own id (where `has_reference`); `hold` is `Held.ref`."""

    slot: RemoteSlot
    person: Person
    reference: str
    patient: PatientRef | None = None
    hold: str | None = None
    comment: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class BookingQuery:
    """All that may identify a visit whose answer was lost; an adapter uses what its MIS can search by."""

    slot: RemoteSlot
    reference: str
    ref: str | None = None
    person: Person | None = None


@dataclass(frozen=True, slots=True)
class RemoteVisit:
    """A visit of a patient as their card tells it; `minutes` None where it does not say how long it is."""

    ref: str
    resource: RemoteResource
    begin: WallTime
    minutes: int | None
    is_cancelled: bool = False


class ChangeKind(StrEnum):
    BOOKED = "booked"
    MOVED = "moved"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class RemoteChange:
    """A visit that the MIS made, moved or cancelled. `reference` is ours where the record carries it."""

    kind: ChangeKind
    ref: str
    resource: RemoteResource
    begin: WallTime
    minutes: int
    reference: str = ""
    room: str = ""


@dataclass(frozen=True, slots=True)
class ChangeBatch:
    """Changes after a cursor; `ack_token` goes to `ack` only after our commit."""

    changes: tuple[RemoteChange, ...]
    cursor: str
    ack_token: str | None = None


class MisGateway(Protocol):
    """What every adapter implements. Calls are synchronous, bounded in time and size, and thread-safe.

    Methods that a MIS lacks (see `capabilities`) are never called.
    """

    def capabilities(self) -> Capabilities: ...

    def directory(self) -> DirectorySnapshot: ...

    def free(self, window: Window, *, resource: RemoteResource | None = None) -> FreeTime: ...

    def ensure_patient(self, person: Person, *, location_id: str) -> PatientOutcome:
        """Find or make the person's card; a MIS may keep cards of its own for each branch."""
        ...

    def hold(self, slot: RemoteSlot) -> HoldOutcome: ...

    def book(self, request: BookRequest) -> BookOutcome: ...

    def find_booking(self, query: BookingQuery) -> FindOutcome: ...

    def move(self, ref: str, *, request: BookRequest, old: RemoteSlot | None) -> MoveOutcome:
        """Give the record of a visit another time; `Booked.ref` is its id from then on.

        `old` is where it must still stand, looked at just before: what others did to it first is not undone.
        None where an earlier call of ours may have moved it already, and only a repetition can tell.
        """
        ...

    def visits_of(self, patient: PatientRef, *, location_id: str) -> tuple[RemoteVisit, ...]:
        """Return the visits on a card that the MIS tells, at least those to come.

        Raises GatewayUnavailableError.
        """
        ...

    def cancel(self, ref: str, *, reason: str) -> CancelOutcome: ...

    def report(self, ref: str, *, end: VisitEnd, at: WallTime) -> ReportOutcome:
        """Tell what became of a visit and when; it may be told again after an answer that was lost."""
        ...

    def changes(self, cursor: str) -> ChangeBatch: ...

    def ack(self, token: str) -> None: ...
