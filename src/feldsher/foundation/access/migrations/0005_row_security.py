"""Relations are seen by those whose they are."""

from pathlib import Path

from django.db import migrations

_SQL = Path(__file__).resolve().parents[1] / "sql"


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0004_care"),
    ]

    operations = [
        migrations.RunSQL((_SQL / "row_security.sql").read_text(encoding="utf-8"), migrations.RunSQL.noop),
    ]
