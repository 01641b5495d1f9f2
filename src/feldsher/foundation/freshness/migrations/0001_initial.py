"""The table of marks and the function that writes them (sql/mark.sql)."""

from pathlib import Path

from django.db import migrations, models

from feldsher.foundation.freshness.models import TransactionId

MARK = (Path(__file__).resolve().parents[1] / "sql" / "mark.sql").read_text(encoding="utf-8")


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Mark",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "tag", "changed_by", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("tag", models.CharField(max_length=200)),
                ("changed_by", TransactionId()),
            ],
            options={"db_table": "freshness_mark"},
        ),
        migrations.RunSQL(MARK, "DROP FUNCTION freshness_mark() CASCADE"),
    ]
