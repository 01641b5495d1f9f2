"""Loads the functions of sql/ anew. They are code: whoever changes one loads them all again by a new migration,
and takes `operations` from here away."""

from pathlib import Path

from django.db import migrations

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
_FORMER = """
    DROP FUNCTION IF EXISTS free_slots(uuid[], uuid, uuid, timestamptz, timestamptz, integer, interval);
    DROP FUNCTION IF EXISTS free_slots(uuid[], uuid, uuid, timestamptz, timestamptz, integer, interval,
                                       smallint, smallint)
"""


class Migration(migrations.Migration):
    dependencies = [("scheduling", "0006_phone_code")]

    operations = [
        migrations.RunSQL(_FORMER, migrations.RunSQL.noop),
        *(
            migrations.RunSQL((_SQL / f"{name}.sql").read_text(encoding="utf-8"), migrations.RunSQL.noop)
            for name in _FILES
        ),
    ]
