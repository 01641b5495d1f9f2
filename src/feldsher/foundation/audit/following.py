"""The journal for whoever watches it grow: bounded reads by id and instant, of ids and codes.

`audit_access` has no index by time, and needs none: ids grow with the order of writing, so that a mark taken
before an instant (`newest`) bounds from below all that is written after it, and the months do the rest.
"""

import logging
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Max

from feldsher.foundation.audit.models import AccessEntry
from feldsher.foundation.audit.reading import JOURNAL
from feldsher.foundation.audit.types import ActorKind, Result

MOST = 300_000
"""Lines of one read; a day of a clinic with a thousand staff is below it."""
_COLUMNS = ("id", "at", "actor", "role", "purpose", "relation", "result", "patients", "row_count")
_OF_JOURNAL = "J"
_SUSPECTS = """
    SELECT actor FROM audit_access
    WHERE id > %(after)s AND at >= %(since)s AND at < %(until)s AND actor_kind = 'staff'
      AND NOT (matrix_column = 'J' AND result = 'allowed')
    GROUP BY actor
    HAVING count(*) FILTER (WHERE result = 'refused') >= %(refusals)s
        OR count(*) FILTER (WHERE cardinality(patients) = 1) >= %(opens)s
        OR count(*) FILTER (WHERE cardinality(patients) > 1) >= %(lists)s
        OR bool_or(patients && %(marked)s::uuid[])
"""
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the journal about a member of staff, without what was shown; `actor` is the user's id."""

    id: int
    at: datetime
    actor: str
    role: str
    purpose: str
    relation: str
    is_refused: bool
    patients: tuple[UUID, ...]
    row_count: int


@dataclass(frozen=True, slots=True)
class Busy:
    """From how many rows on somebody is worth a look; `marked` are patients of whom one row is enough."""

    refusals: int
    opens: int
    lists: int
    marked: Collection[UUID]


@JOURNAL.reach()
def newest() -> int:
    """Return the id of the newest row, 0 for an empty journal: a mark for `after` of what is yet to come."""
    found: int | None = AccessEntry.objects.aggregate(newest=Max("id"))["newest"]
    return found or 0


@JOURNAL.reach()
def lines(
    *, after: int, since: datetime, until: datetime, actors: Collection[str] | None = None
) -> tuple[Line, ...]:
    """Return the lines of staff in [since, until) with an id above `after`, in the order of time.

    Looks into the journal itself are left out: they show no patient. More than MOST is an ERROR in the log.
    """
    rows = AccessEntry.objects.filter(
        id__gt=after, at__gte=since, at__lt=until, actor_kind=ActorKind.STAFF.value
    ).exclude(matrix_column=_OF_JOURNAL, result=Result.ALLOWED.value)
    if actors is not None:
        rows = rows.filter(actor__in=actors)
    found = list(rows.order_by("id").values_list(*_COLUMNS)[:MOST])
    if len(found) == MOST:
        _log.error("audit: more than %d lines since %s; what is newer is not watched", MOST, since)
    made = [
        Line(id_, at, actor, role, purpose, relation, result == Result.REFUSED.value, tuple(patients), count)
        for id_, at, actor, role, purpose, relation, result, patients, count in found
    ]
    return tuple(sorted(made, key=lambda line: (line.at, line.id)))


@JOURNAL.reach()
def suspects(*, after: int, since: datetime, until: datetime, busy: Busy) -> frozenset[str]:
    """Return who of the staff has at least one of the counts of `busy`, or saw a marked patient."""
    asked: dict[str, Any] = {
        "after": after,
        "since": since,
        "until": until,
        "refusals": busy.refusals,
        "opens": busy.opens,
        "lists": busy.lists,
        "marked": list(busy.marked),
    }
    with connection.cursor() as cursor:
        cursor.execute(_SUSPECTS, asked)
        return frozenset(actor for (actor,) in cursor.fetchall())
