"""Row security of referrals, that they are final, and the care that follows from them (sql/referrals.sql)."""

from pathlib import Path

from django.db import migrations

_SQL = Path(__file__).resolve().parents[1] / "sql"


class Migration(migrations.Migration):
    dependencies = [
        ("records", "0001_initial"),
        ("scheduling", "0008_row_security"),
    ]

    operations = [
        migrations.RunSQL((_SQL / "referrals.sql").read_text(encoding="utf-8")),
    ]
