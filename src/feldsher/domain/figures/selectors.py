"""Figures of a period for who answers for the clinic: sums of cells by day, and nobody's own.

A constant number of questions, whatever the period and the clinic.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from django.db import connection

from feldsher.domain.figures.models import NOBODY, Progress, SourceRow
from feldsher.domain.figures.types import (
    UNKNOWN,
    Asked,
    Attendance,
    EmptySearch,
    Figures,
    Search,
    Source,
    SourceKind,
    SourceOption,
    Steps,
    Wanted,
)
from feldsher.foundation.access.policies import Action, require
from feldsher.foundation.access.types import Staff

SEARCHES: Final = 100
"""The most frequent searches in vain that are told."""
_DIMENSIONS: Final = ("day", "location", "practitioner", "channel", "source")
_HOLDS: Final = ("held", "booked", "cancelled", "came", "missed")
_VISITS: Final = ("told_came", "told_missed", "untold_came", "untold_missed", "unmarked")


@dataclass(frozen=True, slots=True)
class _Where:
    """Conditions of SQL with their values."""

    text: str
    values: tuple[Any, ...]

    def plus(self, text: str) -> "_Where":
        return _Where(f"{self.text} AND {text}", self.values)


_Sums = dict[tuple[str, Any], tuple[int, ...]]
"""By a dimension and its value; ("", None) is the sum of all."""


def figures(staff: Staff, *, asked: Asked) -> Figures:
    """Return the figures of a period; raises ForbiddenError."""
    require(staff, Action.SEE_FIGURES)
    rows = {row.pk: row for row in SourceRow.objects.all()}
    sources = {pk: _source(row) for pk, row in rows.items()}
    numbers = [pk for pk, source in sources.items() if asked.source in {"", source.name or source.kind.value}]
    where = _where(asked, sources=numbers if asked.source else None)
    seen = _seen(asked, where)
    holds = _sums("figures_hold_day", _HOLDS, where, by=_DIMENSIONS)
    visits = _sums("figures_visit_day", _VISITS, where, by=("location", "practitioner"))
    before = None
    if asked.before is not None:
        earlier = _where(asked, sources=numbers if asked.source else None, days=asked.before)
        before = Attendance(*_all(_sums("figures_visit_day", _VISITS, earlier, by=())))
    searches, count = _searches(asked, sources=numbers if asked.source else None)
    progress = Progress.objects.first()
    by_source = _steps("source", seen, holds)
    return Figures(
        total=_steps("", seen, holds).get(None, Steps()),
        days=_steps("day", seen, holds),
        branches=_steps("location", seen, holds),
        doctors=_steps("practitioner", seen, holds),
        channels=_steps("channel", seen, holds),
        sources={sources.get(number, UNKNOWN): steps for number, steps in by_source.items()},
        attendance=Attendance(*_all(visits)),
        before=before,
        branch_attendance=_attendance("location", visits),
        doctor_attendance=_attendance("practitioner", visits),
        searches=searches,
        search_count=count,
        options=tuple(
            sorted(
                {SourceOption(each.kind, each.name or each.kind.value) for each in sources.values()},
                key=lambda option: (option.name, option.kind),
            )
        ),
        counted_at=progress.counted_at if progress else None,
    )


def _source(row: SourceRow) -> Source:
    return Source(SourceKind(row.kind), row.name, row.medium, row.campaign)


def _where(asked: Asked, *, sources: Sequence[int] | None, days: tuple[date, date] | None = None) -> _Where:
    first, last = days or (asked.first, asked.last)
    conditions: list[tuple[str, Any]] = [("day >= %s", first), ("day <= %s", last)]
    if asked.channel:
        conditions.append(("channel = %s", asked.channel))
    if asked.location:
        conditions.append(("location = %s", asked.location))
    if asked.practitioner:
        conditions.append(("practitioner = %s", asked.practitioner))
    if sources is not None:
        conditions.append(("source = ANY(%s)", list(sources)))
    texts, values = zip(*conditions, strict=True)
    return _Where(" AND ".join(texts), tuple(values))


def _seen(asked: Asked, where: _Where) -> _Sums:
    """Return showings: a page with ten doctors is one, and one of each doctor and of their branch."""
    doctor = where.plus(f"practitioner <> '{NOBODY}'")
    branch = where.plus(f"practitioner = '{NOBODY}' AND location <> '{NOBODY}'")
    page = where.plus(f"practitioner = '{NOBODY}' AND location = '{NOBODY}'")
    in_all = doctor if asked.practitioner else branch if asked.location else page
    table, columns = "figures_seen_day", ("seen",)
    return {
        **_sums(table, columns, in_all, by=("day", "channel", "source")),
        **_only(
            "location", _sums(table, columns, doctor if asked.practitioner else branch, by=("location",))
        ),
        **_only("practitioner", _sums(table, columns, doctor, by=("practitioner",))),
    }


def _only(dimension: str, sums: _Sums) -> _Sums:
    return {key: value for key, value in sums.items() if key[0] == dimension}


def _sums(table: str, columns: Sequence[str], where: _Where, *, by: Sequence[str]) -> _Sums:
    """Sum the columns of a table, in all and by each of the dimensions, in one question."""
    sets = ", ".join(["()", *(f"({dimension})" for dimension in by)])
    shown = "".join(f"{dimension}, grouping({dimension}), " for dimension in by)
    statement = f"""
        SELECT {shown}{", ".join(f"coalesce(sum({column}), 0)::bigint" for column in columns)}
        FROM {table} WHERE {where.text} GROUP BY GROUPING SETS ({sets})
    """  # noqa: S608 - made of the names of this module
    found: _Sums = {}
    with connection.cursor() as cursor:
        cursor.execute(statement, where.values)
        for row in cursor.fetchall():
            keys, sums = row[: 2 * len(by)], row[2 * len(by) :]
            here = next((index for index in range(len(by)) if keys[2 * index + 1] == 0), None)
            key = ("", None) if here is None else (by[here], keys[2 * here])
            found[key] = tuple(sums)
    return found


def _all(sums: _Sums) -> tuple[int, ...]:
    return sums.get(("", None), ())


def _steps(dimension: str, seen: _Sums, holds: _Sums) -> dict[Any, Steps]:
    keys = [key for key in {**holds, **seen} if key[0] == dimension]
    none = (0,) * len(_HOLDS)
    return {key[1]: Steps(seen.get(key, (0,))[0], *holds.get(key, none)) for key in keys}


def _attendance(dimension: str, visits: _Sums) -> Mapping[UUID, Attendance]:
    return {key[1]: Attendance(*sums) for key, sums in visits.items() if key[0] == dimension}


def _searches(asked: Asked, *, sources: Sequence[int] | None) -> tuple[tuple[EmptySearch, ...], int]:
    """Return the most frequent searches in vain, and how many there were; a doctor's are of their page."""
    where = _where(Asked(asked.first, asked.last, asked.location, None, asked.channel), sources=sources)
    if asked.practitioner:
        where = _Where(
            f"{where.text} AND wanted = %s AND subject = %s",
            (*where.values, Wanted.DOCTOR.value, str(asked.practitioner)),
        )
    statement = f"""
        SELECT wanted, subject, location, sum(searches)::bigint, (sum(sum(searches)) OVER ())::bigint
        FROM figures_empty_day WHERE {where.text}
        GROUP BY 1, 2, 3 ORDER BY 4 DESC, 1, 2, 3 LIMIT %s
    """  # noqa: S608 - as above
    with connection.cursor() as cursor:
        cursor.execute(statement, [*where.values, SEARCHES])
        rows = cursor.fetchall()
    found = tuple(
        EmptySearch(Search(Wanted(wanted), subject, None if location == NOBODY else location), times)
        for wanted, subject, location, times, _ in rows
    )
    return found, rows[0][4] if rows else 0
