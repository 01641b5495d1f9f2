"""Row security of the journal and of what its checks found; the first to need the role feldsher_definer."""

from pathlib import Path

from django.db import migrations

_SQL = Path(__file__).parents[1] / "sql"


class Migration(migrations.Migration):
    dependencies = [
        ("audit", "0004_check"),
    ]

    operations = [
        migrations.RunSQL((_SQL / "definer.sql").read_text(encoding="utf-8"), migrations.RunSQL.noop),
        migrations.RunSQL((_SQL / "row_security.sql").read_text(encoding="utf-8"), migrations.RunSQL.noop),
    ]
