"""The door to what is kept of doctors' СНИЛС: for import and merge alone (sql/row_security.sql)."""

from feldsher.foundation.privacy.rows import ClosedManager, Row, Rows

SNILS = Rows("snils")


class SnilsManager(ClosedManager[Row]):
    rows = SNILS
