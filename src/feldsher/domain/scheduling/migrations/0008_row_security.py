"""Visits are reached in a context only, and put their patient into the doctor's care."""

from pathlib import Path

from django.db import migrations

_SQL = Path(__file__).resolve().parents[1] / "sql"


class Migration(migrations.Migration):
    dependencies = [
        ("scheduling", "0007_functions"),
        ("access", "0005_row_security"),
        ("directory", "0003_brand"),
    ]

    operations = [
        migrations.RunSQL((_SQL / "care.sql").read_text(encoding="utf-8"), migrations.RunSQL.noop),
        migrations.RunSQL((_SQL / "row_security.sql").read_text(encoding="utf-8"), migrations.RunSQL.noop),
    ]
