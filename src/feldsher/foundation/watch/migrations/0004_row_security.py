"""Row security of what the watch keeps about staff."""

from pathlib import Path

from django.db import migrations

_SQL = Path(__file__).parents[1] / "sql"


class Migration(migrations.Migration):
    dependencies = [
        ("watch", "0003_emergencies"),
    ]

    operations = [
        migrations.RunSQL((_SQL / "row_security.sql").read_text(encoding="utf-8"), migrations.RunSQL.noop),
    ]
