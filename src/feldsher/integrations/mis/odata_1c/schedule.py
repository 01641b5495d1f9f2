"""Free and taken time out of the tables of time that the mapping names.

Working time less visits, or cells with a state: each row says by the mapping what it means, and what no list
names is taken. A doctor one of whose rows can't be read isn't named by the answer at all.

An empty table is no evidence that nobody is booked: a reading of everybody in which a table brings no row
changes nothing, unless the mapping says that it may be empty. The same where taken time is of nobody who
works: the mapping then takes it from another catalogue than the shifts.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta

from feldsher.domain.directory.types import Completeness
from feldsher.domain.scheduling.ports import FreeTime, RemoteResource, TimeItem, TimeKind, Window
from feldsher.integrations.mis.odata_1c import values
from feldsher.integrations.mis.odata_1c.mapping import Meaning, TimeTable, canonical
from feldsher.integrations.mis.odata_1c.odata import Deadline, OData, literal, steadily
from feldsher.integrations.mis.odata_1c.profile import Profile
from feldsher.integrations.mis.odata_1c.values import GUID
from feldsher.integrations.mis.plain.wire import BadAnswerError, Row
from feldsher.kernel import clock

MOST_WARNINGS = 20
_DAY = timedelta(days=1)
_NO_DATE = "datetime'0001-01-01T00:00:00'"


@dataclass(slots=True)
class _Draft:
    resources: dict[RemoteResource, list[TimeItem]] = field(default_factory=dict)
    damaged: dict[RemoteResource, str] = field(default_factory=dict)
    strangers: int = 0
    doubts: list[str] = field(default_factory=list)


def read_free(
    odata: OData, profile: Profile, window: Window, *, resource: RemoteResource | None, seconds: float
) -> FreeTime:
    """Read the time of one doctor in one branch, or of everybody, within `seconds`; raises as OData.rows."""
    as_of, deadline = clock.now(), Deadline(seconds)
    draft = steadily(lambda: _drafted(odata, profile, profile.time, window, resource, deadline))
    return _answer(as_of, draft)


def read_places(
    odata: OData, profile: Profile, window: Window, deadline: Deadline
) -> tuple[set[RemoteResource], list[str]]:
    """Return who works where in these days, and why that may not be all; raises as OData.rows."""
    sources = tuple(one for one in profile.time if one.may_be_free)
    draft = steadily(lambda: _drafted(odata, profile, sources, window, None, deadline))
    return {*draft.resources, *draft.damaged}, draft.doubts


def _drafted(
    odata: OData,
    profile: Profile,
    sources: tuple[TimeTable, ...],
    window: Window,
    wanted: RemoteResource | None,
    deadline: Deadline,
) -> _Draft:
    draft = _Draft()
    told: list[tuple[str, set[RemoteResource]]] = []
    working: set[RemoteResource] = set()
    for source in sources:
        condition, fields = _condition(source, window, wanted), _fields(source)
        rows = odata.rows(source.table, deadline, fields=fields, condition=condition)
        found = {one for row in rows if (one := _add(draft, row, source, profile, window, wanted))}
        if source.may_be_free:
            working |= found
        elif found:
            told.append((source.table.entity, found))
        if not found and not source.may_be_empty and (wanted is None or source.may_be_free):
            draft.doubts.append(f"{source.table.entity} has no row in these days")
    draft.doubts += [
        f"{entity} names nobody who works in these days"
        for entity, found in told
        if working and not found & working
    ]
    return draft


def _fields(source: TimeTable) -> frozenset[str]:
    by_meaning = {name for values_by in source.meanings.values() for name in values_by}
    return frozenset({*source.table.fields.values(), *by_meaning})


def _condition(source: TimeTable, window: Window, wanted: RemoteResource | None) -> str:
    """Ask for the rows of the days that are read, and of one doctor where one is wanted.

    A reference that may be of several types (a field without `_Key`) can't be compared with a guid: whose row
    it is, is then seen here alone.
    """
    fields, told = source.table.fields, _in_days(source, window)
    if wanted is not None:
        ids = {"doctor": wanted.practitioner_id, "branch": wanted.location_id}
        told += [
            f"{fields[word]} eq {literal(value)}"
            for word, value in ids.items()
            if word in fields and (fields[word].endswith("_Key") or not GUID.fullmatch(value))
        ]
    return " and ".join(told)


def _in_days(source: TimeTable, window: Window) -> list[str]:
    """Ask for whatever lies in the window, however long before it began.

    Where the end is no moment of the row's own, a row is shorter than a day, and begins on the eve at the
    earliest. An end that can't be right (none, or one before a begin in these days) is asked for, too: what
    is not read is sold.
    """
    fields = source.table.fields
    first, after = _midnight(window.first), _midnight(window.last + _DAY)
    if "day" in fields or "end" not in fields:
        when = fields.get("day", fields["begin"])
        return [f"{when} ge {_midnight(window.first - _DAY)}", f"{when} lt {after}"]
    begin, end = fields["begin"], fields["end"]
    return [f"{begin} lt {after}", f"({end} gt {first} or {begin} ge {first} or {end} eq {_NO_DATE})"]


def _midnight(day: date) -> str:
    return f"datetime'{datetime.combine(day, time()).isoformat()}'"


def _add(
    draft: _Draft,
    row: Row,
    source: TimeTable,
    profile: Profile,
    window: Window,
    wanted: RemoteResource | None,
) -> RemoteResource | None:
    """Add what a row says, and return of whom it says something that lies in the window."""
    meaning = _meaning(source, row)
    if meaning is None:
        return None
    try:
        found = _resource(source, row, profile)
    except BadAnswerError:
        draft.strangers += 1
        return None
    if wanted is not None and wanted != found:
        return None
    try:
        item = _item(source, row, found, meaning)
    except BadAnswerError as error:
        draft.damaged.setdefault(found, f"{source.table.entity}: {error}")
        return None
    if item.end.plus(-1).day < window.first or window.last < item.begin.day:
        return None
    _append(draft.resources.setdefault(found, []), item)
    return found


def _append(items: list[TimeItem], item: TimeItem) -> None:
    """Add an item; cells of one sort that follow each other become one stretch, with their step."""
    last = items[-1] if items else None
    if (
        last is not None
        and (last.end, last.kind, last.step_minutes) == (item.begin, item.kind, item.step_minutes)
        and last.kind is not TimeKind.BUSY
    ):
        items[-1] = replace(last, end=item.end)
    else:
        items.append(item)


def _meaning(source: TimeTable, row: Row) -> Meaning:
    for meaning, lists in source.meanings.items():
        if any(canonical(row.get(name)) in told for name, told in lists.items()):
            return meaning
    return source.otherwise


def _resource(source: TimeTable, row: Row, profile: Profile) -> RemoteResource:
    fields = source.table.fields
    doctor = values.reference(row, fields["doctor"])
    branch = profile.only_branch or values.reference(row, fields["branch"])
    if not doctor or not branch:
        raise BadAnswerError("nobody's time")
    return RemoteResource(doctor, branch)


def _item(source: TimeTable, row: Row, resource: RemoteResource, kind: TimeKind) -> TimeItem:
    fields = source.table.fields
    day = fields.get("day")
    begin = values.moment(row, fields["begin"], day=day)
    if "end" in fields:
        end = values.moment(row, fields["end"], day=day, is_end=True)
    else:
        length = source.minutes or values.minutes(row, fields["minutes"])
        if length is None:
            raise BadAnswerError(f"{fields['minutes']} is empty")
        end = begin.plus(length * 60)
    if begin >= end:
        raise BadAnswerError("a row that ends before it begins")
    step = _between(begin, end) if source.cells and kind is TimeKind.FREE else None
    return TimeItem(resource, kind, begin, end, step_minutes=step)


def _between(begin: clock.WallTime, end: clock.WallTime) -> int:
    """Return the minutes of a cell."""
    return (end.day - begin.day).days * 1440 + (end.seconds - begin.seconds) // 60


def _answer(as_of: datetime, draft: _Draft) -> FreeTime:
    named = {one: items for one, items in draft.resources.items() if one not in draft.damaged}
    is_doubtful = bool(draft.doubts) or not named
    return FreeTime(
        as_of=as_of,
        completeness=Completeness.SUSPICIOUS_EMPTY if is_doubtful else Completeness.FULL,
        resources=() if is_doubtful else tuple(named),
        items=() if is_doubtful else tuple(item for items in named.values() for item in items),
        warnings=tuple(_warnings(draft)),
    )


def _warnings(draft: _Draft) -> Iterator[str]:
    for doubt in draft.doubts:
        yield f"{doubt}: does the mapping fit?"
    if draft.strangers:
        yield f"{draft.strangers} rows of time name no doctor or no branch"
    damaged = sorted((one.practitioner_id, one.location_id, why) for one, why in draft.damaged.items())
    for doctor, branch, why in damaged[:MOST_WARNINGS]:
        yield f"the time of doctor {doctor} in {branch} can't be read: {why}"
    if len(damaged) > MOST_WARNINGS:
        yield f"and the time of {len(damaged) - MOST_WARNINGS} doctors more"
