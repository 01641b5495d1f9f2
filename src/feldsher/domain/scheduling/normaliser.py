"""Turns what a MIS calls "free" into the rows of Availability, and can explain whatever it left out.

Pure: facts in, rows out. Each MIS means something else by "free" (`SlotSemantics`): breaks or bookings may
still be inside, cells may have their own step, tickets are atomic. Here all become instants, cut at UTC
midnight. A UTC day is replaced only if the asked window covers all of it that is still to come; a day that
the window cuts is left to the next, longer answer.
"""

import hashlib
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from uuid import NAMESPACE_OID, UUID, uuid5
from zoneinfo import ZoneInfo

from feldsher.domain.directory.types import Completeness
from feldsher.domain.scheduling.ports import (
    FreeTime,
    RemoteResource,
    SlotSemantics,
    SlotShape,
    TimeItem,
    TimeKind,
    Window,
)
from feldsher.kernel import clock
from feldsher.kernel.intervals import Interval, clip, subtract, union

NO_ROOM = UUID(int=0)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a remote resource is in our directory."""

    practitioner_id: UUID
    location_id: UUID
    zone: str


@dataclass(frozen=True, slots=True, order=True)
class DayKey:
    """The key of an Availability row."""

    practitioner_id: UUID
    day: date
    location_id: UUID
    room: UUID


@dataclass(frozen=True, slots=True)
class Ticket:
    id: str
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class DayRow:
    """One Availability row. `work` is not cut at midnight: starts are counted from where it begins.

    `wall` is the MIS's own spelling of every stretch or ticket that made it.
    """

    free: tuple[Interval, ...]
    busy: tuple[Interval, ...]
    work: tuple[Interval, ...]
    tickets: tuple[Ticket, ...]
    step_minutes: int | None
    wall: tuple[str, ...]

    def digest(self) -> bytes:
        """Return a digest of all that the row says; two rows are equal when it is."""
        state = hashlib.blake2b(digest_size=16)
        state.update(str(self.step_minutes).encode())
        for item in self.free:
            state.update(b"f%d,%d" % (item.start.timestamp(), item.end.timestamp()))
        for item in self.busy:
            state.update(b"b%d,%d" % (item.start.timestamp(), item.end.timestamp()))
        for item in self.work:
            state.update(b"w%d,%d" % (item.start.timestamp(), item.end.timestamp()))
        for ticket in self.tickets:
            state.update(b"t%d,%d" % (ticket.start.timestamp(), ticket.end.timestamp()))
            state.update(ticket.id.encode() + b"\0")
        for text in self.wall:
            state.update(b"\0" + text.encode())
        return state.digest()


@dataclass(frozen=True, slots=True)
class Exclusion:
    """A stretch that the MIS sent and that is not offered, with a stable reason; `day` is of its calendar."""

    resource: RemoteResource
    day: date
    begin: str
    end: str
    reason: str


@dataclass(slots=True)
class Normalised:
    """The answer: rows to be, the days they speak for, and what was left out.

    `covered` lists (practitioner, location) with the first and last UTC day that may be replaced, absent rows
    included; it is empty unless the answer was complete. `alarms` are what staff must correct.
    """

    rows: dict[DayKey, DayRow] = field(default_factory=dict)
    covered: dict[tuple[UUID, UUID], tuple[date, date]] = field(default_factory=dict)
    usual: dict[tuple[UUID, UUID], int] = field(default_factory=dict)
    excluded: list[Exclusion] = field(default_factory=list)
    alarms: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Piece:
    free: list[Interval] = field(default_factory=list)
    holes: list[Interval] = field(default_factory=list)
    busy: list[Interval] = field(default_factory=list)
    tickets: list[Ticket] = field(default_factory=list)
    wall: list[tuple[datetime, str]] = field(default_factory=list)
    cells: list[tuple[Interval, int]] = field(default_factory=list)


def normalise(
    answer: FreeTime,
    *,
    window: Window,
    semantics: SlotSemantics,
    places: Mapping[RemoteResource, Place],
    now: datetime,
    stopped: Collection[str] = (),
) -> Normalised:
    """Return the rows for `window` (days of the wall calendar, both included) as known at `now` (UTC).

    `stopped` are remote branches whose wall clock can't be trusted: they have no place.
    """
    result = Normalised()
    pieces: dict[tuple[Place, str], _Piece] = defaultdict(_Piece)
    for item in answer.items:
        place = places.get(item.resource)
        if place is None:
            is_stopped = item.resource.location_id in stopped
            _leave_out(result, item, "zone_mismatch" if is_stopped else "unknown_resource")
            continue
        if item.usual_minutes:
            result.usual[place.practitioner_id, place.location_id] = item.usual_minutes
        _sort_in(result, pieces[place, item.room], item, semantics=semantics, zone=place.zone)
    complete = answer.completeness is Completeness.FULL
    for resource in answer.resources:
        place = places.get(resource)
        if place is not None and complete:
            days = covered_days(window, zone=place.zone, now=now)
            if days is not None:
                result.covered[place.practitioner_id, place.location_id] = days
    for (place, room), piece in pieces.items():
        days = result.covered.get((place.practitioner_id, place.location_id))
        if days is not None:
            _cut_into_days(result, piece, place=place, room=room, days=days)
    return result


def room_id(location_id: UUID, room: str) -> UUID:
    """Return our id of a MIS's room; rooms of two branches never clash."""
    return uuid5(NAMESPACE_OID, f"room {location_id} {room}") if room else NO_ROOM


