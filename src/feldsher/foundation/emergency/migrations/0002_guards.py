"""Row security of emergency access, and that its rows are final (sql/guards.sql)."""

from pathlib import Path

from django.db import migrations

GUARDS = (Path(__file__).parent.parent / "sql" / "guards.sql").read_text(encoding="utf-8")


class Migration(migrations.Migration):
    dependencies = [
        ("emergency", "0001_initial"),
    ]

    operations = [migrations.RunSQL(GUARDS)]
