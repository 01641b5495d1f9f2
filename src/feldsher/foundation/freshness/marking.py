"""Triggers that mark what a table's rows stand for, in the transaction of whoever writes them.

Whoever owns a table gives it its marks by a migration. No writer can forget them: services, the editor of
pages, a console, and plain SQL all pass here.
"""

from collections.abc import Collection
from typing import Final

_EVENTS: Final = (
    ("insert", "INSERT", "NEW TABLE AS new_rows"),
    ("update", "UPDATE", "OLD TABLE AS old_rows NEW TABLE AS new_rows"),
    ("delete", "DELETE", "OLD TABLE AS old_rows"),
)


def marks(table: str, *, kind: str, column: str, ignoring: Collection[str] = ()) -> str:
    """Return the SQL that makes each statement on `table` mark `kind` and `kind:<column>` of changed rows.

    Names come from our own migrations. `ignoring` are columns that nobody sees: a row that differs in nothing
    else has not changed. An empty column marks `kind:`.
    """
    ignored = f"{{{','.join(ignoring)}}}"
    return "".join(
        f"CREATE TRIGGER freshness_{name} AFTER {event} ON {table} REFERENCING {rows}"
        f" FOR EACH STATEMENT EXECUTE FUNCTION freshness_mark('{kind}', '{column}', '{ignored}');\n"
        for name, event, rows in _EVENTS
    )


def no_marks(table: str) -> str:
    """Return the SQL that takes them away again."""
    return "".join(f"DROP TRIGGER freshness_{name} ON {table};\n" for name, _, _ in _EVENTS)
