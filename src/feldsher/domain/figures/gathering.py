"""Counts visits by day: what became of the times held on a day, and who came on a day.

Each run looks at the visits that have changed since the last one, takes what was counted of them out of the
cells and puts in what is true now, in one commit with how far it has come. So a run that dies counts nothing,
and one that sees a visit again changes nothing.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import connection

from feldsher.domain.figures.days import Calendar, today
from feldsher.domain.figures.models import Batch, Origin, Progress, VisitFact
from feldsher.domain.figures.types import UNKNOWN
from feldsher.domain.figures.writing import number_of
from feldsher.domain.scheduling import selectors as scheduling
from feldsher.domain.scheduling.types import CountedVisit, VisitEnd
from feldsher.foundation.access.context import as_service
from feldsher.kernel import clock

WORK: Final = "figures"
CHANGES: Final = 5000
ROUNDS: Final = 20
"""Of CHANGES each: what one run of the job counts at most."""
AGAIN: Final = timedelta(days=4)
"""A reminder may be told to have arrived after its visit was marked: so long it is read again."""
KEPT: Final = timedelta(days=2)
_ONE = 1
HOLDS: Final = ("held", "booked", "cancelled", "came", "missed")
VISITS: Final = ("told_came", "told_missed", "untold_came", "untold_missed", "unmarked")
_UPDATED: Final = (
    *("visit", "channel", "source", "held_day", "held_location", "held_practitioner"),
    *("visit_day", "location", "practitioner", "is_booked", "is_told", "outcome"),
)
Cell = tuple[date, UUID, UUID, str, int, str]
"""Day, branch, doctor, channel, source, and the column."""


def gather() -> int:
    """Count what has changed, until nothing is left or ROUNDS are over; returns how many visits were read."""
    read = 0
    for _ in range(ROUNDS):
        with as_service(WORK):
            Progress.objects.get_or_create(pk=_ONE, defaults={"transition": 0})
            progress = Progress.objects.select_for_update().get(pk=_ONE)
            changed = scheduling.changed_visits(after=progress.transition, limit=CHANGES)
            _count(changed.chains)
            is_stuck = changed.after == progress.transition
            progress.transition, progress.counted_at = changed.after, clock.now()
            progress.save(update_fields=["transition", "counted_at"])
        read += len(changed.chains)
        if changed.is_all or is_stuck:
            break
    return read


def gather_again() -> int:
    """Count the visits of the last days anew, and forget batches; returns how many visits were read."""
    with as_service(WORK):
        since, until = today() - AGAIN, today() + timedelta(days=1)
        found = VisitFact.objects.filter(visit_day__range=(since, until), is_told=False)
        chains = list(found.order_by("chain").values_list("chain", flat=True))
    for first in range(0, len(chains), CHANGES):
        with as_service(WORK):
            Progress.objects.get_or_create(pk=_ONE, defaults={"transition": 0})
            Progress.objects.select_for_update().get(pk=_ONE)
            _count(chains[first : first + CHANGES])
    Batch.objects.filter(at__lt=clock.now() - KEPT).delete()
    return len(chains)


def _count(chains: Collection[UUID]) -> None:
    """Put what is true of these visits in the place of what was counted; under the lock of Progress."""
    before = VisitFact.objects.in_bulk(list(chains))
    now = {each.chain: each for each in _facts(chains, before)}
    holds, visits = Counter[Cell](), Counter[Cell]()
    for facts, sign in ((before.values(), -1), (now.values(), 1)):
        for fact in facts:
            for cell in _hold_cells(fact):
                holds[cell] += sign
            if (visit_cell := _visit_cell(fact)) is not None:
                visits[visit_cell] += sign
    VisitFact.objects.filter(pk__in=[chain for chain in before if chain not in now]).delete()
    VisitFact.objects.bulk_create(
        now.values(), update_conflicts=True, unique_fields=["chain"], update_fields=_UPDATED
    )
    add("figures_hold_day", HOLDS, holds)
    add("figures_visit_day", VISITS, visits)


def _facts(chains: Collection[UUID], before: Mapping[UUID, VisitFact]) -> Iterator[VisitFact]:
    calendar, nowhere = Calendar(), number_of(UNKNOWN)
    found = scheduling.counted_visits(chains)
    sources = dict(
        Origin.objects.filter(appointment__in=[each.chain for each in found]).values_list(
            "appointment", "source"
        )
    )
    for each in found:
        yield _fact(each, calendar, source=sources.get(each.chain, nowhere), former=before.get(each.chain))


def _fact(each: CountedVisit, calendar: Calendar, *, source: int, former: VisitFact | None) -> VisitFact:
    # Messages go after 30 days, and with them how it is known.
    was_told = former is not None and former.visit == each.visit and former.is_told
    return VisitFact(
        chain=each.chain,
        visit=each.visit,
        channel=each.channel[:16],
        source=source,
        held_day=calendar.held(each.held_at),
        held_location=each.held_location,
        held_practitioner=each.held_practitioner,
        visit_day=calendar.visited(each.starts_at, each.location),
        location=each.location,
        practitioner=each.practitioner,
        is_booked=each.is_booked,
        is_told=each.is_told or was_told,
        outcome=each.outcome.value,
    )


def _hold_cells(fact: VisitFact) -> Iterator[Cell]:
    where = (fact.held_day, fact.held_location, fact.held_practitioner, fact.channel, fact.source)
    yield (*where, "held")
    if fact.is_booked:
        yield (*where, "booked")
    if fact.outcome in {VisitEnd.CAME, VisitEnd.MISSED, VisitEnd.CANCELLED}:
        yield (*where, fact.outcome)


def _visit_cell(fact: VisitFact) -> Cell | None:
    if fact.outcome not in {VisitEnd.CAME, VisitEnd.MISSED, VisitEnd.OPEN}:
        return None
    told = "told" if fact.is_told else "untold"
    column = "unmarked" if fact.outcome == VisitEnd.OPEN else f"{told}_{fact.outcome}"
    return (fact.visit_day, fact.location, fact.practitioner, fact.channel, fact.source, column)


def add(table: str, columns: tuple[str, ...], cells: Counter[Cell]) -> None:
    """Add to the cells of a table, in their order."""
    sums: dict[tuple[Any, ...], list[int]] = {}
    for (*where, column), times in cells.items():
        if times:
            sums.setdefault(tuple(where), [0] * len(columns))[columns.index(column)] += times
    if not sums:
        return
    rows = [(*where, *counts) for where, counts in sorted(sums.items())]
    changes = ", ".join(f"{column} = t.{column} + excluded.{column}" for column in columns)
    statement = f"""
        INSERT INTO {table} AS t (day, location, practitioner, channel, source, {", ".join(columns)})
        SELECT w.* FROM unnest(%s::date[], %s::uuid[], %s::uuid[], %s::text[], %s::bigint[],
                               {", ".join(["%s::int[]"] * len(columns))}) AS w
        ON CONFLICT (day, location, practitioner, channel, source) DO UPDATE SET {changes}
    """  # noqa: S608 - made of the names of this module
    with connection.cursor() as cursor:
        cursor.execute(statement, [list(column) for column in zip(*rows, strict=True)])
