"""Schedules of МЕДИАЛОГ (PL_SUBJ: a doctor's or a room's column), their visit kinds and their free slots.

What scheduling calls a doctor in a branch may be several schedules: one in each room, or one for each kind of
work. A doctor is MEDECINS_ID where the schedule has one, so that all his schedules guard each other; a
schedule of nobody is a doctor of its own. `AA` with nothing in it is never read as "no free time": such a
schedule is left unnamed, unless the profile has a second signal (`second_signal`).
"""

import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from feldsher.domain.scheduling.ports import RemoteResource, Window
from feldsher.foundation.egress.client import LostError
from feldsher.integrations.mis.medialog import times
from feldsher.integrations.mis.medialog.carrier import Carrier
from feldsher.integrations.mis.medialog.messages import Answer, RefusedError, Row
from feldsher.integrations.mis.medialog.profile import Profile
from feldsher.kernel.clock import WallTime

KNOWN_FOR = 600.0
"""Seconds for which a list of schedules is believed without asking again."""
UNSURE_FOR = 90.0
"""Seconds for which a model that has listed nothing yet may be one whose answer came empty by mistake."""
LEAST_DAYS = 14
"""Days that are asked for at least, so that "nothing is free" is seldom an empty answer."""
_FAR = timedelta(days=400)
_OWN = "subj-"
_YES = frozenset({"1", "true", "t", "y"})


@dataclass(frozen=True, slots=True)
class Schedule:
    """One PL_SUBJ of a branch. `name` is the doctor's, surname first, or the schedule's own."""

    id: str
    clinic: str
    model: str
    doctor: str
    name: str
    specialty: str = ""

    @property
    def resource(self) -> RemoteResource:
        return RemoteResource(self.doctor, self.clinic)


@dataclass(frozen=True, slots=True)
class Listing:
    """The schedules of a branch. `silent` are models (PL_PARAM_ID) that listed none, which is no fact.

    `unsure` are those of them of which this process has never known any, and has not asked for long: a doctor
    of whom other models list schedules may have more in these.
    """

    schedules: tuple[Schedule, ...] = ()
    silent: tuple[str, ...] = ()
    unsure: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Kind:
    """A visit kind (PL_EXAM) of one schedule; `minutes` None: nobody says how long it lasts."""

    id: str
    name: str
    minutes: int | None


@dataclass(frozen=True, slots=True)
class Cell:
    """A free slot: where it begins and its minutes."""

    begin: WallTime
    minutes: int

    @property
    def end(self) -> WallTime:
        return self.begin.plus(self.minutes * 60)


class DamagedError(Exception):
    """A schedule's answer can't be read whole. The text holds no data of anyone."""


