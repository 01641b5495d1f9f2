"""Loads the rules of time: constraints, transitions and the hot functions of sql/."""

from pathlib import Path

from django.db import migrations

_SQL = Path(__file__).resolve().parents[1] / "sql"
_FILES = (
    "constraints",
    "predicates",
    "locks",
    "hold_slot_once",
    "hold_slot",
    "free_slots",
    "sync",
    "rights",
)


class Migration(migrations.Migration):
    dependencies = [("scheduling", "0001_initial")]

    operations = [
        migrations.RunSQL((_SQL / f"{name}.sql").read_text(encoding="utf-8"), migrations.RunSQL.noop)
        for name in _FILES
    ]
