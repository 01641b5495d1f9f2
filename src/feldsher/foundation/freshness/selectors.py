"""What was read once: is it still so? Answered from the database, by one cheap query."""

from collections.abc import Collection
from typing import Final

from django.db import connection

_CHANGED: Final = """
SELECT EXISTS (
    SELECT FROM freshness_mark
    WHERE tag = ANY(%s) AND NOT pg_visible_in_snapshot(changed_by, %s::pg_snapshot)
      AND changed_by < pg_snapshot_xmax(pg_current_snapshot())
)
"""


def moment() -> str:
    """Return which transactions have ended by now, as PostgreSQL spells a snapshot.

    Asked before anything is read: what is read later knows all that had ended then, and perhaps more.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_current_snapshot()::text")
        (told,) = cursor.fetchone()
    return str(told)


def has_changed(tags: Collection[str], *, since: str) -> bool:
    """Tell whether a transaction that had not ended at `since` has changed anything of these.

    The last condition leaves marks of another cluster alone, which a restored dump brings along: a
    transaction that has not begun here has changed nothing here.
    """
    with connection.cursor() as cursor:
        cursor.execute(_CHANGED, [list(tags), since])
        (told,) = cursor.fetchone()
    return bool(told)
