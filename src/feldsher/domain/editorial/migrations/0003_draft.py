"""What waits for doctors gets a table of its own; drafts that are there already are written into it."""

from typing import Any

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from feldsher.domain.editorial import comparison


def write(apps: Any, _: Any) -> None:
    draft_model, revision_model = (
        apps.get_model("editorial", "Draft"),
        apps.get_model("wagtailcore", "Revision"),
    )
    for name in ("Article", "Condition"):
        newest = apps.get_model("editorial", name).objects.exclude(latest_revision=None)
        for page, key in newest.values_list("pk", "latest_revision_id"):
            saved = revision_model.objects.get(pk=key).content
            draft_model.objects.create(
                page_id=page,
                reviewer=saved["reviewer"],
                is_ready=saved["is_ready"],
                digest=comparison.digest(saved),
            )


class Migration(migrations.Migration):
    dependencies = [("editorial", "0002_tree"), ("wagtailcore", "0098_apitoken")]

    operations = [
        migrations.CreateModel(
            name="Draft",
            fields=[
                (
                    "page",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to=settings.WAGTAIL_PAGE_MODEL,
                    ),
                ),
                ("reviewer", models.UUIDField(null=True)),
                ("is_ready", models.BooleanField()),
                ("digest", models.CharField(max_length=64)),
            ],
        ),
        migrations.RunPython(write, migrations.RunPython.noop),
    ]
