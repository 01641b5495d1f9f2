"""What may become of a review: a term, too, empties its words (sql/guard.sql)."""

from pathlib import Path

from django.db import migrations

_SQL = Path(__file__).resolve().parents[1] / "sql" / "guard.sql"


class Migration(migrations.Migration):
    dependencies = [("reviews", "0002_row_security")]

    operations = [migrations.RunSQL(_SQL.read_text(encoding="utf-8"), migrations.RunSQL.noop)]
