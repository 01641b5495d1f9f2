"""Documents follow visits by the database's own hand, and are reached in a context only (sql/documents.sql)."""

from pathlib import Path

from django.db import migrations

_SQL = Path(__file__).resolve().parents[1] / "sql"


class Migration(migrations.Migration):
    dependencies = [
        ("accounting", "0001_initial"),
        ("scheduling", "0010_starts_at"),
    ]

    operations = [
        migrations.RunSQL((_SQL / "documents.sql").read_text(encoding="utf-8"), migrations.RunSQL.noop),
    ]
