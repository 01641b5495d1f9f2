"""What the owner of the tables can do to a journal whose guards they have switched off."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

JOURNAL = ("audit_access",)


@contextmanager
def unguarded(owner: psycopg.Connection, tables: tuple[str, ...] = JOURNAL) -> Iterator[None]:
    """Switch off triggers, and row security for the owner, of these tables."""
    for table in tables:
        owner.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER, NO FORCE ROW LEVEL SECURITY")  # type: ignore[arg-type]
    yield
    for table in tables:
        owner.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")  # type: ignore[arg-type]
    owner.execute("ALTER TABLE audit_access FORCE ROW LEVEL SECURITY")
