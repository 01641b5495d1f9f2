"""Free time: working intervals, and the grid that is cut inside of them by our step (contract §1.4).

Two operations are asked and must agree. `DOCT_SCHEDULE_FREE` tells who works when, where the visit takes
place (ONLINEMODE) and the branch's TIMEZONE; `SCHEDULE` tells what of it is free. A doctor whose interval has
no grid, or whose rows can't be read, is not named by the answer at all: half of a day taken for the whole
would take away time that is free. SCHEDIDENT changes with every day, so it is never kept: whoever books asks
anew.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from feldsher.domain.scheduling.ports import RemoteResource, RemoteSlot, TimeItem, TimeKind, Window
from feldsher.foundation.egress.client import LostError
from feldsher.integrations.mis.infoclinica import times
from feldsher.integrations.mis.infoclinica.door import SCHEDULE, Door
from feldsher.integrations.mis.infoclinica.envelope import (
    BLOCKING,
    Check,
    Element,
    checks,
    children,
    text,
    texts,
)
from feldsher.integrations.mis.infoclinica.profile import Profile, is_id
from feldsher.kernel import clock
from feldsher.kernel.clock import WallTime

ONLINE_ONLY = frozenset({2, 3})
_EASTMOST = timedelta(hours=14)


@dataclass(frozen=True, slots=True)
class Stint:
    """A working interval of a doctor in a branch. `mode` is ONLINEMODE, `offset` TIMEZONE."""

    ident: str
    doctor: str
    begin: WallTime
    end: WallTime
    mode: int
    offset: int | None


@dataclass(frozen=True, slots=True)
class Cell:
    """A stretch of the grid, one cell or several alike.

    `block` is the CHECKDATA that closes it, to all or to the patient asked for.
    """

    ident: str
    doctor: str
    begin: WallTime
    end: WallTime
    is_free: bool
    block: Check | None


@dataclass(slots=True)
class Schedule:
    """What a branch says. `damaged` are doctors of whom something came that can't be read."""

    branch: str
    stints: list[Stint] = field(default_factory=list)
    cells: list[Cell] = field(default_factory=list)
    damaged: set[str] = field(default_factory=set)
    warnings: list[str] = field(default_factory=list)

    def lose(self, doctor: str, why: str) -> None:
        if doctor not in self.damaged:
            self.damaged.add(doctor)
            self.warnings.append(f"the schedule of doctor {doctor} in branch {self.branch}: {why}")


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of a branch: everybody's time or one doctor's, for anybody or for one patient (PCODE)."""

    branch: str
    window: Window
    doctor: str = ""
    patient: str = ""


def ask(door: Door, question: Question, *, seconds: float | None = None) -> Schedule:
    """Read a branch's schedule; raises NotSentError, LostError, RefusedError."""
    found = Schedule(question.branch)
    _ask_stints(door, question, found, seconds=seconds)
    doctors = sorted({stint.doctor for stint in found.stints} - found.damaged)
    size = door.profile.doctors_at_once
    for first in range(0, len(doctors), size):
        _ask_grid(door, question, doctors[first : first + size], found, seconds=seconds)
    _miss(found)
    return found


def _ask_stints(door: Door, question: Question, found: Schedule, *, seconds: float | None) -> None:
    values = [("FILIALLIST", question.branch)]
    if question.doctor:
        values.append(("DOCTLIST", question.doctor))
    values += _days(question.window)
    out = door.call("DOCT_SCHEDULE_FREE", values, branch=question.branch, seconds=seconds)
    strangers = 0
    for row in children(out.element, "SCHINTERVAL"):
        doctor = text(row, "DCODE")
        _same_branch(text(row, "FILIAL"), question.branch)
        if not is_id(doctor):
            strangers += 1
            continue
        if question.doctor not in {"", doctor}:
            continue
        try:
            found.stints.append(_stint(row, doctor, question.window))
        except ValueError as error:
            found.lose(doctor, f"an interval with {error}")
    if strangers:
        found.warnings.append(f"branch {question.branch}: {strangers} intervals name no doctor")


