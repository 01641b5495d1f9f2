"""Row security of the journal and of what its checks found."""

from pathlib import Path

from django.db import migrations

from feldsher.foundation.privacy.definer import making_definer

_SQL = Path(__file__).parents[1] / "sql"


class Migration(migrations.Migration):
    dependencies = [
        ("audit", "0004_check"),
    ]

    operations = [
        making_definer(),
        migrations.RunSQL((_SQL / "row_security.sql").read_text(encoding="utf-8"), migrations.RunSQL.noop),
    ]
