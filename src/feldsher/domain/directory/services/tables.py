"""Temporary tables: what came from outside stands there first, and SQL compares it with what we have."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from django.db.backends.utils import CursorWrapper


def make_table(cursor: CursorWrapper, name: str, columns: Mapping[str, str]) -> None:
    """Make an empty table that ends with the transaction; one of this name is emptied."""
    said = ", ".join(f"{column} {kind}" for column, kind in columns.items())
    cursor.execute(f"CREATE TEMP TABLE IF NOT EXISTS {name} ({said}) ON COMMIT DROP; TRUNCATE pg_temp.{name}")


@contextmanager
def hashed(cursor: CursorWrapper) -> Iterator[None]:
    """Do the block without nested loops: of tables that were filled a moment ago nobody knows the size."""
    cursor.execute("SET LOCAL enable_nestloop = off")
    yield
    cursor.execute("SET LOCAL enable_nestloop = DEFAULT")


def copy_rows(cursor: Any, name: str, columns: Mapping[str, str], rows: Iterable[tuple[object, ...]]) -> None:
    """Add rows by a binary COPY; their values are in the order of the columns."""
    with cursor.cursor.copy(f"COPY pg_temp.{name} FROM STDIN (FORMAT binary)") as copy:
        copy.set_types(list(columns.values()))
        for row in rows:
            copy.write_row(row)
