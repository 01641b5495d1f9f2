"""One writer of the directory at a time.

Imports of two MISes meet in specialties, organizations and doctors, and an overlay meets an import in
every row; both read, compare and write whole tables. One advisory lock for all writers is simpler than
ordering them, and readers never wait for it. What the writer leaves is what the search finds: the index is
filled before the lock is given back.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from django.db import connection, transaction

from feldsher.domain.directory.services.search_index import fill_search

_LOCK: Final = 0x0D1EC7081  # any constant that no other lock of the product uses


@contextmanager
def directory_write() -> Iterator[None]:
    """Open a transaction that holds the directory's write lock until it ends."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        yield
        fill_search()
