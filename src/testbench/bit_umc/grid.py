"""Free and busy time of a shift.

Invariant: free and busy periods tile the shift without gaps or overlaps, and free periods are whole, never
sliced into visits (contract §3.1, measured on live replies).
"""

from collections.abc import Iterable

from testbench.bit_umc.model import Period, Shift
from testbench.refusal import Refusal

NO_DURATION = "Не удалось определить длительность приема"


def tile(shift: Shift, visits: Iterable[Period]) -> tuple[tuple[Period, ...], tuple[Period, ...]]:
    """Return (free, busy) periods of the shift; breaks keep their kind, visits come with an empty one."""
    free: list[Period] = []
    busy: list[Period] = []
    reached = shift.start
    for piece in sorted((*shift.breaks, *visits), key=lambda period: (period.start, period.end)):
        start = max(piece.start, reached)
        end = min(piece.end, shift.end)
        if start >= end:
            continue
        if start > reached:
            free.append(Period(reached, start, shift.kind))
        busy.append(Period(start, end, piece.kind))
        reached = end
    if reached < shift.end:
        free.append(Period(reached, shift.end, shift.kind))
    return tuple(free), tuple(busy)


def visit_minutes(
    *, norms: Iterable[int] | None, duration: int, doctor_default: int, planning_step: int
) -> int:
    """Return the length of a visit by the duration rule of contract §3.1.

    `norms` is None unless DurationType is ServiceDuration and services are named: then their sum wins and the
    explicit duration is ignored. Zero means «not set» for each of the others.
    """
    for minutes in (sum(norms or ()), duration, doctor_default, planning_step):
        if minutes > 0:
            return minutes
    raise Refusal(NO_DURATION, code="no_duration")
