"""Cases for the rules with little to write: one person, one day, and what they opened."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from feldsher.foundation.audit.following import Line
from feldsher.foundation.watch.cases import Case, Clinic, Usual, openings_of, role_of
from feldsher.foundation.watch.norms import Norm
from feldsher.foundation.watch.ports import Facts

ACTOR, OTHER = UUID(int=1), UUID(int=2)
NOON = datetime(2026, 11, 25, 9, tzinfo=UTC)
"""A Wednesday, twelve o'clock in Moscow."""
LONG_AGO = datetime(2025, 1, 1, tzinfo=UTC)
ORDINARY = Facts(created_at=LONG_AGO, has_visit=True)
STRANGER = Facts(created_at=LONG_AGO, has_visit=False)
SEASONED = Usual(days=20, hourly=Norm(60, 10), groundless=Norm(2, 1), refused=Norm(0, 0), exported=Norm(5, 2))
QUIET = Clinic(at_work={}, kin={}, openings={OTHER: 200}, rests=0)


def patient(n: int) -> UUID:
    return UUID(int=1000 + n)


def patients(count: int) -> list[UUID]:
    """Return patients in no order of anything."""
    return [patient(n * 7919 % 10_007) for n in range(count)]


def line(seconds: float, *whom: UUID, number: int = 0, **changes: object) -> Line:
    made = Line(
        id=number or round(seconds) + 1,
        at=NOON + timedelta(seconds=seconds),
        actor=str(ACTOR),
        role="registrar",
        purpose="see_visits",
        relation="role",
        is_refused=False,
        patients=whom,
        row_count=len(whom),
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def looks(whom: Sequence[UUID], *, gaps: Iterable[float], **changes: object) -> list[Line]:
    """Return a line a patient, each so many seconds after the one before."""
    found, at = [], 0.0
    for each, gap in zip(whom, gaps, strict=False):
        at += gap
        found.append(line(at, each, **changes))
    return found


def case(
    lines: Sequence[Line],
    *,
    facts: dict[UUID, Facts] | None = None,
    own: Usual = SEASONED,
    peers: Usual = SEASONED,
    honey: frozenset[UUID] = frozenset(),
) -> Case:
    known = {whom: ORDINARY for each in lines for whom in each.patients} | (facts or {})
    day = (lines[0].at if lines else NOON).date()
    role = role_of(lines)
    return Case(ACTOR, role, day, tuple(lines), openings_of(lines, known), own, peers, honey)
