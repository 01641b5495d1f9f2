"""One person's day, as the rules look at it: what was opened, on what ground, and what is usual."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from uuid import UUID

from feldsher.foundation.access.matrix import MATRIX, Column, Scope
from feldsher.foundation.access.roles import Role
from feldsher.foundation.audit.following import Line
from feldsher.foundation.watch.norms import NOTHING, Norm
from feldsher.foundation.watch.ports import Facts
from feldsher.foundation.watch.rules import EXPORT_PURPOSES

IN_CARE = frozenset(
    role.value
    for role in Role
    if (cell := MATRIX[role].get(Column.APPOINTMENTS)) and cell.scope not in {Scope.ALL, Scope.AGGREGATES}
)
"""Roles whose right to visits rests on a relation: another ground is a thing apart for them."""
EMERGENCY = "bg"
"""The ground of who has broken the glass, as contexts name it."""
_PAST_CARE = frozenset({"role", EMERGENCY})


@dataclass(frozen=True, slots=True)
class Opening:
    """The first time in a day that somebody opened one patient alone; `facts` None: nobody knows."""

    id: int
    at: datetime
    patient: UUID
    is_groundless: bool
    facts: Facts | None


@dataclass(frozen=True, slots=True)
class Usual:
    """What is usual for a person or a role within 30 days; see `models.Habit`."""

    days: int = 0
    nights: int = 0
    rests: int = 0
    hourly: Norm = NOTHING
    groundless: Norm = NOTHING
    refused: Norm = NOTHING
    exported: Norm = NOTHING


@dataclass(frozen=True, slots=True)
class Clinic:
    """What the day is like for everybody: who is at work in which hour, and how common staff's names are.

    `at_work` maps an hour to the roles of those at work in it. By reader, `openings` counts all openings, and
    `kin` those of patients who share a name: with whom, and under None with anybody. `rests` counts the days
    of rest within 30 on which the clinic was open.
    """

    at_work: Mapping[datetime, Mapping[UUID, str]]
    kin: Mapping[UUID, Counter[UUID | None]]
    openings: Mapping[UUID, int]
    rests: int

    def near(self, at: datetime, hours: int, *, but: UUID) -> dict[UUID, str]:
        """Return the roles of the others who are at work within so many hours of an instant."""
        around = [hour_of(at) + timedelta(hours=n) for n in range(-hours, hours + 1)]
        return {
            who: role for hour in around for who, role in self.at_work.get(hour, {}).items() if who != but
        }

    def kin_rate(self, whose: UUID | None, *, but: UUID) -> float:
        """Return how often others open patients of such a name; never nothing, however little is known."""
        others = sum(count for actor, count in self.openings.items() if actor != but)
        hits = sum(counts[whose] for actor, counts in self.kin.items() if actor != but)
        return (hits + 1) / (others + 20)


@dataclass(frozen=True, slots=True)
class Case:
    """All that the rules ask of one person's local day."""

    actor: UUID
    role: str
    day: date
    lines: tuple[Line, ...]
    openings: tuple[Opening, ...]
    own: Usual
    peers: Usual
    honey: frozenset[UUID]

    def after(self, instant: datetime) -> "Case":
        """Return the case of what was done after an instant: a patient opened before it is opened anew."""
        lines = tuple(line for line in self.lines if line.at > instant)
        facts = {opening.patient: opening.facts for opening in self.openings if opening.facts is not None}
        return replace(self, lines=lines, openings=openings_of(lines, facts))


def hour_of(instant: datetime) -> datetime:
    return instant.replace(minute=0, second=0, microsecond=0)


def by_actor(lines: Iterable[Line]) -> dict[UUID, list[Line]]:
    """Return the lines by person; who is no user (an id that is no UUID) is nobody's colleague."""
    found: defaultdict[UUID, list[Line]] = defaultdict(list)
    for line in lines:
        try:
            found[UUID(line.actor)].append(line)
        except ValueError:
            continue
    return dict(found)


def role_of(lines: Iterable[Line]) -> str:
    """Return the role in which most lines were written, empty where none names any."""
    counts = Counter(line.role for line in lines if line.role)
    return counts.most_common(1)[0][0] if counts else ""


def opened(lines: Iterable[Line]) -> dict[UUID, Line]:
    """Return by patient the first line that shows that patient alone."""
    first: dict[UUID, Line] = {}
    for line in lines:
        if len(line.patients) == 1 and not line.is_refused:
            first.setdefault(line.patients[0], line)
    return first


def openings_of(lines: Iterable[Line], facts: Mapping[UUID, Facts]) -> tuple[Opening, ...]:
    return tuple(
        Opening(line.id, line.at, patient, _is_groundless(line, facts.get(patient)), facts.get(patient))
        for patient, line in opened(lines).items()
    )


def exported_rows(lines: Iterable[Line]) -> int:
    return sum(line.row_count for line in lines if is_export(line))


def shown_patients(lines: Iterable[Line]) -> set[UUID]:
    """Return whom the lines show, lists included; exports are counted by their rows instead."""
    return {p for line in lines if not line.is_refused and not is_export(line) for p in line.patients}


def is_export(line: Line) -> bool:
    return line.purpose.startswith(EXPORT_PURPOSES) and not line.is_refused


def _is_groundless(line: Line, facts: Facts | None) -> bool:
    """Without care for whom care is the ground; without a visit for whom the role is."""
    if line.role in IN_CARE:
        return line.relation in _PAST_CARE
    return facts is not None and not facts.has_visit
