"""Writes the mirror of a MIS: a COPY into a temporary table, one comparison, small locked batches.

A sync of a hundred thousand days holds no lock for long: at most 50 doctor-days at a time, in key order, and
under the lock the comparison is made again. Missing lock rows are made before any lock is held.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from psycopg.types.multirange import TimestamptzMultirange
from psycopg.types.range import TimestamptzRange

from feldsher.domain.scheduling.normaliser import DayKey, DayRow
from feldsher.kernel.intervals import Interval

BATCH = 50
_KEY = {"practitioner": "uuid", "day": "date", "location": "uuid", "room": "uuid"}
_TABLES = {
    "told": _KEY | {"digest": "bytea"},
    "covered": {"practitioner": "uuid", "location": "uuid", "first": "date", "last": "date"},
    "incoming": _KEY
    | {
        "free": "tstzmultirange",
        "busy": "tstzmultirange",
        "work": "tstzmultirange",
        "step": "interval",
        "ticket_ids": "text[]",
        "ticket_starts": "timestamptz[]",
        "ticket_ends": "timestamptz[]",
        "wall": "text[]",
        "digest": "bytea",
    },
}
"""All that was told, as keys and digests; for what the answer speaks; the whole rows of days that differ."""
_CHANGED = """
    SELECT t.practitioner, t.day
    FROM told t
    LEFT JOIN scheduling_availability a USING (practitioner, day, location, room)
    WHERE (a.digest, a.mis) IS DISTINCT FROM (t.digest, %s)
    UNION
    SELECT a.practitioner, a.day
    FROM covered c
    JOIN scheduling_availability a ON a.practitioner = c.practitioner AND a.location = c.location
         AND a.day BETWEEN c.first AND c.last AND a.mis = %s
    LEFT JOIN told t ON t.practitioner = a.practitioner AND t.day = a.day
         AND t.location = a.location AND t.room = a.room
    WHERE t.digest IS NULL
    ORDER BY 1, 2
"""
Covered = Mapping[tuple[UUID, UUID], tuple[date, date]]


def write(mis: str, *, rows: Mapping[DayKey, DayRow], covered: Covered) -> int:
    """Make the mirror say `rows` for all that `covered` names; returns how many rows changed.

    `covered` maps (doctor, branch) to the first and last UTC day for which the answer speaks: there an absent
    row means no time. Rows outside of it are not in `rows`. Must not run inside a transaction.
    """
    if connection.in_atomic_block:
        raise RuntimeError("the mirror is written in small transactions of its own")
    with _tables() as cursor:
        _copy(cursor, "told", ((*_key(key), row.digest()) for key, row in rows.items()))
        _copy(cursor, "covered", ((*place, *days) for place, days in covered.items()))
        cursor.execute("ANALYZE told; ANALYZE covered")
        cursor.execute(_CHANGED, [mis, mis])
        days = cursor.fetchall()
        wanted = set(days)
        changed = ((key, row) for key, row in rows.items() if (key.practitioner_id, key.day) in wanted)
        _copy(cursor, "incoming", (_values(key, row) for key, row in changed))
        cursor.execute("ANALYZE incoming")
        return sum(_apply(mis, days[first : first + BATCH]) for first in range(0, len(days), BATCH))


def _apply(mis: str, days: list[tuple[UUID, date]]) -> int:
    practitioners, dates = [item[0] for item in days], [item[1] for item in days]
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO scheduling_resource_day (kind, resource, day)"
            " SELECT 1, w.practitioner, w.day FROM unnest(%s::uuid[], %s::date[]) AS w(practitioner, day)"
            " ORDER BY 2, 3 ON CONFLICT DO NOTHING",
            [practitioners, dates],
        )
        with transaction.atomic():
            cursor.execute("SELECT apply_days(%s, %s::uuid[], %s::date[])", [mis, practitioners, dates])
            return int(cursor.fetchone()[0])


@contextmanager
def _tables() -> Iterator[Any]:
    """Make the temporary tables of this connection for the length of the block; yields a cursor."""
    names = ", ".join(f"pg_temp.{name}" for name in _TABLES)
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS {names}")
        try:
            for name, columns in _TABLES.items():
                said = ", ".join(f"{column} {kind}" for column, kind in columns.items())
                cursor.execute(f"CREATE TEMP TABLE {name} ({said})")
            yield cursor
        finally:
            cursor.execute(f"DROP TABLE IF EXISTS {names}")


def _copy(cursor: Any, table: str, rows: Iterable[tuple[object, ...]]) -> None:
    with cursor.cursor.copy(f"COPY {table} FROM STDIN (FORMAT binary)") as copy:
        copy.set_types(list(_TABLES[table].values()))
        for row in rows:
            copy.write_row(row)


def _key(key: DayKey) -> tuple[object, ...]:
    return key.practitioner_id, key.day, key.location_id, key.room


def _values(key: DayKey, row: DayRow) -> tuple[object, ...]:
    return (
        *_key(key),
        _multirange(row.free),
        _multirange(row.busy),
        _multirange(row.work),
        timedelta(minutes=row.step_minutes) if row.step_minutes else None,
        [ticket.id for ticket in row.tickets],
        [ticket.start for ticket in row.tickets],
        [ticket.end for ticket in row.tickets],
        list(row.wall),
        row.digest(),
    )


def _multirange(intervals: Iterable[Interval]) -> TimestamptzMultirange:
    return TimestamptzMultirange(TimestamptzRange(item.start, item.end, "[)") for item in intervals)
