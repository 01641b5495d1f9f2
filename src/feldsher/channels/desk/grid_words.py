"""The grid of the schedule as a page draws it: columns of cells by rows of five minutes, with their words."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from django.urls import reverse

from feldsher.channels.desk.states import STATES
from feldsher.domain.scheduling.types import CellKind, FreeTime, Grid, GridCell, GridColumn, GridVisit, State
from feldsher.kernel import formats

ROW: Final = timedelta(minutes=5)
_HOUR_ROWS: Final = 12
_FEW: Final = 3
"""Parts of one cell that stand beside each other; the rest is counted."""
_USUAL: Final = (9, 18)
_SCALES: Final = ((20, "usual"), (15, "fine"), (10, "finer"))
_EMPTY: Final = {
    CellKind.BUSY: ("busy", "занято в\u00a0МИС"),
    CellKind.REST: ("rest", "приём не\u00a0помещается"),
    CellKind.TAKEN: ("busy", "занято"),
    CellKind.BREAK: ("rest", "перерыв"),
}
_LOOKS: Final = {
    State.HELD: "held",
    State.BOOKING: "wait",
    State.UNKNOWN: "wait",
    State.CANCELLING: "wait",
    State.BOOKED: "booked",
    State.ARRIVED: "came",
    State.FULFILLED: "seen",
    State.NOSHOW: "missed",
}
_ICONS: Final = {"held": "clock", "wait": "question", "missed": "cross"}
_OVER: Final = "поверх другой записи"
_HOLDERS: Final = {"desk": "Держит стол", "site": "Держит сайт", "api": "Держит сайт"}


@dataclass(frozen=True, slots=True)
class Part:
    """One visit, hold or free place of a cell. `url` opens the visit, `token` takes the time.

    `came` is where a tap says that the patient is here, `move` where the visit gets another time. `key` keeps
    the focus through a refresh.
    """

    look: str
    time: str
    text: str
    state: str
    key: str
    icon: str = ""
    url: str = ""
    token: str = ""
    came: str = ""
    move: str = ""


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell from row `first` to before row `last`; `more` visits of a group are not drawn."""

    first: int
    last: int
    parts: tuple[Part, ...]
    more: int = 0


@dataclass(frozen=True, slots=True)
class Column:
    """A doctor, or a day of one, with the line under the name; `stopped` says why online booking is."""

    title: str
    second: str
    url: str
    cells: tuple[Cell, ...]
    stopped: str


