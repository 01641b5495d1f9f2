"""The functions of sql/ as operations. They are code: whoever changes one loads them all by a new migration."""

from pathlib import Path

from django.db.migrations import RunSQL

from feldsher.foundation.privacy.definer import making_definer

_SQL = Path(__file__).resolve().parents[1] / "sql"
_FILES = (
    "predicates",
    "locks",
    "hold_slot_once",
    "hold_slot",
    "free_slots",
    "leading_slots",
    "sync",
    "rights",
)


def loading(*, former: str) -> list[RunSQL]:
    """Return what makes their role, drops a former signature and loads the functions as they stand in sql/ now."""
    texts = [former, *((_SQL / f"{name}.sql").read_text(encoding="utf-8") for name in _FILES)]
    return [making_definer(), *(RunSQL(text, RunSQL.noop) for text in texts)]
