"""The free time of a whole window: one question a schedule, or one a branch, as the profile says.

A doctor is named by the answer only where every schedule of his in that branch said something that can be
read: half of his schedules taken for all would take away time that is free. For the same reason nobody of a
branch is named while the schedules of a model may not be known yet. Reads of schedules may be
repeated, so that one lost answer of a thousand is asked again once; a second loss ends the whole reading.
"""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime

from feldsher.domain.directory.types import Completeness
from feldsher.domain.scheduling.ports import FreeTime, RemoteResource, TimeItem, TimeKind, Window
from feldsher.foundation.egress.client import LostError, NotSentError
from feldsher.integrations.mis.medialog import times
from feldsher.integrations.mis.medialog.messages import RefusedError
from feldsher.integrations.mis.medialog.profile import Profile
from feldsher.integrations.mis.medialog.schedules import Cell, DamagedError, Listing, Schedule, Schedules
from feldsher.kernel import clock


@dataclass(frozen=True, slots=True)
class _Told:
    """What came of one schedule: its cells, or why there is nothing to conclude."""

    schedule: Schedule
    cells: list[Cell] | None
    why: str = ""


def read_free(
    schedules: Schedules, profile: Profile, window: Window, *, resource: RemoteResource | None
) -> FreeTime:
    """Return the free time; raises NotSentError, LostError, RefusedError where nothing could be read."""
    as_of = clock.now()
    if resource is not None:
        clinic = resource.location_id
        unsure = _unsure(clinic, schedules.of_clinic(clinic)) if clinic in profile.clinics else ()
        asked = () if unsure else schedules.of(resource)
        told = [_ask(schedules, one, window, seconds=None) for one in asked]
        return _answer(as_of, told, profile, unsure)
    warnings: list[str] = []
    listed: dict[str, tuple[Schedule, ...]] = {}
    for clinic in profile.clinics:
        listing = schedules.of_clinic(clinic)
        unsure = _unsure(clinic, listing)
        listed[clinic] = () if unsure else listing.schedules
        warnings += unsure
        if not listing.schedules:
            warnings.append(f"the exchange names no schedules of clinic {clinic}: does the access fit?")
    if profile.slots_scope == "clinic":
        told = [
            item
            for clinic, known in listed.items()
            if known
            for item in _of_clinic(schedules, profile, clinic, known, window)
        ]
    else:
        told = _of_each(
            schedules, profile, window, [schedule for known in listed.values() for schedule in known]
        )
    return _answer(as_of, told, profile, tuple(warnings))


def _unsure(clinic: str, listing: Listing) -> tuple[str, ...]:
    """Tell of models whose schedules are not known yet: half of a doctor's day may lie in them."""
    return tuple(f"model {model} of clinic {clinic} lists no schedules yet" for model in listing.unsure)


def _of_each(schedules: Schedules, profile: Profile, window: Window, every: list[Schedule]) -> list[_Told]:
    """Ask schedule by schedule, several at a time; one connection is left to whoever books meanwhile."""
    pool = ThreadPoolExecutor(max(profile.connections - 1, 1), thread_name_prefix="medialog")
    try:
        return list(pool.map(lambda one: _ask(schedules, one, window, seconds=profile.bulk_timeout), every))
    finally:
        pool.shutdown(cancel_futures=True)


def _ask(schedules: Schedules, schedule: Schedule, window: Window, *, seconds: float | None) -> _Told:
    try:
        try:
            cells = schedules.free(schedule, window, seconds=seconds)
        except (LostError, NotSentError):
            cells = schedules.free(schedule, window, seconds=seconds)
    except RefusedError:
        return _Told(schedule, None, "was refused")
    except DamagedError as error:
        return _Told(schedule, None, f"can't be read: {error}")
    return _Told(schedule, cells, "" if cells is not None else "is empty")


def _of_clinic(
    schedules: Schedules, profile: Profile, clinic: str, known: Iterable[Schedule], window: Window
) -> list[_Told]:
    found = schedules.free_of_clinic(clinic, window, seconds=profile.bulk_timeout)
    return [
        _Told(
            schedule,
            found.get(schedule.id),
            "can't be read" if schedule.id in found and found[schedule.id] is None else "is empty",
        )
        for schedule in known
    ]


def _answer(as_of: datetime, told: list[_Told], profile: Profile, warnings: tuple[str, ...]) -> FreeTime:
    doubtful = {item.schedule.resource for item in told if item.cells is None}
    named = {item.schedule.resource: None for item in told if item.schedule.resource not in doubtful}
    items = tuple(
        _item(item.schedule, cell, profile)
        for item in told
        if item.schedule.resource in named
        for cell in item.cells or ()
    )
    broken = tuple(
        f"the schedule {item.schedule.id} in {item.schedule.clinic} {item.why}"
        for item in told
        if item.cells is None and item.why != "is empty"
    )
    if not named:
        completeness = Completeness.PARTIAL if broken else Completeness.SUSPICIOUS_EMPTY
    else:
        completeness = Completeness.PARTIAL if warnings else Completeness.FULL
    return FreeTime(as_of, completeness, tuple(named), items, (*warnings, *broken))


def _item(schedule: Schedule, cell: Cell, profile: Profile) -> TimeItem:
    """Each schedule is a room of its own, so that a visit never lies across two of them."""
    is_ticket = profile.slots == "tickets"
    return TimeItem(
        resource=schedule.resource,
        kind=TimeKind.FREE,
        begin=cell.begin,
        end=cell.end,
        room=schedule.id,
        ticket=f"{schedule.id}@{times.stamp(cell.begin)}" if is_ticket else "",
        step_minutes=None if is_ticket else cell.minutes,
    )


def schedule_of(ticket: str) -> str:
    """Return the PL_SUBJ_ID of a ticket."""
    return ticket.rpartition("@")[0]
