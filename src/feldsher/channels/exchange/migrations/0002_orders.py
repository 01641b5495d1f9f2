"""Exchanges of orders beside those of price lists; parts of files are reached in a context only."""

from pathlib import Path

from django.db import migrations, models

_SQL = Path(__file__).resolve().parents[1] / "sql" / "row_security.sql"


class Migration(migrations.Migration):
    dependencies = [
        ("exchange", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="exchangesession",
            name="topic",
            field=models.CharField(default="catalog", max_length=8),
        ),
        migrations.RunSQL(
            _SQL.read_text(encoding="utf-8"),
            "DROP POLICY reach ON exchange_piece;"
            "ALTER TABLE exchange_piece NO FORCE ROW LEVEL SECURITY, DISABLE ROW LEVEL SECURITY;",
        ),
    ]
