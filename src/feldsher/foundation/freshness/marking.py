"""Triggers that mark what a table's rows stand for, in the transaction of whoever writes them.

Whoever owns a table gives it its marks by a migration. No writer can forget them: services, the editor of
pages, a console, and plain SQL all pass here.
"""

from collections.abc import Collection
from typing import Final

_ROWS: Final = {
    "insert": "NEW TABLE AS new_rows",
    "update": "OLD TABLE AS old_rows NEW TABLE AS new_rows",
    "delete": "OLD TABLE AS old_rows",
}
EVERY: Final = tuple(_ROWS)
"""What a statement may do to rows. TRUNCATE is none: it is granted to nobody."""


def marks(
    table: str, *, kind: str, column: str, ignoring: Collection[str] = (), events: Collection[str] = EVERY
) -> str:
    """Return the SQL that makes each statement on `table` mark `kind` and `kind:<column>` of changed rows.

    Names come from our own migrations. `ignoring` are columns that nobody sees: a row that differs in nothing
    else has not changed. An empty column marks `kind:`. `events` are of `EVERY`, those that a
    reader may notice.
    """
    ignored = f"{{{','.join(ignoring)}}}"
    return "".join(
        f"CREATE TRIGGER freshness_{event} AFTER {event.upper()} ON {table} REFERENCING {_ROWS[event]}"
        f" FOR EACH STATEMENT EXECUTE FUNCTION freshness_mark('{kind}', '{column}', '{ignored}');\n"
        for event in events
    )


def no_marks(table: str, *, events: Collection[str] = EVERY) -> str:
    """Return the SQL that takes them away again."""
    return "".join(f"DROP TRIGGER freshness_{event} ON {table};\n" for event in events)
