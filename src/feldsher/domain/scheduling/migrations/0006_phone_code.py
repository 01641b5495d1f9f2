"""A hold may be renewed once, when a code is asked for; the risk of a booking is counted by device."""

from pathlib import Path

from django.db import migrations, models

_SQL = Path(__file__).resolve().parents[1] / "sql" / "renewal.sql"
_DROP = """
    DROP INDEX appointment_device_over;
    DROP TRIGGER appointment_renewal ON scheduling_appointment;
    DROP FUNCTION appointment_renewal();
"""


class Migration(migrations.Migration):
    dependencies = [("scheduling", "0005_desk")]

    operations = [
        migrations.AddField("appointment", "renewed_at", models.DateTimeField(null=True)),
        migrations.RunSQL(_SQL.read_text(encoding="utf-8"), _DROP),
    ]
