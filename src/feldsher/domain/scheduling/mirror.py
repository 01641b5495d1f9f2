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
from psycopg import Copy
from psycopg.types.multirange import TimestamptzMultirange
from psycopg.types.range import TimestamptzRange

from feldsher.domain.scheduling.normaliser import DayKey, DayRow
from feldsher.kernel.intervals import Interval

BATCH = 50
_COLUMNS = {
    "practitioner": "uuid",
    "day": "date",
    "location": "uuid",
    "room": "uuid",
    "free": "tstzmultirange",
    "busy": "tstzmultirange",
    "work": "tstzmultirange",
    "step": "interval",
    "ticket_ids": "text[]",
    "ticket_starts": "timestamptz[]",
    "ticket_ends": "timestamptz[]",
    "wall": "text[]",
    "digest": "bytea",
}
_CHANGED = """
    SELECT i.practitioner, i.day
    FROM incoming i
    LEFT JOIN scheduling_availability a USING (practitioner, day, location, room)
    WHERE (a.digest, a.mis) IS DISTINCT FROM (i.digest, %s)
    UNION
    SELECT a.practitioner, a.day
    FROM covered c
    JOIN scheduling_availability a ON a.practitioner = c.practitioner AND a.location = c.location
         AND a.day BETWEEN c.first AND c.last AND a.mis = %s
    LEFT JOIN incoming i ON i.practitioner = a.practitioner AND i.day = a.day
         AND i.location = a.location AND i.room = a.room
    WHERE i.digest IS NULL
    ORDER BY 1, 2
"""
Covered = Mapping[tuple[UUID, UUID], tuple[date, date]]


def write(mis: str, *, rows: Mapping[DayKey, DayRow], covered: Covered) -> int:
    """Make the mirror say `rows` for all that `covered` names; returns how many rows changed.

    `covered` maps (doctor, branch) to the first and last UTC day for which the answer speaks: there an absent
    row means no time. Rows outside of it are not in `rows`. Must not run inside a transaction.
    """
    with _incoming(rows, covered):
        with connection.cursor() as cursor:
            cursor.execute(_CHANGED, [mis, mis])
            days = cursor.fetchall()
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
def _incoming(rows: Mapping[DayKey, DayRow], covered: Covered) -> Iterator[None]:
    """Lay the answer into temporary tables of this connection for the length of the block."""
    if connection.in_atomic_block:
        raise RuntimeError("the mirror is written in small transactions of its own")
    columns = ", ".join(f"{name} {kind}" for name, kind in _COLUMNS.items())
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS pg_temp.incoming, pg_temp.covered")
        cursor.execute(
            f"CREATE TEMP TABLE incoming ({columns}, PRIMARY KEY (practitioner, day, location, room));"
            "CREATE TEMP TABLE covered (practitioner uuid, location uuid, first date, last date)"
        )
        try:
            driver: Any = cursor.cursor
            with driver.copy(f"COPY incoming ({', '.join(_COLUMNS)}) FROM STDIN (FORMAT binary)") as copy:
                copy.set_types(list(_COLUMNS.values()))
                _copy_rows(copy, rows)
            with driver.copy("COPY covered FROM STDIN (FORMAT binary)") as copy:
                copy.set_types(["uuid", "uuid", "date", "date"])
                for (practitioner, location), (first, last) in covered.items():
                    copy.write_row((practitioner, location, first, last))
            cursor.execute("ANALYZE incoming; ANALYZE covered")
            yield
        finally:
            cursor.execute("DROP TABLE IF EXISTS pg_temp.incoming, pg_temp.covered")


def _copy_rows(copy: Copy, rows: Mapping[DayKey, DayRow]) -> None:
    for key, row in rows.items():
        copy.write_row(
            (
                key.practitioner_id,
                key.day,
                key.location_id,
                key.room,
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
        )


def _multirange(intervals: Iterable[Interval]) -> TimestamptzMultirange:
    return TimestamptzMultirange(TimestamptzRange(item.start, item.end, "[)") for item in intervals)