@dataclass(frozen=True, slots=True)
class Frame:
    """The hours that all columns share: the first row's instant, by day, and the labels with their rows."""

    begins: Mapping[date, datetime]
    hours: tuple[tuple[int, str], ...]
    scale: str

    def row(self, day: date, instant: datetime) -> int:
        return max((instant - self.begins[day]) // ROW, 0)


@dataclass(frozen=True, slots=True)
class Reader:
    """What the one who looks may do from the grid, and on which clock they do it."""

    zone: str
    now: datetime
    may_book: bool
    may_mark: bool
    is_fresh: bool
    """Whether free times are known at this moment."""
    overbookable: frozenset[UUID] = frozenset()
    """Doctors over whose taken times the reader may book."""


def frame_of(grid: Grid, *, midnights: Mapping[date, datetime], zone: str) -> Frame:
    """Return the hours from the first work or visit of any column to the last, whole hours."""
    ends = [
        (cell.start - midnights[column.day], cell.end - midnights[column.day])
        for column in grid.columns
        for cell in column.cells
    ]
    hour = timedelta(hours=1)
    first = min((start // hour for start, _ in ends), default=_USUAL[0])
    last = max((-(-end // hour) for _, end in ends), default=_USUAL[1])
    begins = {day: midnight + first * hour for day, midnight in midnights.items()}
    labels_of = next(iter(begins.values()))
    return Frame(
        begins,
        tuple((at * _HOUR_ROWS, formats.clock(labels_of + at * hour, zone)) for at in range(last - first)),
        next((name for least, name in _SCALES if grid.shortest >= least), "finest"),
    )


def cells_of(
    column: GridColumn, *, frame: Frame, names: Mapping[UUID, str], reader: Reader
) -> tuple[Cell, ...]:
    """Return a column's cells; `names` are of its patients, by visit."""
    doctor = column.practitioner_id
    return tuple(
        _cell(cell, frame, column.day, _parts(cell, doctor=doctor, names=names, reader=reader))
        for cell in column.cells
    )


def _cell(cell: GridCell, frame: Frame, day: date, parts: list[Part]) -> Cell:
    first = frame.row(day, cell.start)
    last = max(-(-(cell.end - frame.begins[day]) // ROW), first + 1)
    shown = parts if len(parts) <= _FEW else parts[: _FEW - 1]
    return Cell(first, last, tuple(shown), len(parts) - len(shown))


def _parts(cell: GridCell, *, doctor: UUID, names: Mapping[UUID, str], reader: Reader) -> list[Part]:
    if cell.kind in _EMPTY:
        look, text = _EMPTY[cell.kind]
        if cell.kind is CellKind.REST and (cell.start < reader.now or not reader.is_fresh):
            text = "прошло" if cell.start < reader.now else "свободно ли, неизвестно"
        return [Part(look, _span(cell.start, cell.end, reader.zone), text, "", "")]
    found = [_visit(visit, doctor=doctor, names=names, reader=reader) for visit in cell.visits]
    return [*found, *(_free(time, doctor=doctor, reader=reader) for time in cell.free)]


def _free(time: FreeTime, *, doctor: UUID, reader: Reader) -> Part:
    at = formats.clock(time.start, reader.zone)
    key = f"{doctor}.{time.start:%Y%m%d%H%M}"
    return Part("free", at, "свободно", "", key, token=time.token if reader.may_book else "")


def _visit(visit: GridVisit, *, doctor: UUID, names: Mapping[UUID, str], reader: Reader) -> Part:
    time = _span(visit.start, visit.end, reader.zone)
    if visit.state is State.HELD:
        until = formats.clock(visit.hold_until, reader.zone) if visit.hold_until else ""
        holder = _HOLDERS.get(visit.channel, "Держится")
        state = f"до\u00a0{until}" + (f", {_OVER}" if visit.is_over else "")
        may_ask = doctor in reader.overbookable and visit.start > reader.now
        url = reverse("desk:over-visit", args=[visit.id]) if may_ask else ""
        return Part("held", time, holder, state, str(visit.id), icon="clock", url=url)
    look, state, icon = _LOOKS[visit.state], STATES[visit.state], ""
    if visit.is_overlap:
        look, state, icon = "overlap", f"{state}, накладка в\u00a0МИС", "warning"
    elif visit.is_moving:
        look, state, icon = "moving", "переносится", "swap"
    elif visit.is_coming and visit.state is State.BOOKED:
        state, icon = f"{state}, ответил, что придёт", "check"
    is_plain = look == "booked"
    if visit.is_over:
        look, state, icon = ("over" if is_plain else look), f"{state}, {_OVER}", icon or "plus"
    if not visit.is_named:
        return Part(look, time, "запись клиники", state, str(visit.id), icon=icon)
    is_day = formats.local_day(visit.start, reader.zone) <= formats.local_day(reader.now, reader.zone)
    may_move = reader.may_book and visit.start > reader.now
    may_come = reader.may_mark and is_day and visit.state is State.BOOKED and not visit.is_moving
    return Part(
        look,
        time,
        names.get(visit.id, "пациент"),
        state,
        str(visit.id),
        icon=icon or _ICONS.get(look, ""),
        url=reverse("desk:grid-visit", args=[visit.id]),
        came=reverse("desk:visit-came", args=[visit.id]) if may_come else "",
        move=reverse("desk:visit-move", args=[visit.id]) if may_move and is_plain else "",
    )


def _span(start: datetime, end: datetime, zone: str) -> str:
    return f"{formats.clock(start, zone)}–{formats.clock(end, zone)}"