def _leave_out(result: Normalised, item: TimeItem, reason: str) -> None:
    result.excluded.append(Exclusion(item.resource, item.begin.day, item.begin.iso(), item.end.iso(), reason))


def _sort_in(
    result: Normalised, piece: _Piece, item: TimeItem, *, semantics: SlotSemantics, zone: str
) -> None:
    info = ZoneInfo(zone)
    try:
        start, end = item.begin.at(info), item.end.at(info)
    except ValueError:  # 1С writes the year 1 for "no date"
        _leave_out(result, item, "no_instant")
        return
    if start >= end:
        _leave_out(result, item, "empty_stretch")
        return
    if item.kind is not TimeKind.FREE:
        inside = not (semantics.breaks_removed if item.kind is TimeKind.BREAK else semantics.bookings_removed)
        if inside:
            piece.holes.append(Interval(start, end))
        if item.kind is TimeKind.BUSY:
            piece.busy.append(Interval(start, end))
        _leave_out(result, item, item.kind.value)
        return
    piece.wall.append((start, f"{item.begin.text or item.begin.iso()}/{item.end.text or item.end.iso()}"))
    if semantics.shape is SlotShape.TICKET:
        piece.tickets.append(Ticket(item.ticket, start, end))
    else:
        piece.free.append(Interval(start, end))
        if semantics.shape is SlotShape.GRID and item.step_minutes:
            piece.cells.append((Interval(start, end), item.step_minutes))


def covered_days(window: Window, *, zone: str, now: datetime) -> tuple[date, date] | None:
    """Return the first and last UTC day that the window covers, as far as they are still to come."""
    start = clock.day_bounds(window.first, ZoneInfo(zone))[0]
    end = clock.day_bounds(window.last, ZoneInfo(zone))[1]
    first = start.date()
    if max(_midnight(first), now) < start:
        first += timedelta(days=1)
    last = end.date() - timedelta(days=1)
    return (first, last) if first <= last else None


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def _cut_into_days(
    result: Normalised, piece: _Piece, *, place: Place, room: str, days: tuple[date, date]
) -> None:
    free = subtract(piece.free, piece.holes)
    busy = union(piece.busy)
    work = union([*piece.free, *piece.busy])
    taken = union(piece.holes)
    tickets = sorted(
        (item for item in piece.tickets if not clip(taken, Interval(item.start, item.end))),
        key=lambda item: (item.start, item.id),
    )
    day = days[0]
    while day <= days[1]:
        whole = Interval(_midnight(day), _midnight(day + timedelta(days=1)))
        of_day = tuple(item for item in tickets if whole.start <= item.start < whole.end)
        stretches = clip(free, whole)
        visits = clip(busy, whole)
        whole_work = tuple(item for item in work if item.overlaps(whole))
        if stretches or of_day or visits:
            key = DayKey(place.practitioner_id, day, place.location_id, room_id(place.location_id, room))
            step = max((step for cell, step in piece.cells if cell.overlaps(whole)), default=None)
            wall = tuple(text for start, text in sorted(piece.wall) if whole.start <= start < whole.end)
            result.rows[key] = DayRow(stretches, visits, whole_work, of_day, step, wall)
        day += timedelta(days=1)
