"""What changes in the directory marks the pages that show it (foundation/freshness)."""

from django.db import migrations

from feldsher.foundation.freshness.marking import marks, no_marks

TABLES = (
    ("directory_organization", "place", "id"),
    ("directory_location", "place", "id"),
    ("directory_brand", "brand", "id"),
    ("directory_specialty", "specialty", "id"),
    ("directory_practitioner", "doctor", "id"),
    ("directory_practitioner_role", "doctor", "practitioner_id"),
    ("directory_practitioner_service", "doctor", "practitioner_id"),
    ("directory_photo", "doctor", "practitioner_id"),
    ("directory_service", "service", "id"),
    ("directory_price", "price", "location_id"),
)
"""Table, kind of the mark, column of what it stands for. A price without a branch marks `price:`."""


class Migration(migrations.Migration):
    dependencies = [("directory", "0019_menus"), ("freshness", "0001_initial")]

    operations = [
        migrations.RunSQL(marks(table, kind=kind, column=column), no_marks(table))
        for table, kind, column in TABLES
    ]
