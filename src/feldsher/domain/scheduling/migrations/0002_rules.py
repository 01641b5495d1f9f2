"""Loads the constraints and transitions of sql/; the functions follow with the columns that they read."""

from pathlib import Path

from django.db import migrations

_SQL = Path(__file__).resolve().parents[1] / "sql"


class Migration(migrations.Migration):
    dependencies = [("scheduling", "0001_initial")]

    operations = [
        migrations.RunSQL((_SQL / "constraints.sql").read_text(encoding="utf-8"), migrations.RunSQL.noop)
    ]
