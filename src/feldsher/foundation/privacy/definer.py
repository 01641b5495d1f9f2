"""The role that owns SECURITY DEFINER functions: made by each migration that names it first."""

from pathlib import Path

from django.db.migrations import RunSQL

_SQL = Path(__file__).parent / "sql" / "definer.sql"


def making_definer() -> RunSQL:
    """Return the operation that makes `feldsher_definer` where nobody has; harmless where somebody has."""
    return RunSQL(_SQL.read_text(encoding="utf-8"), RunSQL.noop)
