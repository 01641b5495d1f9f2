"""Row security of reviews, and what a withdrawn consent takes down (sql/reviews.sql)."""

from pathlib import Path

from django.db import migrations

from feldsher.foundation.privacy.definer import making_definer

_SQL = Path(__file__).resolve().parents[1] / "sql" / "reviews.sql"


class Migration(migrations.Migration):
    dependencies = [
        ("reviews", "0001_initial"),
        ("patients", "0007_review_choice"),
        ("scheduling", "0008_row_security"),
    ]

    operations = [
        making_definer(),
        migrations.RunSQL(_SQL.read_text(encoding="utf-8")),
    ]
