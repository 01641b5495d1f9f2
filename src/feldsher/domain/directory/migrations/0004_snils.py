"""What tells which doctors are one person stands by itself, behind row security; a doctor's row is public."""

from pathlib import Path

import django.db.models.deletion
from django.db import migrations, models

_SQL = Path(__file__).parents[1] / "sql"
COPY = """
INSERT INTO directory_practitioner_snils (practitioner_id, index)
SELECT id, snils_index FROM directory_practitioner WHERE snils_index <> '';
"""


class Migration(migrations.Migration):
    dependencies = [
        ("directory", "0003_brand"),
    ]

    operations = [
        migrations.RemoveIndex(model_name="practitioner", name="directory_practitioner_snils"),
        migrations.CreateModel(
            name="PractitionerSnils",
            fields=[
                (
                    "practitioner",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        serialize=False,
                        to="directory.practitioner",
                    ),
                ),
                ("index", models.CharField(max_length=64)),
            ],
            options={"db_table": "directory_practitioner_snils"},
        ),
        migrations.RunSQL(COPY, migrations.RunSQL.noop),
        migrations.RemoveField(model_name="practitioner", name="snils_index"),
        migrations.RunSQL((_SQL / "row_security.sql").read_text(encoding="utf-8"), migrations.RunSQL.noop),
    ]