def _stint(row: Element, doctor: str, window: Window) -> Stint:
    told = texts(row)
    day = _day_within(told.get("WDATE", ""), window)
    ident, mode = told.get("SCHEDIDENT", ""), told.get("ONLINEMODE") or "0"
    begin = times.wall(day, told.get("BEGHOUR", ""), told.get("BEGMIN", ""))
    end = times.wall(day, told.get("ENDHOUR", ""), told.get("ENDMIN", ""))
    if not is_id(ident) or not is_id(mode):
        raise ValueError("no SCHEDIDENT or no ONLINEMODE")
    if begin >= end:
        raise ValueError("an end before its begin")
    return Stint(ident, doctor, begin, end, int(mode), times.offset(told.get("TIMEZONE", "")))


def _ask_grid(
    door: Door, question: Question, doctors: Sequence[str], found: Schedule, *, seconds: float | None
) -> None:
    one = len(doctors) == 1
    values = [("DCODEIN" if one else "INDOCTLIST", ",".join(doctors)), *_days(question.window)]
    values.append(("EXTINTERV", str(door.profile.step_minutes)))
    if question.patient:
        values.append(("PCODE", question.patient))
    out = door.call(SCHEDULE, values, branch=question.branch, seconds=seconds)
    if not question.patient and _block(out.element) is not None:
        raise LostError("SCHEDULE: an answer that closes all that it tells")
    for department in children(out.element, "DEP"):
        for row in children(department, "DOCT"):
            doctor = text(row, "DCODE")
            if doctor not in doctors:
                continue
            above = _block(out.element, department, row)
            try:
                found.cells += _cells(row, doctor, question.window, door.profile, above)
            except ValueError as error:
                found.lose(doctor, f"a grid with {error}")


def _cells(
    row: Element, doctor: str, window: Window, profile: Profile, above: Check | None
) -> Iterator[Cell]:
    for date_row in children(row, "WRDATE"):
        day = _day_within(text(date_row, "WDATE"), window)
        for part in children(date_row, "SCHEDINT"):
            ident = text(part, "SCHEDIDENT")
            if not is_id(ident):
                raise ValueError("no SCHEDIDENT")
            block = above or _block(date_row, part)
            yield from _joined(
                [
                    _cell(cell, ident, doctor, day, profile.free_types, block)
                    for cell in children(part, "INTERVAL")
                ]
            )


def _cell(
    cell: Element, ident: str, doctor: str, day: date, free_types: tuple[int, ...], block: Check | None
) -> Cell:
    told = texts(cell)
    begin = times.wall(day, told.get("BHOUR", ""), told.get("BMIN", ""))
    end = times.wall(day, told.get("FHOUR", ""), told.get("FMIN", ""))
    kind = told.get("FREETYPE", "")
    if not is_id(kind.removeprefix("-")):
        raise ValueError("no FREETYPE")
    if begin >= end:
        raise ValueError("an end before its begin")
    own = _block(cell) if "CHECKDATA" in told else None
    return Cell(ident, doctor, begin, end, int(kind) in free_types, block or own)


def _block(*levels: Element) -> Check | None:
    """Return the first CHECKDATA of these levels that forbids to book."""
    return next((check for level in levels for check in checks(level) if check.code == BLOCKING), None)


def _miss(found: Schedule) -> None:
    """Doubt whoever works by the one operation and is missing in the other; the past may be left out."""
    today = (clock.now() + _EASTMOST).date()
    seen = {(cell.doctor, cell.ident) for cell in found.cells}
    for stint in found.stints:
        if stint.begin.day > today and (stint.doctor, stint.ident) not in seen:
            found.lose(stint.doctor, "an interval without a grid")


