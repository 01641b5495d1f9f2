"""The door to rows about staff, for what happens before and beside a context: signing in, who is who.

Row security shows them in every `access_context`, and within `STAFF.reach()` (sql/staff_rows.sql).
"""

from feldsher.foundation.privacy.rows import ClosedManager, Row, Rows

STAFF = Rows("staff")


class StaffManager(ClosedManager[Row]):
    rows = STAFF
