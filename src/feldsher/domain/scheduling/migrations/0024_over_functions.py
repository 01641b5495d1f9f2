"""Staff book over what stands at a time, in a lane of its own; the functions of sql/ are loaded anew with it."""

from pathlib import Path

from django.db import migrations, models

from feldsher.domain.scheduling.migrations._functions import loading

_SQL = Path(__file__).resolve().parents[1] / "sql" / "over.sql"
_FORMER = """
    DROP FUNCTION IF EXISTS free_slots(uuid[], uuid, uuid, timestamptz, timestamptz, integer, interval,
                                       smallint, smallint, boolean)
"""


class Migration(migrations.Migration):
    dependencies = [("scheduling", "0023_reminder_sms")]

    operations = [
        migrations.AddField("appointment", "over_why", models.TextField(db_default="")),
        migrations.AddField("offer", "overbook", models.SmallIntegerField(db_default=0)),
        migrations.AddField("verdict", "words", models.BinaryField(default=b"")),
        *loading(former=_FORMER),
        migrations.RunSQL(_SQL.read_text(encoding="utf-8"), migrations.RunSQL.noop),
    ]
