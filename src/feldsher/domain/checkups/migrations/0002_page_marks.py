"""What changes in a programme or its prices marks the pages that show it (foundation/freshness)."""

from django.db import migrations

from feldsher.foundation.freshness.marking import marks, no_marks

TABLES = (
    ("checkups_programme", "id"),
    ("checkups_item", "programme_id"),
    ("checkups_price", "programme_id"),
)


class Migration(migrations.Migration):
    dependencies = [("checkups", "0001_initial"), ("freshness", "0001_initial")]

    operations = [
        migrations.RunSQL(marks(table, kind="programme", column=column), no_marks(table))
        for table, column in TABLES
    ]