def items(found: Schedule, profile: Profile) -> Iterator[TimeItem]:
    """Yield the stretches of all who are not damaged.

    What isn't free is taken: what a FREETYPE means beyond "free" nobody documents. Free time of another place
    of the visit (ONLINEMODE), or behind a CHECKCODE 2, is a break.
    """
    offered = {(stint.doctor, stint.ident) for stint in found.stints if stint.mode in profile.online_modes}
    blocked: set[str] = set()
    for cell in found.cells:
        if cell.doctor in found.damaged:
            continue
        kind = TimeKind.BUSY
        if cell.is_free:
            is_open = cell.block is None and (cell.doctor, cell.ident) in offered
            kind = TimeKind.FREE if is_open else TimeKind.BREAK
            if cell.block is not None:
                blocked.add(cell.doctor)
        resource = RemoteResource(cell.doctor, found.branch)
        yield TimeItem(resource, kind, cell.begin, cell.end, step_minutes=profile.step_minutes)
    found.warnings += [
        f"doctor {doctor} in branch {found.branch} has free time that CHECKCODE 2 closes to everybody"
        for doctor in sorted(blocked)
    ]


def _joined(cells: list[Cell]) -> Iterator[Cell]:
    """Join the cells of one interval where they touch and are alike: a month has a hundred times fewer."""
    if not cells:
        return
    cells.sort(key=lambda cell: (cell.begin, cell.end))
    current = cells[0]
    for cell in cells[1:]:
        is_alike = (cell.is_free, cell.block) == (current.is_free, current.block)
        if is_alike and cell.begin == current.end:
            current = replace(current, end=cell.end)
        else:
            yield current
            current = cell
    yield current


def named(found: Schedule) -> set[RemoteResource]:
    """Return of whom the answer speaks in full."""
    return {
        RemoteResource(doctor, found.branch)
        for doctor in {cell.doctor for cell in found.cells} - found.damaged
    }


def stints_for(found: Schedule, slot: RemoteSlot, profile: Profile) -> list[Stint]:
    """Return the working intervals that hold the whole visit and may be booked by us."""
    end = slot.begin.seconds + slot.minutes * 60
    return [
        stint
        for stint in found.stints
        if stint.doctor not in found.damaged
        and stint.mode in profile.online_modes
        and stint.begin.day == slot.begin.day
        and stint.begin.seconds <= slot.begin.seconds
        and end <= stint.end.seconds
    ]


def cells_in(found: Schedule, stint: Stint, slot: RemoteSlot) -> list[Cell]:
    """Return the cells of an interval that the visit touches, by time."""
    end = slot.begin.seconds + slot.minutes * 60
    touched = [
        cell
        for cell in found.cells
        if (cell.doctor, cell.ident, cell.begin.day) == (stint.doctor, stint.ident, slot.begin.day)
        and cell.begin.seconds < end
        and slot.begin.seconds < cell.end.seconds
    ]
    return sorted(touched, key=lambda cell: cell.begin)


def is_free(cells: Sequence[Cell], slot: RemoteSlot) -> bool:
    """Say whether free cells without a gap hold the whole visit, and nothing else lies in it."""
    reached = slot.begin.seconds
    for cell in cells:
        if not cell.is_free or cell.begin.seconds > reached:
            return False
        reached = max(reached, cell.end.seconds)
    return reached >= slot.begin.seconds + slot.minutes * 60


def _days(window: Window) -> list[tuple[str, str]]:
    return [("BDATE", times.spelt(window.first)), ("FDATE", times.spelt(window.last))]


def _day_within(told: str, window: Window) -> date:
    """Read a day that was asked for; raises ValueError for any other (years 1 and 9999 among them)."""
    day = times.day(told)
    if not window.first <= day <= window.last:
        raise ValueError("a day that nobody asked for")
    return day


def _same_branch(told: str, branch: str) -> None:
    """Refuse the schedule of another branch: a call executed there speaks of other people's time."""
    if told not in {"", branch}:
        raise LostError(f"branch {branch} was asked and branch {told[:20]} answered")
