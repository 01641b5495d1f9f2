"""The schedule of 1С as free and busy stretches (contract §3.1, schedule payload).

Free stretches come whole: a day may be one of twelve hours. Free and busy time tile the working time; a busy
stretch with a kind of time is a break, one without is somebody's visit [guess, see Profile.busy_kinds].
A doctor whose entry can't be read in full isn't named by the answer at all: half of a day taken for the whole
would take away time that is free, or offer time that isn't.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from feldsher.domain.scheduling.ports import RemoteResource, RemoteSlot, TimeItem, TimeKind, Window
from feldsher.foundation.egress.client import LostError
from feldsher.integrations.mis.bit_umc import answers, times
from feldsher.integrations.mis.bit_umc.documents import Value, child, rows, text_of
from feldsher.integrations.mis.bit_umc.door import Door, Parameter
from feldsher.integrations.mis.bit_umc.profile import Profile
from feldsher.integrations.mis.xml import BadDocumentError
from feldsher.kernel import clock
from feldsher.kernel.clock import SECONDS_A_DAY, WallTime

ROOTS = ("ГрафикиДляСайта", "Ответ", "ГрафикДляСайта", "")


@dataclass(slots=True)
class Schedule:
    """What one answer says. `damaged` are entries that it has and that can't be read."""

    as_of: datetime
    resources: dict[RemoteResource, None] = field(default_factory=dict)
    items: list[TimeItem] = field(default_factory=list)
    damaged: set[RemoteResource] = field(default_factory=set)
    warnings: list[str] = field(default_factory=list)


def ask(
    door: Door,
    profile: Profile,
    window: Window,
    *,
    resource: RemoteResource | None = None,
    seconds: float | None = None,
) -> Schedule:
    """Read the schedule; `resource` None asks for everybody.

    Raises NotSentError, LostError, RefusedError; an empty answer is a schedule without resources.
    """
    values: dict[str, Parameter] = {"StartDate": window.first, "FinishDate": window.last}
    if resource is not None and profile.schedule == "GetSchedule20":
        values |= {"Clinic": resource.location_id, "Employees": resource.practitioner_id}
    if profile.format != profile.usual_format:
        values["Format"] = profile.format
    result = Schedule(clock.now())
    text = door.call(profile.schedule, values, seconds=seconds)
    root, tree = answers.document(text, limit=profile.max_bytes)
    try:
        read_schedule(root, tree, result, profile=profile)
    except BadDocumentError as error:
        raise LostError(f"{profile.schedule}: an answer that is {error}") from None
    if resource is not None:
        _keep_only(result, resource)
    return result


def _keep_only(result: Schedule, resource: RemoteResource) -> None:
    """Drop what wasn't asked for: GetSchedule ignores every filter."""
    result.resources = {key: None for key in result.resources if key == resource}
    result.items = [item for item in result.items if item.resource == resource]


def read_schedule(root: str, tree: Value, result: Schedule, *, profile: Profile) -> None:
    """Add what the document says to `result`; raises BadDocumentError for what isn't a schedule."""
    if root not in ROOTS:
        raise BadDocumentError("not a schedule")
    if root == "ГрафикДляСайта" or isinstance(tree, list):
        tree = {"ГрафикДляСайта": tree}
    strangers = 0
    for entry in rows(tree, "ГрафикДляСайта"):
        try:
            resource = _resource(entry)
        except BadDocumentError:
            strangers += 1
            continue
        try:
            items = list(_items(entry, resource, profile))
        except (BadDocumentError, ValueError):
            result.damaged.add(resource)
            continue
        result.resources[resource] = None
        result.items += items
        result.resources.update((item.resource, None) for item in items)
    if strangers:
        result.warnings.append(f"{strangers} schedules name no doctor or no clinic")
    _leave_out_damaged(result)


def _leave_out_damaged(result: Schedule) -> None:
    """Forget the damaged doctors also where another entry of theirs could be read."""
    for resource in sorted(result.damaged, key=lambda item: (item.practitioner_id, item.location_id)):
        result.resources.pop(resource, None)
        result.warnings.append(
            f"the schedule of doctor {resource.practitioner_id} in {resource.location_id} can't be read"
        )
    if result.damaged:
        result.items = [item for item in result.items if item.resource not in result.damaged]


def _resource(entry: Value) -> RemoteResource:
    doctor, clinic = text_of(entry, "СотрудникID"), text_of(entry, "Клиника")
    if not doctor or not clinic:
        raise BadDocumentError("a schedule of nobody")
    return RemoteResource(doctor, clinic)


def _items(entry: Value, resource: RemoteResource, profile: Profile) -> Iterator[TimeItem]:
    """Yield the stretches; with OnlyFreeTime the level ПериодыГрафика is missing and all are free."""
    usual = times.minutes_of(text_of(entry, "ДлительностьПриема"))
    periods = child(entry, "ПериодыГрафика")
    free = [*rows(child(periods, "СвободноеВремя"), "ПериодГрафика"), *rows(entry, "ПериодГрафика")]
    busy = rows(child(periods, "ЗанятоеВремя"), "ПериодГрафика")
    for period in free:
        yield _item(period, resource, kind=TimeKind.FREE, usual=usual)
    for period in busy:
        kind = text_of(period, "ВидВремени")
        is_visit = not kind or kind.lower() in profile.busy_kinds
        yield _item(period, resource, kind=TimeKind.BUSY if is_visit else TimeKind.BREAK, usual=usual)


def _item(period: Value, resource: RemoteResource, *, kind: TimeKind, usual: int | None) -> TimeItem:
    clinic = text_of(period, "Клиника") or resource.location_id
    day = text_of(period, "Дата")
    return TimeItem(
        resource=RemoteResource(resource.practitioner_id, clinic),
        kind=kind,
        begin=_wall(text_of(period, "ВремяНачала"), day, is_end=False),
        end=_wall(text_of(period, "ВремяОкончания"), day, is_end=True),
        usual_minutes=usual,
    )


def _wall(text: str, day: str, *, is_end: bool) -> WallTime:
    """Read a wall time; one of the year 1 is a time of the period's own day, where an end 00:00 is 24:00."""
    told = times.wall(text)
    if told.day.year > 1:
        return told
    seconds = SECONDS_A_DAY if is_end and told.seconds == 0 else told.seconds
    return WallTime(times.wall(day).day, seconds, text)


def position(time: WallTime) -> int:
    """Return seconds on an endless clock face, so that wall times can be compared across midnight."""
    return time.day.toordinal() * SECONDS_A_DAY + time.seconds


def is_free(items: list[TimeItem], slot: RemoteSlot) -> bool:
    """Say whether free stretches, joined where they touch, hold the whole visit."""
    reached = position(slot.begin)
    end = reached + slot.minutes * 60
    free = sorted((position(item.begin), position(item.end)) for item in items if item.kind is TimeKind.FREE)
    for begin, finish in free:
        if begin <= reached < finish:
            reached = finish
    return reached >= end


def others_in(items: list[TimeItem], slot: RemoteSlot) -> bool:
    """Say whether anything but what begins exactly with the visit lies in its time."""
    start = position(slot.begin)
    end = start + slot.minutes * 60
    return any(
        position(item.begin) < end and start < position(item.end) and position(item.begin) != start
        for item in items
        if item.kind is not TimeKind.FREE
    )


def day_of(slot: RemoteSlot) -> Window:
    """Return the days that the visit touches."""
    return Window(slot.begin.day, slot.begin.plus(slot.minutes * 60 - 1).day)
