"""A patient's own visits are found by the patient. Holds have none, so that they pay nothing for it."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("scheduling", "0008_row_security"),
    ]

    operations = [
        migrations.RunSQL(
            "CREATE INDEX appointment_patient ON scheduling_appointment (patient, lower(visit)) "
            "WHERE patient IS NOT NULL",
            "DROP INDEX appointment_patient",
        ),
    ]
