"""A place of a group stands beside the others of its slot alone; the functions of sql/ are loaded anew with it."""

from pathlib import Path

from django.db import migrations, models

from feldsher.domain.scheduling.migrations._functions import loading

_SQL = Path(__file__).resolve().parents[1] / "sql" / "groups.sql"
_FORMER = "DROP FUNCTION IF EXISTS has_ticket(uuid, uuid, text, timestamptz, timestamptz)"


class Migration(migrations.Migration):
    dependencies = [("scheduling", "0016_mis_line")]

    operations = [
        migrations.AddField("appointment", "party", models.UUIDField(null=True)),
        *loading(former=_FORMER),
        migrations.RunSQL(_SQL.read_text(encoding="utf-8"), migrations.RunSQL.noop),
    ]
