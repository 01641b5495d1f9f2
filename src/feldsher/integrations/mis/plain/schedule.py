"""Free and busy time, the zones that the system names, and its feed of changes."""

import logging
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from feldsher.domain.directory.types import Completeness
from feldsher.domain.scheduling.ports import (
    ChangeBatch,
    ChangeKind,
    FreeTime,
    RemoteChange,
    RemoteOffset,
    RemoteResource,
    TimeItem,
    TimeKind,
    Window,
)
from feldsher.integrations.mis.plain import wire
from feldsher.integrations.mis.plain.door import Door
from feldsher.integrations.mis.plain.wire import BadAnswerError, Row
from feldsher.kernel import clock

MOST_SCHEDULES = 50_000
MOST_STRETCHES = 10_000
MOST_CHANGES = 1000
MOST_WARNINGS = 20
_ZONE = re.compile(r"[A-Za-z0-9_+/-]{1,40}")
_STATE = re.compile("booked|cancelled")
_NOON = time(12)
_log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Draft:
    resources: dict[RemoteResource, list[TimeItem]] = field(default_factory=dict)
    zones: dict[str, ZoneInfo] = field(default_factory=dict)
    damaged: set[RemoteResource] = field(default_factory=set)
    strangers: int = 0


def ask(door: Door, window: Window, *, resource: RemoteResource | None, seconds: float | None) -> FreeTime:
    """Read the time of one doctor in one branch, or of everybody; raises as Door.get, and BadAnswerError.

    A schedule that can't be read whole, or that comes twice, is not named, so that nothing changes for it.
    """
    query = {"from": window.first.isoformat(), "to": window.last.isoformat()}
    if resource is not None:
        query |= {"doctor": resource.practitioner_id, "branch": resource.location_id}
    as_of = clock.now()
    told = door.get("/free", query, seconds=seconds)
    return read_free(told, window, as_of=as_of, resource=resource)


def read_free(told: Row, window: Window, *, as_of: datetime, resource: RemoteResource | None) -> FreeTime:
    is_complete, draft = wire.truth(told, "complete"), _Draft()
    for entry in wire.listed(told, "schedules", most=MOST_SCHEDULES):
        _add(draft, entry, resource)
    for damaged in draft.damaged:
        draft.resources.pop(damaged, None)
    completeness = Completeness.FULL if is_complete else Completeness.PARTIAL
    if is_complete and not draft.resources:
        completeness = Completeness.SUSPICIOUS_EMPTY
    return FreeTime(
        as_of=as_of,
        completeness=completeness,
        resources=tuple(draft.resources),
        items=tuple(item for items in draft.resources.values() for item in items),
        warnings=tuple(_warnings(draft)),
        offsets=tuple(_offsets(draft.zones, window)),
    )


def _offsets(zones: Mapping[str, ZoneInfo], window: Window) -> Iterator[RemoteOffset]:
    """Yield what the branches' zones come to on the first and last day: names may differ and clocks agree."""
    for branch, zone in zones.items():
        for day in sorted({window.first, window.last}):
            offset = datetime.combine(day, _NOON, zone).utcoffset() or timedelta()
            yield RemoteOffset(branch, day, int(offset.total_seconds() // 60))


def _add(draft: _Draft, entry: Any, wanted: RemoteResource | None) -> None:
    try:
        row = wire.as_row(entry, "a schedule")
        found = RemoteResource(wire.identifier(row, "doctor"), wire.identifier(row, "branch"))
    except BadAnswerError:
        draft.strangers += 1
        return
    if wanted is not None and found != wanted:
        draft.strangers += 1
        return
    if found in draft.resources:
        draft.damaged.add(found)
        return
    try:
        zone = _zone(wire.matching(row, "zone", _ZONE))
        draft.resources[found] = list(_items(row, found))
    except BadAnswerError:
        draft.damaged.add(found)
        return
    if draft.zones.setdefault(found.location_id, zone) != zone:
        draft.damaged.add(found)


def _items(row: Row, resource: RemoteResource) -> Iterator[TimeItem]:
    step, usual = wire.minutes_or_none(row, "step"), wire.minutes_or_none(row, "usual_minutes")
    for name, kind in (("free", TimeKind.FREE), ("busy", TimeKind.BUSY)):
        for stretch in wire.listed(row, name, most=MOST_STRETCHES):
            part = wire.as_row(stretch, "a stretch")
            begin, end = wire.moment(part, "begin"), wire.moment(part, "end")
            if begin >= end:
                raise BadAnswerError("a stretch that ends before it begins")
            yield TimeItem(resource, kind, begin, end, step_minutes=step, usual_minutes=usual)


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def _zone(name: str) -> ZoneInfo:
    if name not in _zones():
        raise BadAnswerError("a zone that the database of zones does not know")
    return ZoneInfo(name)


def _warnings(draft: _Draft) -> Iterator[str]:
    if draft.strangers:
        yield f"{draft.strangers} schedules name no doctor or branch, or one that was not asked for"
    damaged = sorted((one.practitioner_id, one.location_id) for one in draft.damaged)
    for doctor, branch in damaged[:MOST_WARNINGS]:
        yield f"the schedule of doctor {doctor} in {branch} can't be read, or came twice"
    if len(damaged) > MOST_WARNINGS:
        yield f"and {len(damaged) - MOST_WARNINGS} schedules more"


def ask_changes(door: Door, cursor: str) -> ChangeBatch:
    """Read what changed after a cursor; an empty one starts now. Raises as Door.get, and BadAnswerError."""
    told = door.get("/changes", {"after": cursor} if cursor else None)
    found = []
    for entry in wire.listed(told, "changes", most=MOST_CHANGES):
        try:
            found.append(_change(entry))
        except BadAnswerError as error:
            _log.error("a change that can't be read is left out: %s", error)
    return ChangeBatch(tuple(found), wire.identifier(told, "cursor"))


def _change(entry: Any) -> RemoteChange:
    """Read one visit as it stands now.

    MOVED, not BOOKED: applied to a visit that stands so already it changes nothing, and to any other it
    brings the time along. A visit of the clinic's own has an id of theirs, which no reference looks like.
    """
    row = wire.as_row(entry, "a change")
    own, reference = wire.identifier(row, "id"), wire.optional(row, "reference", wire.REFERENCE)
    state = wire.matching(row, "state", _STATE)
    return RemoteChange(
        kind=ChangeKind.CANCELLED if state == "cancelled" else ChangeKind.MOVED,
        ref=reference or f"id:{own}",
        resource=RemoteResource(wire.identifier(row, "doctor"), wire.identifier(row, "branch")),
        begin=wire.moment(row, "begin"),
        minutes=wire.minutes(row, "minutes"),
        reference=reference or "",
    )
