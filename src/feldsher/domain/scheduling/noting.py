"""Keeps where a MIS tells a visit otherwise, until the two agree, or one of them has given in."""

from zoneinfo import ZoneInfo

from feldsher.domain.scheduling.models import Appointment, Discrepancy, Exchange
from feldsher.domain.scheduling.selectors.visits import zone_of
from feldsher.domain.scheduling.types import DiscrepancyKind, DiscrepancyState
from feldsher.kernel import clock

OPEN = (DiscrepancyState.SEEN, DiscrepancyState.WAITING)


def note(row: Appointment, kind: DiscrepancyKind, *, begin: str = "") -> Discrepancy | None:
    """Keep that the MIS tells a locked, booked visit otherwise; once more, it counts as one more read.

    None where a person has said that the visit stands whatever the MIS says of it.
    """
    now = clock.now()
    known = Discrepancy.objects.filter(appointment=row.pk, state__in=[*OPEN, DiscrepancyState.KEPT]).first()
    if known is None:
        return Discrepancy.objects.create(
            appointment=row.pk,
            mis=Exchange.objects.values_list("mis", flat=True).get(pk=row.pk),
            kind=kind,
            practitioner=row.practitioner,
            location=row.location,
            day=row.visit.lower.astimezone(ZoneInfo(zone_of(row.location))).date(),
            begin=begin,
            state=DiscrepancyState.SEEN,
            found_at=now,
            seen_at=now,
        )
    is_same = (known.kind, known.begin) == (kind, begin)
    if known.state == DiscrepancyState.KEPT and is_same:
        return None
    if known.state == DiscrepancyState.KEPT or not is_same:
        known.kind, known.begin, known.reads, known.found_at = kind, begin, 0, now
        known.state, known.settled_at, known.settled_by = DiscrepancyState.SEEN, None, None
    known.reads, known.seen_at = known.reads + 1, now
    known.save()
    return known


def forget(row: Appointment) -> None:
    """End whatever was noted of a visit: the MIS tells our story (again), or ours has ended."""
    noted = Discrepancy.objects.filter(appointment=row.pk, state__in=[*OPEN, DiscrepancyState.KEPT])
    noted.update(state=DiscrepancyState.GONE, settled_at=clock.now())
