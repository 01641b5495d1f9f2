"""What changes in published pages marks what shows them (foundation/freshness).

A draft that is saved changes a row of Wagtail's, and nothing that a reader sees: those columns are ignored.
"""

from django.db import migrations

from feldsher.foundation.freshness.marking import marks, no_marks

UNSEEN = (
    "draft_title",
    "has_unpublished_changes",
    "latest_revision_id",
    "latest_revision_created_at",
    "locked",
    "locked_at",
    "locked_by_id",
    "numchild",
)
TABLES = (
    ("wagtailcore_page", "page", "id", UNSEEN),
    ("editorial_section", "page", "page_ptr_id", ()),
    ("editorial_article", "page", "page_ptr_id", ()),
    ("editorial_condition", "page", "page_ptr_id", ()),
    ("editorial_promotion", "page", "page_ptr_id", ()),
    ("editorial_news", "page", "page_ptr_id", ()),
    ("editorial_landing", "page", "page_ptr_id", ()),
    ("editorial_legal", "page", "page_ptr_id", ()),
    ("editorial_verdict", "page", "page_id", ()),
    ("wagtailimages_image", "image", "id", ()),
    ("wagtailimages_rendition", "image", "image_id", ()),
)
REVISED = ("update", "delete")
"""What may happen to the revision that is shown: a new one is a draft, and is shown by a change of its page."""


class Migration(migrations.Migration):
    dependencies = [
        ("editorial", "0004_redirect"),
        ("freshness", "0001_initial"),
        ("wagtailcore", "0098_apitoken"),
        ("wagtailimages", "0027_image_description"),
    ]

    operations = [
        *(
            migrations.RunSQL(marks(table, kind=kind, column=column, ignoring=ignoring), no_marks(table))
            for table, kind, column, ignoring in TABLES
        ),
        migrations.RunSQL(
            marks(
                "wagtailcore_revision",
                kind="page",
                column="object_id",
                ignoring=("approved_go_live_at",),
                events=REVISED,
            ),
            no_marks("wagtailcore_revision", events=REVISED),
        ),
    ]
