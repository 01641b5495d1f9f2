"""Row security of rows about staff."""

from pathlib import Path

from django.db import migrations

_SQL = Path(__file__).parents[1] / "sql"


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0012_account_marks"),
    ]

    operations = [
        migrations.RunSQL((_SQL / "staff_rows.sql").read_text(encoding="utf-8"), migrations.RunSQL.noop),
    ]