class Schedules:
    """Thread-safe. Every read raises NotSentError, LostError or RefusedError."""

    def __init__(self, carrier: Carrier, profile: Profile) -> None:
        self._carrier = carrier
        self._profile = profile
        self._lock = threading.Lock()
        self._known: dict[str, tuple[float, Listing]] = {}
        self._silent_since: dict[tuple[str, str], float] = {}

    def of_clinic(self, clinic: str, *, fresh: bool = False) -> Listing:
        """Return the schedules of a branch. What was known of a list or a model that comes empty is kept."""
        with self._lock:
            at, known = self._known.get(clinic, (0.0, Listing()))
        is_sure = known.schedules and not known.unsure
        if is_sure and not fresh and time.monotonic() - at < KNOWN_FOR:
            return known
        found = self._read(clinic, known)
        if found.schedules:
            with self._lock:
                self._known[clinic] = (time.monotonic(), found)
        return found

    def of(self, resource: RemoteResource) -> tuple[Schedule, ...]:
        """Return the schedules of a doctor in a branch, none where its list has none of them.

        LostError too where the branch lists no schedules at all: that is no fact.
        """
        if resource.location_id not in self._profile.clinics:
            return ()
        return self._of(resource, fresh=False) or self._of(resource, fresh=True)

    def _of(self, resource: RemoteResource, *, fresh: bool) -> tuple[Schedule, ...]:
        listed = self.of_clinic(resource.location_id, fresh=fresh)
        if fresh and not listed.schedules:
            raise LostError(f"no schedules are listed in clinic {resource.location_id}")
        return tuple(schedule for schedule in listed.schedules if schedule.resource == resource)

    def _read(self, clinic: str, known: Listing) -> Listing:
        """Read the models of schedules, then the schedules of each; one listed twice is one."""
        found: dict[str, Schedule] = {}
        silent: dict[str, None] = {}
        unsure: dict[str, None] = {}
        for row in self._ask("PLANNING_PARAMS_QUERY", clinic, {}).rows:
            model = row.get("PL_PARAM_ID", "")
            if not model:
                raise LostError("a model of schedules without PL_PARAM_ID")
            rows = self._ask("PLANNING_SUBJ_QUERY", clinic, {"PL_PARAM_ID": model}).rows
            told = [_schedule(row, clinic, model) for row in rows]
            if not told:
                silent[model] = None
                told = [schedule for schedule in known.schedules if schedule.model == model]
                if not told and self._is_unsure(clinic, model):
                    unsure[model] = None
            for schedule in told:
                if schedule.id not in self._profile.left_out:
                    found.setdefault(schedule.id, schedule)
        return Listing(tuple(found.values()), tuple(silent), tuple(unsure))

    def _is_unsure(self, clinic: str, model: str) -> bool:
        """Whether a model that lists nothing, and never did, was first seen so a short while ago."""
        now = time.monotonic()
        with self._lock:
            return now - self._silent_since.setdefault((clinic, model), now) < UNSURE_FOR

    def kinds(self, schedule: Schedule, *, seconds: float | None = None) -> tuple[Kind, ...]:
        """Return the visit kinds of a schedule; none may mean that the access doesn't fit."""
        told = self._carrier.call(
            "PLANNING_EXAMS_QUERY", schedule.clinic, {"PL_SUBJ_ID": schedule.id}, seconds=seconds
        )
        found: dict[str, Kind] = {}
        for row in told.rows:
            number = row.get("PL_EXAM_ID", "")
            try:
                minutes = times.minutes_of(row)
            except ValueError:
                minutes = None
            if not number:
                raise LostError("a visit kind without PL_EXAM_ID")
            found.setdefault(number, Kind(number, row.get("NAME", ""), minutes))
        return tuple(found.values())

    def free(self, schedule: Schedule, window: Window, *, seconds: float | None = None) -> list[Cell] | None:
        """Return the free slots of one schedule, None where nothing can be concluded from the answer.

        A short window is asked as a longer one: free time after it proves that the filter and the access fit,
        so that a full day may be believed. Raises DamagedError too.
        """
        asked = self._widened(window)
        fields = {"PL_SUBJ_ID": schedule.id, **_days(asked)}
        told = self._carrier.call("PLANNING_SUBJ_SLOTS_QUERY", schedule.clinic, fields, seconds=seconds)
        if told.is_empty:
            return [] if self._has_second_signal(schedule, asked, seconds=seconds) else None
        if any(row.get("PL_SUBJ_ID", schedule.id) != schedule.id for row in told.rows):
            raise DamagedError("slots of another schedule")
        return self._cells(told.rows, window)

    def free_of_clinic(
        self, clinic: str, window: Window, *, seconds: float | None = None
    ) -> dict[str, list[Cell] | None]:
        """Return the free slots of every schedule that one answer names; None for one that can't be read."""
        told = self._carrier.call("PLANNING_SUBJ_SLOTS_QUERY", clinic, _days(window), seconds=seconds)
        rows: dict[str, list[Row]] = {}
        for row in told.rows:
            rows.setdefault(row.get("PL_SUBJ_ID", ""), []).append(row)
        found: dict[str, list[Cell] | None] = {}
        for number, own in rows.items():
            try:
                found[number] = self._cells(own, window)
            except DamagedError:
                found[number] = None
        return found

    def _widened(self, window: Window) -> Window:
        days = min(LEAST_DAYS, self._profile.max_window_days)
        return Window(window.first, max(window.last, window.first + timedelta(days=days - 1)))

    def _has_second_signal(self, schedule: Schedule, window: Window, *, seconds: float | None) -> bool:
        """Whether the days of work prove that the filter fits and only free time is lacking."""
        if self._profile.second_signal != "days":
            return False
        fields = {"PL_SUBJ_ID": schedule.id, **_days(window)}
        try:
            told = self._carrier.call("PLANNING_SUBJ_DAYS_QUERY", schedule.clinic, fields, seconds=seconds)
        except RefusedError:
            return False
        return not told.is_empty

    def _cells(self, rows: Iterable[Row], window: Window) -> list[Cell]:
        """Read every slot or none: half of a day taken for the whole would take away time that is free."""
        found: dict[WallTime, Cell] = {}
        for row in rows:
            try:
                begin, minutes = times.begin_of(row), times.minutes_of(row)
            except ValueError:
                raise DamagedError("a slot that can't be read") from None
            minutes = minutes or self._profile.cell_minutes
            if not minutes:
                raise DamagedError("a slot without DUREE, and the option cell_minutes isn't set")
            if abs(begin.day - window.first) > _FAR:
                raise DamagedError("a slot of another age")
            cell = Cell(begin, minutes)
            if found.setdefault(begin, cell) != cell:
                raise DamagedError("a slot told twice, with two lengths")
        return [cell for cell in found.values() if window.first <= cell.begin.day <= window.last]

    def _ask(self, event: str, clinic: str, fields: dict[str, str]) -> Answer:
        return self._carrier.call(event, clinic, fields, seconds=self._profile.bulk_timeout)


def covers(cells: Iterable[Cell], begin: WallTime, minutes: int) -> bool:
    """Whether the cells leave no gap from `begin` for so many minutes, and one of them begins there."""
    end, at = begin.plus(minutes * 60), begin
    ordered = sorted(cells, key=lambda cell: cell.begin)
    if all(cell.begin != begin for cell in ordered):
        return False
    for cell in ordered:
        if cell.begin <= at < cell.end:
            at = cell.end
    return at >= end


def is_yes(text: str) -> bool:
    return text.lower() in _YES


def _schedule(row: Row, clinic: str, model: str) -> Schedule:
    number = row.get("PL_SUBJ_ID", "")
    if not number:
        raise LostError("a schedule without PL_SUBJ_ID")
    doctor = row.get("MEDECINS_ID", "")
    name = row.get("MEDECIN_NOM", "") or row.get("NAME", "")
    return Schedule(
        number,
        clinic,
        model,
        doctor if doctor not in {"", "0"} else f"{_OWN}{number}",
        " ".join(name.split()),
        row.get("SPEC_NAME", ""),
    )


def _days(window: Window) -> dict[str, str]:
    return {"DATE_FROM": times.day(window.first), "DATE_TO": times.day(window.last)}
