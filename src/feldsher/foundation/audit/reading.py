"""The door to the journal's rows: without `JOURNAL.reach()` row security shows none (sql/row_security.sql).

`reach()` is for who looks at all of it: the security officer's page, the tree, the checks, the watch.
`reach(str(patient))` shows the rows about one patient.
"""

from uuid import UUID

from django.db.models.expressions import RawSQL

from feldsher.foundation.privacy.rows import ClosedManager, Row, Rows

JOURNAL = Rows("audit")


class JournalManager(ClosedManager[Row]):
    rows = JOURNAL


def rows_of(patient: UUID) -> RawSQL:
    """Return the ids of a patient's rows, for `id__in`: a plain condition finds no index there."""
    return RawSQL("SELECT id FROM audit_rows_of(%s)", [patient])
