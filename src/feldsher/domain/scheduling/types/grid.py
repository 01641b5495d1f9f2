"""The schedule as a grid: what each doctor does on a day of a branch, and the days of a week in figures."""

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from feldsher.domain.scheduling.types.over import WhyOver
from feldsher.domain.scheduling.types.staff import VisitRow
from feldsher.domain.scheduling.types.visits import State


class CellKind(StrEnum):
    """What stands at a time.

    FREE may be booked; KEPT are visits and holds; BUSY is a visit of the MIS that is not here; REST is time
    that is free and fits no visit (too short, or a buffer); TAKEN is work that is not free for some reason
    that the reader may not see; BREAK lies between two stretches of work.
    """

    FREE = "free"
    KEPT = "kept"
    BUSY = "busy"
    REST = "rest"
    TAKEN = "taken"
    BREAK = "break"


@dataclass(frozen=True, slots=True)
class GridVisit:
    """A visit or a hold on the grid. Whose it is, is no part of what is shown or compared (`names_on_grid`).

    `is_named` False: a hold, or a visit that the clinic booked in its MIS. `is_overlap`: the MIS put it over
    another. `is_moving`: another time is being booked in its place. `is_coming`: the patient has said so.
    `is_over`: staff booked it over another that stands there still.
    """

    id: UUID
    start: datetime
    end: datetime
    service_id: UUID
    state: State
    channel: str
    hold_until: datetime | None
    is_named: bool
    is_overlap: bool
    is_moving: bool = False
    is_coming: bool = False
    is_over: bool = False
    patient_id: UUID | None = field(default=None, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class FreeTime:
    """A start that staff may hold. `end` is where the next one begins, if that is before the visit's end.

    `token` names it on the wire; it changes by the hour, and is no part of what the grid shows.
    """

    start: datetime
    end: datetime
    service_id: UUID
    token: str = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class GridCell:
    """A stretch of time with what stands in it; KEPT may hold several visits at once, and free places too."""

    kind: CellKind
    start: datetime
    end: datetime
    visits: tuple[GridVisit, ...] = ()
    free: tuple[FreeTime, ...] = ()


@dataclass(frozen=True, slots=True)
class GridColumn:
    """A doctor's day in a branch, its cells in order; none where there is no work and no visit."""

    practitioner_id: UUID
    day: date
    cells: tuple[GridCell, ...]

    @property
    def free_count(self) -> int:
        return sum(len(cell.free) for cell in self.cells)

    @property
    def visits(self) -> tuple[GridVisit, ...]:
        return tuple(visit for cell in self.cells for visit in cell.visits)


@dataclass(frozen=True, slots=True)
class Grid:
    """Columns by day, then as the doctors were asked for. Not `is_fresh`: nothing is offered as free.

    Not `is_whole`: the reader sees some of the visits alone. `shortest` is the least distance in minutes
    between two starts that the offers of these doctors allow. `overbookable` are the doctors whose usual
    visits may stand over others.
    """

    columns: tuple[GridColumn, ...]
    is_fresh: bool
    is_whole: bool
    shortest: int
    overbookable: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True)
class DayFigures:
    """A doctor's day in figures: bounds of the work (None: no work), free starts, visits, and holds."""

    practitioner_id: UUID
    day: date
    start: datetime | None
    end: datetime | None
    free: int
    booked: int
    held: int


@dataclass(frozen=True, slots=True)
class WeekOfGrid:
    """Figures of doctors by day, each doctor on each day once; `is_fresh` and `is_whole` as in Grid."""

    figures: tuple[DayFigures, ...]
    is_fresh: bool
    is_whole: bool


@dataclass(frozen=True, slots=True)
class GridCard:
    """One visit with its patient: which marks it may get now, and whether it may be moved or cancelled.

    Not `is_clear`: name and phone are masked. `over`: why staff booked it over another, where they did.
    """

    visit: VisitRow
    location_id: UUID
    zone: str
    marks: tuple[State, ...]
    can_change: bool
    is_moving: bool
    is_clear: bool
    over: WhyOver | None = None
